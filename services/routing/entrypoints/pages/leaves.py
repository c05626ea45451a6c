"""The leave calendar: who is away when, a month at a time, and the form that enters a leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from services.routing.domain.roles import Right, who_may
from services.routing.domain.working_calendar import Calendar
from services.routing.entrypoints.api.staff_schemas import LeaveEntrySchema
from services.routing.entrypoints.api.staffing import enter_once
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.staff import LEAVE_NAMES
from services.routing.store import absences, rule_editions
from services.routing.use_cases import leaves, staff
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, INVALID, Problem, translate_messages

leave_pages = Blueprint("leave_pages", __name__)

_PATH = "/supervision/licencias"
_EARLIEST, _LATEST = date(2020, 1, 1), date(2039, 12, 1)


@leave_pages.get(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def show() -> ResponseReturnValue:
    """One month of leaves."""
    return _calendar()


@leave_pages.post(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def enter() -> ResponseReturnValue:
    """Enter a leave."""
    key = form_key()
    typed = {
        name: request.form.get(name, "").strip() for name in ("advisor_id", "starts_on", "ends_on", "kind", "note")
    }
    sent, errors = read_form(LeaveEntrySchema(), {name: value for name, value in typed.items() if value})
    if errors:
        return _calendar(errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        enter_once(key, sent)
    except Problem as problem:
        if problem.kind is not INVALID:
            raise
        return _calendar(problem.fields or {}, problem.kind.status)
    return see_other(f"{_PATH}?mes={sent['starts_on']:%Y-%m}", "licencia")


@leave_pages.post(_PATH + "/<uuid:leave_id>/anulacion")
@signed_in(*who_may(Right.SUPERVISE))
def cancel(leave_id: UUID) -> ResponseReturnValue:
    """Cancel a leave, or what is left of it; twice is once."""
    form_key()
    try:
        with refusals(), parts().units.begin() as work:
            leave = leaves.cancel(work, leave_id)
    except Problem as problem:
        if problem.kind is not CONFLICT:
            raise
        return see_other(_PATH, "sin_licencia")
    return see_other(f"{_PATH}?mes={leave.starts_on:%Y-%m}", "sin_licencia")


def _calendar(errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        today: date = session.execute(text("SELECT (clock_timestamp() AT TIME ZONE 'America/Lima')::date")).scalar_one()
        first = _month(request.args.get("mes", ""), today)
        last = _next_month(first) - timedelta(days=1)
        found = absences.leaves_between(session, first, last)
        desk = rule_editions.current_desk_calendar(session).calendar_for()
        advisors = [one for one in staff.list_advisors(session) if one["is_active"]]
    page = render_template(
        "leaves.html",
        first=first,
        today=today,
        before=(first - timedelta(days=1)).replace(day=1),
        after=_next_month(first),
        days=[_day(first + timedelta(days=number), today, desk) for number in range((last - first).days + 1)],
        rows=_rows(advisors, found, first, last),
        leaves=found,
        advisors=advisors,
        kinds=[(str(kind), name) for kind, name in LEAVE_NAMES.items()],
        kind_names={str(kind): name for kind, name in LEAVE_NAMES.items()},
        typed=request.form or {"advisor_id": request.args.get("asesor", "")},
        errors=translate_messages(errors or {}),
    )
    return page, status


def _month(wanted: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        return today.replace(day=1)
    return min(max(found, _EARLIEST), _LATEST)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _day(day: date, today: date, desk: Calendar) -> dict[str, Any]:
    return {"date": day, "is_today": day == today, "is_off": not desk.plan_of(day).windows}


def _rows(advisors: list[dict[str, Any]], found: list[dict[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """For each advisor the days of the month as runs: away for some kind of leave, or there."""
    rows = []
    for advisor in advisors:
        runs: list[dict[str, Any]] = []
        day = first
        while day <= last:
            leave = next(
                (
                    one
                    for one in found
                    if one["advisor_id"] == advisor["id"] and one["starts_on"] <= day <= one["ends_on"]
                ),
                None,
            )
            until = min(leave["ends_on"], last) if leave else day
            runs.append(
                {"kind": leave and leave["kind"], "from": day, "until": until, "length": (until - day).days + 1}
            )
            day = until + timedelta(days=1)
        rows.append({"advisor": advisor, "runs": runs})
    return rows

"""The desk's calendar for supervisors: weekly hours, closed days, and days from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.closed_days import row_of
from services.routing.domain.roles import Right, who_may
from services.routing.domain.sla_errors import SlaError
from services.routing.domain.weekly_hours import DAY_NAMES
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.pages.rules import draft_version, errors_of
from services.routing.entrypoints.refusals.rules import NO_NEW_DAYS, do_rules
from services.routing.entrypoints.rule_forms import day_of_form, hours_fields, hours_of_form
from services.routing.store.day_files import MOST_BYTES, FileDefaults, read_days
from services.routing.store.rule_editions import CALENDAR
from services.routing.use_cases import day_edits, rules
from services.routing.use_cases.day_edits import NEW
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.languages import N_, current_locale, translate
from shared.http.problems import INVALID, Problem
from shared.messaging.work import Work

calendar_pages = Blueprint("calendar_pages", __name__)

_NO_FILE = N_("Elija un archivo CSV o iCal.")
_LONGEST_CONFIRMATION = 400_000


@calendar_pages.get("/plazos/calendario")
@signed_in(*who_may(Right.SET_RULES))
def show_calendar() -> ResponseReturnValue:
    """The draft of the calendar: hours and the closed days of one year."""
    return _page()


@calendar_pages.post("/plazos/calendario/horario")
@signed_in(*who_may(Right.SET_RULES))
def save_hours() -> ResponseReturnValue:
    """Keep the weekly hours in the draft."""
    typed = {name: request.form.get(f"day_{name}", "") for name in DAY_NAMES}
    return _save("horario", typed, lambda content: content | {"hours": hours_of_form(request.form)})


@calendar_pages.post("/plazos/calendario/dias")
@signed_in(*who_may(Right.SET_RULES))
def add_day() -> ResponseReturnValue:
    """Add a closed day to the draft."""
    typed = {name: value for name, value in request.form.items() if not name.endswith("_token")}
    return _save("dia", typed, lambda content: day_edits.with_days(content, [day_of_form(request.form)]))


@calendar_pages.post("/plazos/calendario/quitar")
@signed_in(*who_may(Right.SET_RULES))
def remove_days() -> ResponseReturnValue:
    """Take closed days out of the draft."""
    keys = request.form.getlist("day")
    return _save("quitar", keys, lambda content: day_edits.without_days(content, keys))


@calendar_pages.get("/plazos/calendario/importar")
@signed_in(*who_may(Right.SET_RULES))
def show_import() -> ResponseReturnValue:
    """Choose a file of days."""
    return render_template("rules/import.html", errors={}, judged=None, typed={}, most_kb=MOST_BYTES // 1000)


@calendar_pages.post("/plazos/calendario/importar")
@signed_in(*who_may(Right.SET_RULES))
def preview_import() -> ResponseReturnValue:
    """What a file would add, row by row; nothing is kept yet."""
    uploaded = request.files.get("file")
    data = uploaded.stream.read(MOST_BYTES + 1) if uploaded else b""
    defaults = FileDefaults(
        request.form.get("norm", "").strip()[:300], request.form.get("ubigeo_prefix", "").strip()[:6]
    )
    errors: dict[str, Any] = {}
    judged: list[day_edits.JudgedRow] | None = None
    with parts().database.transaction() as session:
        draft = rules.read_draft(session, CALENDAR)
    if not data:
        errors = {"file": [translate(_NO_FILE)]}
    else:
        try:
            judged = day_edits.judge_file(draft.content, data, defaults)
        except SlaError as error:
            errors = {"file": [error.text(current_locale())]}
    page = render_template(
        "rules/import.html", errors=errors, judged=judged, typed=request.form, draft=draft,
        new_csv=_csv_of(judged or []), most_kb=MOST_BYTES // 1000,
    )  # fmt: skip
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


@calendar_pages.post("/plazos/calendario/importar/confirmar")
@signed_in(*who_may(Right.SET_RULES))
def confirm_import() -> ResponseReturnValue:
    """Add the days that the preview showed as new."""
    rows = request.form.get("rows", "")[:_LONGEST_CONFIRMATION]

    def add(content: dict[str, Any]) -> dict[str, Any]:
        judged = day_edits.judge(content, read_days(rows.encode(), FileDefaults()))
        new = [one.row.rule for one in judged if one.verdict == NEW and one.row.rule is not None]
        if not new:
            raise Problem(INVALID, fields={"content": [NO_NEW_DAYS]})
        return day_edits.with_days(content, new)

    return _save("importar", rows, add, notice="importado")


@calendar_pages.get("/plazos/calendario/<any(horario, dias, quitar):_part>")
@calendar_pages.get("/plazos/calendario/importar/confirmar", defaults={"_part": "importar"})
@signed_in(*who_may(Right.SET_RULES))
def back_to_calendar(_part: str) -> ResponseReturnValue:
    """A form's own address, reached by a reload or after signing in again."""
    return see_other("/plazos/calendario")


def _save(form: str, content: Any, edit: Any, *, notice: str = "borrador") -> ResponseReturnValue:
    version, person = draft_version(), the_person()

    def act(work: Work) -> dict[str, Any]:
        draft = rules.read_draft(work.session, CALENDAR)
        return {"version": rules.save_draft(work, person, CALENDAR, edit(draft.content), version).version}

    try:
        do_rules(form_key(), [form, content, version], act)
    except Problem as problem:
        return _page(form, errors_of(problem), problem.kind.status)
    return see_other(f"/plazos/calendario?anio={_year()}", notice)


def _page(tried: str = "", errors: dict[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        draft = rules.read_draft(session, CALENDAR)
    content, year = draft.content, _year()
    days = [(day_edits.key_of(row), row) for row in content["days"] if day_edits.is_of_year(row, year)]
    typed_hours = [request.form.get(f"day_{name}", "") for name in DAY_NAMES] if tried == "horario" else None
    page = render_template(
        "rules/calendar.html", draft=draft, content=content, year=year, tried=tried, errors=errors or {},
        typed=request.form if tried == "dia" else {}, days=sorted(days, key=lambda one: one[1]["when"][-5:]),
        hours=list(zip(DAY_NAMES, typed_hours or hours_fields(content["hours"]), strict=True)),
        years=range(max(content["first_year"], year - 2), min(content["last_year"], year + 3) + 1),
    )  # fmt: skip
    return page, status


def _year() -> int:
    text = request.values.get("anio", "")
    is_year = text.isascii() and text.isdigit() and len(text) == len("YYYY")
    return int(text) if is_year else datetime.now(UTC).year


def _csv_of(judged: list[day_edits.JudgedRow]) -> str:
    """The new days of a file as the table they are confirmed with."""
    new = [row_of(one.row.rule) for one in judged if one.verdict == NEW and one.row.rule is not None]
    if not new:
        return ""
    lines = [",".join(new[0]), *(",".join(_cell(value) for value in row.values()) for row in new)]
    return "\n".join(lines)


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'

"""Drafts of the rules: the policy, the desk's week, closed days one by one or from a file."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from services.routing.domain.closed_days import ClosedDayRule, Effect, rule_of
from services.routing.domain.roles import Right, who_may
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.entrypoints.api.rule_schemas import (
    CalendarDraftSchema,
    DayFileAddedSchema,
    DayFileSchema,
    DaysAddedSchema,
    DaysRemovedSchema,
    DraftVersionQuerySchema,
    HoursChangeSchema,
    JudgedFileSchema,
    PolicyChangeSchema,
    PolicyDraftSchema,
    YearQuerySchema,
)
from services.routing.entrypoints.doing import optional_key, parts
from services.routing.entrypoints.refusals.rules import NO_NEW_DAYS, do_rules, rule_refusals
from services.routing.store.day_files import FileDefaults
from services.routing.store.rule_editions import CALENDAR, POLICY
from services.routing.use_cases import day_edits, rule_reading, rules
from services.routing.use_cases.day_edits import NEW, WRONG, JudgedRow
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.languages import current_locale
from shared.http.problems import INVALID, Problem
from shared.messaging.work import Work

blueprint = ApiBlueprint("rule_drafts", "/rules", "Plazos y calendario: borradores")

_ROLES = who_may(Right.SET_RULES)
Edit = Callable[[dict[str, Any]], dict[str, Any]]


@blueprint.get("/policy/draft")
@blueprint.response(HTTPStatus.OK, PolicyDraftSchema)
@signed_in(*_ROLES)
def show_policy() -> dict[str, Any]:
    """The draft of the policy; with version 0, what is in force."""
    return _read(POLICY)


@blueprint.put("/policy/draft")
@blueprint.arguments(PolicyChangeSchema)
@blueprint.response(HTTPStatus.OK, PolicyDraftSchema)
@signed_in(*_ROLES)
def save_policy(sent: dict[str, Any]) -> dict[str, Any]:
    """Keep a policy as the draft. It is refused unless it could be published; no case is touched."""
    version = sent.pop("version")
    _save(POLICY, version, sent, lambda _content: sent | {"version": "draft"})
    return _read(POLICY)


@blueprint.get("/calendar/draft")
@blueprint.arguments(YearQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, CalendarDraftSchema)
@signed_in(*_ROLES)
def show_calendar(query: dict[str, Any]) -> dict[str, Any]:
    """The draft of the calendar; with version 0, what is in force."""
    found, year = _read(CALENDAR), query["year"]
    if year is not None:
        days = [one for one in found[CALENDAR]["days"] if day_edits.is_of_year(one, year)]
        found[CALENDAR] |= {"days": days}
    return found


@blueprint.put("/calendar/draft/hours")
@blueprint.arguments(HoursChangeSchema)
@blueprint.response(HTTPStatus.OK, CalendarDraftSchema)
@signed_in(*_ROLES)
def save_hours(sent: dict[str, Any]) -> dict[str, Any]:
    """Set the desk's week. Overlaps, windows over midnight and weeks without an open hour are refused."""
    return _save_calendar(sent, lambda content: content | {"hours": str(WeeklyHours.parse(sent["hours"]))})


@blueprint.post("/calendar/draft/days")
@blueprint.arguments(DaysAddedSchema)
@blueprint.response(HTTPStatus.OK, CalendarDraftSchema)
@signed_in(*_ROLES)
def add_days(sent: dict[str, Any]) -> dict[str, Any]:
    """Add closed days; a day that is there already is refused, and then none is added."""
    return _save_calendar(sent, lambda content: day_edits.with_days(content, [_rule_of(one) for one in sent["days"]]))


@blueprint.post("/calendar/draft/days/remove")
@blueprint.arguments(DaysRemovedSchema)
@blueprint.response(HTTPStatus.OK, CalendarDraftSchema)
@signed_in(*_ROLES)
def remove_days(sent: dict[str, Any]) -> dict[str, Any]:
    """Take closed days out; a key that no day has changes nothing."""
    return _save_calendar(sent, lambda content: day_edits.without_days(content, sent["keys"]))


@blueprint.post("/calendar/draft/days/import/preview")
@blueprint.arguments(DayFileSchema)
@blueprint.response(HTTPStatus.OK, JudgedFileSchema)
@signed_in(*_ROLES)
def preview_file(sent: dict[str, Any]) -> dict[str, Any]:
    """What a file would add, row by row; nothing is kept."""
    with rule_refusals(), parts().database.transaction() as session:
        content = rules.read_draft(session, CALENDAR).content
        judged = _judged(content, sent)
    rows = [rule_reading.judged_row(one, current_locale()) for one in judged]
    counts = {verdict: sum(one.verdict == verdict for one in judged) for verdict in (NEW, WRONG)}
    return {"rows": rows, **counts}


@blueprint.post("/calendar/draft/days/import")
@blueprint.arguments(DayFileAddedSchema)
@blueprint.response(HTTPStatus.OK, CalendarDraftSchema)
@signed_in(*_ROLES)
def add_file(sent: dict[str, Any]) -> dict[str, Any]:
    """Add the days of a file that its preview calls new; the others are left out."""

    def add(content: dict[str, Any]) -> dict[str, Any]:
        new = [one.row.rule for one in _judged(content, sent) if one.verdict == NEW and one.row.rule is not None]
        if not new:
            raise Problem(INVALID, fields={"content": [NO_NEW_DAYS]})
        return day_edits.with_days(content, new)

    return _save_calendar(sent, add)


@blueprint.delete("/policy/draft")
@blueprint.arguments(DraftVersionQuerySchema, location="query")
@blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*_ROLES)
def discard_policy(query: dict[str, Any]) -> None:
    """Throw the draft of the policy away; where there is none, nothing happens."""
    _discard(POLICY, query["version"])


@blueprint.delete("/calendar/draft")
@blueprint.arguments(DraftVersionQuerySchema, location="query")
@blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*_ROLES)
def discard_calendar(query: dict[str, Any]) -> None:
    """Throw the draft of the calendar away; where there is none, nothing happens."""
    _discard(CALENDAR, query["version"])


def _discard(kind: str, version: int) -> None:
    def act(work: Work) -> dict[str, Any]:
        rules.discard_draft(work, kind, version)
        return {}

    do_rules(optional_key(), [kind, version], act)


def _read(kind: str) -> dict[str, Any]:
    with parts().database.transaction() as session:
        return rule_reading.read_draft(session, kind, current_locale())


def _save_calendar(sent: dict[str, Any], edit: Edit) -> dict[str, Any]:
    _save(CALENDAR, sent["version"], sent, edit)
    return _read(CALENDAR)


def _save(kind: str, version: int, sent: dict[str, Any], edit: Edit) -> None:
    person = the_person()

    def act(work: Work) -> dict[str, Any]:
        draft = rules.read_draft(work.session, kind)
        return {"version": rules.save_draft(work, person, kind, edit(draft.content), version).version}

    do_rules(optional_key(), [version, sent], act)


def _judged(content: dict[str, Any], sent: dict[str, Any]) -> list[JudgedRow]:
    return day_edits.judge_file(content, sent["text"].encode(), FileDefaults(sent["norm"], sent["ubigeo_prefix"]))


def _rule_of(day: dict[str, Any]) -> ClosedDayRule:
    """A closed day as the table has it. Raises SlaError naming what is wrong."""
    years = {name: str(day[name] or "") for name in ("first_year", "last_year")}
    effect = Effect.PARTIAL if day["closed_window"] else Effect.CLOSED
    return rule_of(day | years | {"effect": str(effect), "is_made_up": "yes" if day["is_made_up"] else "no"})

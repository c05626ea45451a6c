"""The queues: keyset pages over covering indexes, so that the last page is as fast as the first.

A page is picked in two steps: an index alone says which cases (everything a list filters by, or asks about who may
see a case, is in it), then the rows of these few are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from services.routing.domain.case_filter import ALL_VIEW, DUE, ENDED, ENDED_VIEW, NEWEST, NO_FILTER, OLDEST, CaseFilter
from services.routing.domain.case_filter import VIEWS as VIEWS  # noqa: PLC0414 - the API's schemas look for them here
from services.routing.domain.case_state import LOAD_STATES, OPEN_STATES
from services.routing.store import tally
from services.routing.store.cases import SEES_ALL, visible_to
from services.routing.store.models import AdvisorSkill, Case
from shared.accounts.people import Person

_account = table("account", column("account_id"), column("full_name"))
_LOAD_STATES, _OPEN_STATES = [str(one) for one in LOAD_STATES], [str(one) for one in OPEN_STATES]
COLUMNS = (
    Case.case_id, Case.code, Case.subject_line, Case.asker_name, Case.municipality, Case.ubigeo, Case.topic, Case.kind,
    Case.is_urgent, Case.state, Case.outcome, Case.advisor_id, Case.promised_at, Case.next_due_at, Case.risk_at,
    Case.submitted_at, Case.ended_at, Case.due_key, Case.version, Case.candidates, Case.topic_confidence,
    _account.c.full_name.label("advisor_name"), func.left(Case.body, 120).label("excerpt"),
)  # fmt: skip


def _states(*states: str) -> ColumnElement[bool]:
    """Written out, not bound: a partial index is used only where the planner sees its very condition."""
    return literal_column(f"casefile.state IN ({', '.join(map(repr, states))})").self_group()


_OPEN = _states("triage", "unstaffed", "assigned", "waiting")
_LOAD = _states("assigned", "waiting")
_ORDERS: Mapping[str, tuple[Any, bool]] = {
    DUE: (Case.due_key, False),
    NEWEST: (Case.submitted_at, True),
    OLDEST: (Case.submitted_at, False),
    ENDED: (Case.ended_at, True),
}

FIRST, AFTER, BEFORE, LAST = "first", "after", "before", "last"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page lies: at an end, or beside the case with this sort key."""

    where: str = FIRST
    key: tuple[datetime, UUID] | None = None

    @property
    def is_backward(self) -> bool:
        """Whether the page is found from its far end."""
        return self.where in (BEFORE, LAST)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Cases in the order asked for, and whether there are more on either side."""

    rows: list[Row[Any]]
    has_previous: bool
    has_next: bool


def is_in(view: str, person: Person) -> ColumnElement[bool]:
    """Which cases a view holds, beside the rule of who may see them.

    :raises KeyError: there is no such view.
    """
    now = func.now()  # of the transaction: clock_timestamp() may differ from row to row, so no index can look for it
    conditions: Mapping[str, ColumnElement[bool]] = {
        "mine": _LOAD & (Case.advisor_id == person.id) & Case.snoozed_until.is_(None),
        "team": _OPEN,
        "unassigned": _states("unstaffed"),
        "triage": _states("triage"),
        # due_key is next_due_at where there is one: a range of the index
        "at_risk": _OPEN & (Case.due_key >= now) & (Case.risk_at <= now),
        "breached": _OPEN & (Case.due_key < now),
        "waiting": _states("waiting"),
        "snoozed": _LOAD & Case.snoozed_until.is_not(None) & _is_own(person),
        ENDED_VIEW: _states("answered", "closed"),
        ALL_VIEW: true(),
    }
    return conditions[view]


def _is_own(person: Person) -> ColumnElement[bool]:
    """Supervisors look for what anybody snoozed, everybody else for their own."""
    return true() if person.role in SEES_ALL else Case.advisor_id == person.id


def narrowed(chosen: CaseFilter) -> ColumnElement[bool]:
    """The condition of the filters, the search words excepted."""
    condition: ColumnElement[bool] = true()
    for wanted, test in (
        (chosen.topic, Case.topic == chosen.topic),
        (chosen.kind, Case.kind == chosen.kind),
        (chosen.urgent, Case.is_urgent == chosen.urgent),
        (chosen.advisor, Case.advisor_id == chosen.advisor),
        (chosen.state, Case.state == chosen.state),
        (chosen.place, func.starts_with(Case.ubigeo, chosen.place)),
        (chosen.min_age_days, Case.submitted_at <= func.now() - func.make_interval(0, 0, 0, chosen.min_age_days)),
        (chosen.max_age_days, Case.submitted_at > func.now() - func.make_interval(0, 0, 0, chosen.max_age_days)),
    ):
        if wanted is not None:
            condition &= test
    return condition


def find_page(
    session: Session,
    person: Person,
    view: str,
    *,
    limit: int,
    chosen: CaseFilter = NO_FILTER,
    sort: str = DUE,
    position: Position = Position(),
    due_within: tuple[datetime, datetime] | None = None,
) -> QueuePage:
    """One page of a view.

    :param due_within: only cases whose next deadline lies from the first moment on and before the second.
    """
    key, is_descending = _ORDERS[sort]
    goes_down = is_descending is not position.is_backward
    picked = (
        select(Case.case_id, key.label("sort_at"))
        .where(is_in(view, person), visible_to(person), narrowed(chosen))
        .order_by(*((key.desc(), Case.case_id.desc()) if goes_down else (key, Case.case_id)))
        .limit(limit + 1)
    )
    if due_within is not None:
        picked = picked.where(_is_due(due_within))
    if position.key is not None:
        here = tuple_(key, Case.case_id)
        picked = picked.where(here < position.key if goes_down else here > position.key)
    found = list(session.execute(_read(picked, is_descending=goes_down)).all())
    has_more = len(found) > limit
    rows = found[:limit]
    if position.is_backward:
        return QueuePage(rows[::-1], has_previous=has_more, has_next=position.where == BEFORE)
    return QueuePage(rows, has_previous=position.where == AFTER, has_next=has_more)


def _read(picked: Select[Any], *, is_descending: bool) -> Select[Any]:
    """The rows of the cases that were picked, in their order."""
    keys = picked.subquery("picked")
    order = (keys.c.sort_at, keys.c.case_id)
    return listed(keys, keys.c.sort_at).order_by(*(one.desc() for one in order) if is_descending else order)


def listed(keys: Subquery, *more: ColumnElement[Any]) -> Select[Any]:
    """What lists show of the cases that `keys` names (by `case_id`), and `more`."""
    return (
        select(*COLUMNS, *more)
        .join(keys, keys.c.case_id == Case.case_id)
        .join(_account, _account.c.account_id == Case.advisor_id, isouter=True)
    )


def page(
    session: Session, person: Person, view: str, *, limit: int, due_within: tuple[datetime, datetime] | None = None
) -> list[Row[Any]]:
    """The first cases of a view, in its usual order."""
    return find_page(
        session, person, view, limit=limit, sort=ENDED if view == ENDED_VIEW else DUE, due_within=due_within
    ).rows


def count_due(session: Session, person: Person, view: str, within: tuple[datetime, datetime]) -> int:
    """How many cases of a view have their next deadline in a stretch."""
    wanted = select(func.count()).select_from(Case).where(is_in(view, person), visible_to(person), _is_due(within))
    return int(session.execute(wanted).scalar_one())


def _is_due(within: tuple[datetime, datetime]) -> ColumnElement[bool]:
    return (Case.due_key >= within[0]) & (Case.due_key < within[1])


def counts(session: Session, person: Person) -> dict[str, int]:
    """How many cases each view holds for a person, in one statement."""
    sums = tally.sums_now().subquery("sums")
    columns = sums.c
    is_open = columns.state.in_(_OPEN_STATES)
    is_sorted = columns.state != "triage"
    seen = _is_seen(sums, person)

    def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(columns.number).filter(condition), 0)

    triage = _counted("triage", person)
    asleep = (
        select(func.count())
        .select_from(Case)
        .where(Case.snoozed_until.is_not(None), Case.advisor_id == person.id)
        .scalar_subquery()
    )
    tallied = select(
        (total(columns.state.in_(_LOAD_STATES) & (columns.advisor_id == person.id)) - asleep).label("mine"),
        (total(is_open & is_sorted & seen) + triage).label("team"),
        total((columns.state == "unstaffed") & seen).label("unassigned"),
        triage.label("triage"),
        _counted("at_risk", person).label("at_risk"),
        _counted("breached", person).label("breached"),
        total((columns.state == "waiting") & seen).label("waiting"),
        _counted("snoozed", person).label("snoozed"),
        total(columns.state.in_(("answered", "closed")) & seen).label("closed"),
        (total(is_sorted & seen) + triage).label("all"),
    ).select_from(sums)
    return {name: int(number) for name, number in session.execute(tallied).mappings().one().items()}


def _counted(view: str, person: Person) -> ColumnElement[int]:
    return select(func.count()).select_from(Case).where(is_in(view, person), visible_to(person)).scalar_subquery()


def _is_seen(sums: Subquery, person: Person) -> ColumnElement[bool]:
    """`visible_to` over sums: the same rule, but for the candidates of triage, which are counted apart."""
    if person.role in SEES_ALL:
        return true()
    columns = sums.c
    topics = select(AdvisorSkill.topic).where(AdvisorSkill.account_id == person.id)
    return or_(columns.advisor_id == person.id, columns.last_advisor_id == person.id, columns.topic.in_(topics))

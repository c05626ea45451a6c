"""The queues: keyset pages over indexed orders, so that the last page is as fast as the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, column, func, select, table, true, tuple_
from sqlalchemy.orm import Session

from services.routing.domain.case_state import LOAD_STATES, OPEN_STATES, CaseState
from services.routing.store.cases import visible_to
from services.routing.store.models import Case
from shared.accounts.people import Person

VIEWS = ("mine", "unassigned", "triage", "at_risk", "breached", "waiting", "closed", "all")
ENDED_VIEW = "closed"

_account = table("account", column("account_id"), column("full_name"))
_COLUMNS = (
    Case.case_id, Case.code, Case.subject_line, Case.asker_name, Case.municipality, Case.ubigeo, Case.topic, Case.kind,
    Case.is_urgent, Case.state, Case.outcome, Case.advisor_id, Case.promised_at, Case.next_due_at, Case.risk_at,
    Case.submitted_at, Case.ended_at, Case.due_key, Case.version, Case.candidates, Case.topic_confidence,
    _account.c.full_name.label("advisor_name"), func.left(Case.body, 120).label("excerpt"),
)  # fmt: skip
_OPEN = [str(state) for state in OPEN_STATES]
_LOAD = [str(state) for state in LOAD_STATES]
_ENDED = [str(CaseState.ANSWERED), str(CaseState.CLOSED)]


def is_in(view: str, person: Person) -> ColumnElement[bool]:
    """Which cases a view holds, beside the rule of who may see them.

    :raises KeyError: there is no such view.
    """
    now = func.clock_timestamp()
    conditions: Mapping[str, ColumnElement[bool]] = {
        "mine": Case.state.in_(_LOAD) & (Case.advisor_id == person.id),
        "unassigned": Case.state == str(CaseState.UNSTAFFED),
        "triage": Case.state == str(CaseState.TRIAGE),
        "at_risk": Case.state.in_(_OPEN) & (Case.risk_at <= now) & (Case.next_due_at >= now),
        "breached": Case.state.in_(_OPEN) & (Case.next_due_at < now),
        "waiting": Case.state == str(CaseState.WAITING),
        ENDED_VIEW: Case.state.in_(_ENDED),
        "all": true(),
    }
    return conditions[view]


def page(
    session: Session,
    person: Person,
    view: str,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    topic: str | None = None,
    due_before: datetime | None = None,
) -> list[Row[Any]]:
    """`limit` + 1 cases of a view, least time left first (the ended view: newest first).

    :param after: the sort key of the last case seen, from `sort_key`.
    :param due_before: only cases whose next deadline lies before.
    """
    statement = (
        select(*_COLUMNS)
        .join(_account, _account.c.account_id == Case.advisor_id, isouter=True)
        .where(is_in(view, person), visible_to(person))
        .limit(limit + 1)
    )
    if topic is not None:
        statement = statement.where(Case.topic == topic)
    if due_before is not None:
        statement = statement.where(Case.next_due_at < due_before)
    if view == ENDED_VIEW:
        statement = statement.order_by(Case.ended_at.desc(), Case.case_id.desc())
        if after is not None:
            statement = statement.where(tuple_(Case.ended_at, Case.case_id) < after)
    else:
        statement = statement.order_by(Case.due_key, Case.case_id)
        if after is not None:
            statement = statement.where(tuple_(Case.due_key, Case.case_id) > after)
    return list(session.execute(statement).all())


def sort_key(view: str, row: Row[Any]) -> list[Any]:
    """What the next page begins after."""
    moment = row.ended_at if view == ENDED_VIEW else row.due_key
    return [moment.isoformat(), str(row.case_id)]


def counts(session: Session, person: Person) -> dict[str, int]:
    """How many open cases each view holds, in one statement; the ended view is not counted, it only grows."""
    counted = [view for view in VIEWS if view not in (ENDED_VIEW, "all")]
    statement = select(*(func.count().filter(is_in(view, person)).label(view) for view in counted)).where(
        Case.state.in_(_OPEN), visible_to(person)
    )
    return dict(session.execute(statement).mappings().one())

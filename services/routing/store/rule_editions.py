"""The policy and the calendar in force: the newest published edition, or what the service is delivered with.

Asked for once per transaction, so a publication counts from its commit on in every process; a published edition never
changes, so its parsed form is kept per process and database.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.routing.domain.desk_calendar import DeskCalendar, desk_calendar_of
from services.routing.domain.sla_errors import SlaError
from services.routing.domain.sla_policy import SlaPolicy, policy_of
from services.routing.domain.working_calendar import Calendar
from services.routing.store.holiday_source import seed_calendar
from services.routing.store.rule_models import SlaEdition
from services.routing.store.sla_policy_source import default_policy

log = structlog.get_logger()

POLICY, CALENDAR = "policy", "calendar"
KINDS = (POLICY, CALENDAR)
DELIVERED = 1
"""The number of the edition that the service is delivered with; it is in the data files and has no row."""

_HIGHEST = 2**31 - 1  # a number in an address can be longer than the column is wide
_DECIDING = 7_202_614  # advisory lock, with the place of a kind in KINDS
_LETTERS = {POLICY: "P", CALENDAR: "C"}
_IN_FORCE = "routing.rules_in_force"


class InForce(NamedTuple):
    """The numbers of the newest editions."""

    policy: int
    calendar: int


_policies: WeakKeyDictionary[Any, dict[int, SlaPolicy]] = WeakKeyDictionary()
_calendars: WeakKeyDictionary[Any, dict[int, DeskCalendar]] = WeakKeyDictionary()


def hold(session: Session, kind: str) -> None:
    """Let one transaction at a time decide about the rules of a kind; a second waits and sees what the first did."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key, :kind)"), {"key": _DECIDING, "kind": KINDS.index(kind)})


def version_name(kind: str, number: int) -> str:
    """What people call an edition: P2, C3; the delivered one by the version in its data file."""
    if number == DELIVERED:
        return default_policy().version if kind == POLICY else seed_calendar().version
    return f"{_LETTERS[kind]}{number}"


def in_force(session: Session) -> InForce:
    """Which editions hold in this transaction."""
    found: InForce | None = session.info.get(_IN_FORCE)
    if found is None:
        rows = session.execute(select(SlaEdition.kind, func.max(SlaEdition.number)).group_by(SlaEdition.kind)).all()
        newest: dict[str, int] = {row[0]: row[1] for row in rows}
        found = InForce(newest.get(POLICY, DELIVERED), newest.get(CALENDAR, DELIVERED))
        session.info[_IN_FORCE] = found
    return found


def forget_in_force(session: Session) -> None:
    """After publishing: what holds is asked for again."""
    session.info.pop(_IN_FORCE, None)


def policy_number(session: Session, number: int) -> SlaPolicy:
    """The policy of an edition. Raises LookupError when there is none."""
    if number == DELIVERED:
        return default_policy()
    kept = _policies.setdefault(session.get_bind(), {})
    if number not in kept:
        kept[number] = policy_of(edition(session, POLICY, number).content)
    return kept[number]


def calendar_number(session: Session, number: int) -> DeskCalendar:
    """The desk's calendar of an edition. Raises LookupError when there is none."""
    if number == DELIVERED:
        return seed_calendar()
    kept = _calendars.setdefault(session.get_bind(), {})
    if number not in kept:
        content = edition(session, CALENDAR, number).content
        kept[number] = desk_calendar_of(version_name(CALENDAR, number), content)
    return kept[number]


def edition(session: Session, kind: str, number: int) -> SlaEdition:
    """A published edition. Raises LookupError when there is none."""
    found = session.get(SlaEdition, (kind, number)) if number <= _HIGHEST else None
    if found is None:
        raise LookupError(f"{kind} {number}")
    return found


def editions(session: Session, kind: str) -> list[SlaEdition]:
    """The published editions of a kind, newest first."""
    return list(
        session.scalars(select(SlaEdition).where(SlaEdition.kind == kind).order_by(SlaEdition.number.desc()).limit(200))
    )


def current_policy(session: Session) -> SlaPolicy:
    """The policy that a case received now gets."""
    return policy_number(session, in_force(session).policy)


def current_desk_calendar(session: Session) -> DeskCalendar:
    """The desk's calendar in force."""
    return calendar_number(session, in_force(session).calendar)


def current_calendar(session: Session, ubigeo: str) -> Calendar:
    """The calendar that a case of this municipality received now gets."""
    return calendar_at(current_desk_calendar(session), ubigeo)


def calendar_at(desk: DeskCalendar, ubigeo: str) -> Calendar:
    """The calendar of a place; the desk's alone when its code cannot be one, so that no case is lost to it."""
    try:
        return desk.calendar_for(ubigeo)
    except SlaError:
        log.warning("ubigeo_not_understood")
        return desk.calendar_for("")

"""The people of the desk: who works here, what they know, how much they take, when they are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.roles import ADMIN, ADVISOR, ROLES, SENIOR, SUPERVISOR
from services.routing.store import teams
from services.routing.store.models import Advisor, AdvisorSkill
from services.routing.use_cases import leaves
from services.routing.use_cases.leaves import AdvisorNotFoundError
from services.routing.use_cases.settlement import Settlement
from shared.accounts import people
from shared.accounts.people import Person
from shared.contracts.account import AccountRegistered, AccountUpdated
from shared.messaging.work import Work

MAX_CAPACITY = 100_000

__all__ = ["ADMIN", "ADVISOR", "ROLES", "SENIOR", "SUPERVISOR"]  # their home is domain.roles; many look for them here


class TeamNotFoundError(LookupError):
    """There is no such team."""


@dataclass(eq=False)
class StaleAdvisorError(Exception):
    """Somebody else changed the advisor meanwhile; `entry` is as it is now."""

    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AdvisorChange:
    """What a supervisor changes; None leaves a value as it is.

    `leave`: (first, last) day in place of every leave not over yet, or () for no leave; `hours`: a working week, "" for
    the desk's; `team_id`: (id,), or () for no team.
    """

    is_available: bool | None = None
    capacity: int | None = None
    skills: Mapping[str, int] | None = None
    leave: tuple[date, date] | tuple[()] | None = None
    languages: Collection[str] | None = None
    hours: str | None = None
    team_id: tuple[UUID] | tuple[()] | None = None


def register(
    work: Work,
    *,
    email: str,
    password: str | None,
    full_name: str,
    role: str,
    locale: str = "es",
    phone: str | None = None,
) -> Person:
    """Open an account for a member of staff and tell those who write to staff.

    :raises EmailTakenError: the address is in use.
    """
    person = people.create(
        work.session, email=email, password=password, full_name=full_name, role=role, locale=locale, phone=phone
    )
    work.emit(
        AccountRegistered(account_id=person.id, role=role, email=email, phone=phone, full_name=full_name, locale=locale)
    )
    return person


def make_advisor(work: Work, person: Person, *, capacity: int, skills: Mapping[str, int]) -> None:
    """Let a member of staff take cases of these topics (code to level, 1 to 3), up to `capacity` open at a time."""
    work.session.execute(
        text("INSERT INTO advisor (account_id, capacity) VALUES (:id, :capacity)"),
        {"id": person.id, "capacity": capacity},
    )
    work.session.add_all(
        AdvisorSkill(account_id=person.id, topic=topic, level=level) for topic, level in sorted(skills.items())
    )
    work.session.flush()
    Settlement.of(work).reconsider(person.id)


def change_advisor(
    work: Work, advisor_id: UUID, change: AdvisorChange, *, version: int | None = None, by: Person | None = None
) -> None:
    """Change topics, room or presence of an advisor; who has room now takes the cases that waited longest.

    :param version: as the supervisor saw it; None does not ask. `by`: who approves a leave.
    :raises AdvisorNotFoundError, TeamNotFoundError: there is no such advisor, or team.
    :raises StaleAdvisorError: changed meanwhile; nothing was done.
    """
    advisor = work.session.get(Advisor, advisor_id, with_for_update=True, populate_existing=True)
    if advisor is None:
        raise AdvisorNotFoundError(advisor_id)
    if version is not None and advisor.version != version:
        raise StaleAdvisorError(find_entry(work.session, advisor_id) or {})
    _apply(work.session, advisor, change)
    if change.leave is not None:
        leaves.replace_all(work, advisor_id, change.leave, by=by)
    if change.skills is not None:
        _replace_skills(work.session, advisor_id, change.skills)
    advisor.version += 1
    work.session.flush()
    Settlement.of(work).reconsider(advisor_id)


def _apply(session: Session, advisor: Advisor, change: AdvisorChange) -> None:
    """The plain values of a change."""
    if change.is_available is not None:
        advisor.is_available = change.is_available
    if change.capacity is not None:
        advisor.capacity = change.capacity
    if change.languages is not None:
        advisor.languages = sorted({"es", *change.languages})
    if change.hours is not None:
        advisor.hours = change.hours or None
    if change.team_id is not None:
        if change.team_id and not teams.exists(session, change.team_id[0]):
            raise TeamNotFoundError
        advisor.team_id = change.team_id[0] if change.team_id else None


def rename(work: Work, person: Person, *, full_name: str, phone: str | None, is_active: bool = True) -> None:
    """Change a member of staff's name or phone, or note that they left; tells those who write to staff."""
    work.session.execute(
        text("UPDATE account SET full_name = :name, phone = :phone, is_active = :is_active WHERE account_id = :id"),
        {"id": person.id, "name": full_name, "phone": phone, "is_active": is_active},
    )
    if not is_active:
        people.close_all_sessions(work.session, person.id)
    work.emit(
        AccountUpdated(
            account_id=person.id, role=person.role, email=person.email, phone=phone, full_name=full_name,
            locale=person.locale, is_active=is_active,
        )
    )  # fmt: skip


def _replace_skills(session: Session, advisor_id: UUID, skills: Mapping[str, int]) -> None:
    session.execute(text("DELETE FROM advisor_skill WHERE account_id = :id"), {"id": advisor_id})
    session.expire_all()
    if skills:
        session.execute(
            text("INSERT INTO advisor_skill (account_id, topic, level) VALUES (:id, :topic, :level)"),
            [{"id": advisor_id, "topic": topic, "level": level} for topic, level in sorted(skills.items())],
        )


_ENTRIES = """
    SELECT advisor.account_id AS id, full_name, email, is_available, is_active, capacity, open_count,
           open_effort, last_assigned_at, advisor.version, languages, hours, team_id, team.name AS team_name,
           leave.starts_on AS leave_from, leave.ends_on AS leave_until,
           coalesce(leave.starts_on <= today.day, false) AS is_on_leave,
           coalesce((SELECT jsonb_object_agg(topic, level) FROM advisor_skill
                      WHERE advisor_skill.account_id = advisor.account_id), '{}') AS skills,
           due.breached, due.at_risk, due.waiting
      FROM advisor JOIN account USING (account_id) LEFT JOIN team USING (team_id)
      CROSS JOIN (SELECT (clock_timestamp() AT TIME ZONE 'America/Lima')::date AS day) AS today
      LEFT JOIN LATERAL (
        SELECT starts_on, ends_on FROM advisor_leave
         WHERE advisor_leave.account_id = advisor.account_id AND cancelled_at IS NULL AND ends_on >= today.day
         ORDER BY starts_on LIMIT 1) AS leave ON true
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE next_due_at < clock_timestamp()) AS breached,
               count(*) FILTER (WHERE next_due_at >= clock_timestamp() AND risk_at <= clock_timestamp()) AS at_risk,
               count(*) FILTER (WHERE state = 'waiting') AS waiting
          FROM casefile WHERE casefile.advisor_id = advisor.account_id AND state IN ('assigned', 'waiting')) AS due
"""


def list_advisors(session: Session) -> list[dict[str, Any]]:
    """Every advisor with topics and load, by name."""
    rows = session.execute(text(f"{_ENTRIES} ORDER BY full_name, id")).mappings()
    return [dict(row) for row in rows]


def find_entry(session: Session, advisor_id: UUID) -> dict[str, Any] | None:
    """One advisor as `list_advisors` gives them."""
    row = (
        session.execute(text(f"{_ENTRIES} WHERE advisor.account_id = :id"), {"id": advisor_id}).mappings().one_or_none()
    )
    return None if row is None else dict(row)


def names_of(session: Session, only_present: bool = True) -> list[dict[str, Any]]:  # noqa: FBT001, FBT002 - one plain switch
    """Advisors a case can be handed to: id, name and load, by name."""
    rows = session.execute(
        text("""
            SELECT account_id AS id, full_name, open_count, capacity FROM advisor JOIN account USING (account_id)
             WHERE NOT :only_present OR (is_active AND is_available) ORDER BY full_name
        """),
        {"only_present": only_present},
    ).mappings()
    return [dict(row) for row in rows]

"""Editing the rules: one draft of the policy and one of the calendar, tried first, then published with a reason."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from services.routing.domain.desk_calendar import DeskCalendar, calendar_content_of, desk_calendar_of
from services.routing.domain.rule_changes import Change, calendar_changes, policy_changes
from services.routing.domain.sla_policy import SlaPolicy, content_of, policy_of
from services.routing.store import rule_editions
from services.routing.store.rule_editions import POLICY, version_name
from services.routing.store.rule_models import SlaDraft, SlaEdition, SlaRun
from shared.accounts import audit
from shared.accounts.people import Person
from shared.messaging.work import Work

log = structlog.get_logger()

DONE = "done"


@dataclass(frozen=True, slots=True)
class Draft:
    """What may become the next edition. `version` 0: nobody has changed anything yet, it is what is in force."""

    kind: str
    content: dict[str, Any]
    version: int
    changed_name: str
    changed_at: datetime | None
    changes: tuple[Change, ...]


class StaleDraftError(Exception):
    """Somebody else changed the draft meanwhile.

    :ivar current: as it stands: `version` (0: there is none any more), `changed_by`, `changed_at`.
    """

    def __init__(self, row: SlaDraft | None) -> None:
        super().__init__("stale draft")
        self.current: dict[str, Any] = {
            "version": row.version if row else 0,
            "changed_by": row.changed_name if row else "",
            "changed_at": row.changed_at.isoformat() if row else None,
        }


class NothingToPublishError(Exception):
    """The draft promises what is in force already."""


class TrialRequiredError(Exception):
    """The draft, as it stands, has not been tried on the cases."""


class NotInForceError(Exception):
    """Only the edition in force can be adopted: the number given is another."""


def require_in_force(session: Session, kind: str, number: int) -> None:
    """Refuse the number of any edition but the newest. Raises NotInForceError."""
    in_force = rule_editions.in_force(session)
    if number != (in_force.policy if kind == POLICY else in_force.calendar):
        raise NotInForceError(kind)


def read_draft(session: Session, kind: str) -> Draft:
    """The draft of a kind, and what it changes."""
    row = session.get(SlaDraft, kind)
    if row is None:
        return Draft(kind, current_content(session, kind), 0, "", None, ())
    # A copy: the editor changes what it is given, and the row must see the difference.
    content = deepcopy(row.content)
    return Draft(kind, content, row.version, row.changed_name, row.changed_at, changes(session, kind, content))


def current_content(session: Session, kind: str) -> dict[str, Any]:
    """What is in force, as a draft holds it."""
    if kind == POLICY:
        return content_of(rule_editions.current_policy(session))
    return calendar_content_of(rule_editions.current_desk_calendar(session))


def changes(session: Session, kind: str, content: dict[str, Any]) -> tuple[Change, ...]:
    """What some content changes against what is in force."""
    if kind == POLICY:
        return policy_changes(rule_editions.current_policy(session), policy_of(content))
    return calendar_changes(rule_editions.current_desk_calendar(session), desk_calendar_of("", content))


def draft_policy(content: dict[str, Any]) -> SlaPolicy:
    """The policy of a draft. Raises InvalidPolicyError."""
    return policy_of(content | {"version": "draft"})


def draft_calendar(content: dict[str, Any]) -> DeskCalendar:
    """The calendar of a draft. Raises SlaError subclasses."""
    return desk_calendar_of("draft", content)


def save_draft(work: Work, person: Person, kind: str, content: dict[str, Any], version: int) -> Draft:
    """Keep a draft, refused unless it could be published as it stands.

    :param version: of the draft the person edited, 0 for what is in force.
    :raises StaleDraftError: it changed meanwhile; nothing was kept.
    :raises SlaError: overlapping or overnight windows, no open hour in 60 days, a rule nobody can reach …
    """
    session = work.session
    if kind == POLICY:
        kept = content_of(draft_policy(content))
    else:
        calendar = draft_calendar(content)
        calendar.require_open(work.now.astimezone(ZoneInfo(calendar.zone)).date())
        kept = calendar_content_of(calendar)
    rule_editions.hold(session, kind)
    row = session.get(SlaDraft, kind, with_for_update=True, populate_existing=True)
    if (0 if row is None else row.version) != version:
        raise StaleDraftError(row)
    values = {"content": kept, "version": version + 1, "changed_by": person.id, "changed_name": person.full_name}
    if row is None:
        session.add(SlaDraft(kind=kind, changed_at=work.now, **values))
    else:
        row.changed_at = work.now
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    return read_draft(session, kind)


def discard_draft(work: Work, kind: str, version: int) -> None:
    """Throw a draft away. Raises StaleDraftError when it changed meanwhile."""
    row = work.session.get(SlaDraft, kind, with_for_update=True, populate_existing=True)
    if row is None:
        return
    if row.version != version:
        raise StaleDraftError(row)
    work.session.delete(row)
    work.session.flush()


def put_in_force(work: Work, person: Person, kind: str, *, version: int, trial_id: UUID, reason: str) -> SlaEdition:
    """Make the draft the next edition. It counts for cases received from now on; others keep theirs.

    :param trial_id: the trial of the draft as it stands, so that nobody publishes what they have not looked at.
    :raises StaleDraftError: the draft changed meanwhile, or there is none.
    :raises TrialRequiredError: the trial is of another draft, or not finished.
    :raises NothingToPublishError: the draft is what is in force already.
    """
    session = work.session
    row = session.get(SlaDraft, kind, with_for_update=True, populate_existing=True)
    if row is None or row.version != version:
        raise StaleDraftError(row)
    trial = session.get(SlaRun, trial_id)
    if trial is None or trial.purpose != "trial" or trial.kind != kind or trial.state != DONE:
        raise TrialRequiredError(kind)
    if trial.content != row.content:
        raise TrialRequiredError(kind)
    differences = changes(session, kind, row.content)
    if not differences:
        raise NothingToPublishError(kind)
    in_force = rule_editions.in_force(session)
    number = (in_force.policy if kind == POLICY else in_force.calendar) + 1
    published = SlaEdition(
        kind=kind,
        number=number,
        content=row.content | ({"version": version_name(kind, number)} if kind == POLICY else {}),
        reason=reason,
        changes=[{"es": one.es, "en": one.en} for one in differences],
        trial_id=trial_id,
        published_by=person.id,
        published_name=person.full_name,
        published_at=work.now,
    )
    session.add(published)
    session.delete(row)
    session.flush()
    rule_editions.forget_in_force(session)
    audit.append(session, person, f"{kind}.published", f"{kind}:{number}", {"trial_id": str(trial_id)})
    log.info("rules_published", kind=kind, number=number)
    return published

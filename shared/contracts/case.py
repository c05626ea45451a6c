"""Facts about cases: what staff do with a consultation. Owned by routing; the subject is the consultation.

Every event names the code and the official, so that a consumer can write to the official without asking back.
`promised_at` is the moment by which the official was promised an answer; None while no promise runs (paused).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the taxonomy with the names people see."""

    code: str
    name_es: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisor:
    """The advisor in charge, as the official may know them."""

    id: UUID
    full_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A part of a norm that an answer rests on: «Ley N.° 27972, art. 41, num. 3», with the norm's title and address.

    `validity` (in_force, repealed, not_yet) is of the day it was looked up, `checked_on`; `valid_until` is the first
    day the norm is no longer in force, `repealed_by` by which one. `reason` says why one not in force is cited.
    """

    text: str
    title: str
    url: str
    validity: str
    checked_on: date
    valid_from: date | None = None
    valid_until: date | None = None
    repealed_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with an answer: name, type, size, digest, and the path at the desk where who has it gets it.

    The path is unguessable and belongs to this answer alone; it opens nothing once the desk has taken the file back.
    """

    name: str
    media_type: str
    byte_count: int
    sha256: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClassified(Event):
    """A topic, kind and urgency were given, by the model or (`decided_by` an account) by a person."""

    TYPE: ClassVar[str] = "case.classified"

    consultation_id: UUID
    code: str
    official_id: UUID
    topic: Topic | None
    kind: str
    is_urgent: bool
    confidence: float
    reasons: tuple[str, ...] = ()
    needs_triage: bool
    decided_by: str
    model_version: str
    promised_at: datetime | None
    classified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAssigned(Event):
    """The case was given to an advisor for the first time; `reason` says why this one.

    `is_told_along`: said of a consultation that is dealt with in another case: its official hears, the advisor did.
    """

    TYPE: ClassVar[str] = "case.assigned"

    consultation_id: UUID
    code: str
    official_id: UUID
    subject_line: str
    topic: Topic
    is_urgent: bool
    advisor: Advisor
    reason: str
    promised_at: datetime | None
    assigned_at: datetime
    is_told_along: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReassigned(Event):
    """The case went from one advisor to another, with the hand-over note; `is_told_along` as in case.assigned."""

    TYPE: ClassVar[str] = "case.reassigned"

    consultation_id: UUID
    code: str
    official_id: UUID
    subject_line: str
    topic: Topic
    is_urgent: bool
    advisor: Advisor
    previous_advisor_id: UUID
    reason: str
    promised_at: datetime | None
    assigned_at: datetime
    is_told_along: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRescheduled(Event):
    """The promised moment changed.

    `reason` is a code: resumed, reclassified, reopened, calendar_changed, policy_changed, merged, unmerged. `note` says
    in words what a supervisor gave as the cause of a change of rules, and `previous_at` what was promised before.
    """

    TYPE: ClassVar[str] = "case.rescheduled"

    consultation_id: UUID
    code: str
    official_id: UUID
    promised_at: datetime | None
    reason: str
    rescheduled_at: datetime
    previous_at: datetime | None = None
    note: str = ""
    subject_line: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClarificationRequested(Event):
    """The advisor needs facts from the official; the clocks pause until they come."""

    TYPE: ClassVar[str] = "case.clarification_requested"

    consultation_id: UUID
    code: str
    official_id: UUID
    advisor: Advisor
    message_id: UUID
    body: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered(Event):
    """The advisor answered; `citations` are the norms the answer rests on, `attachments` its files, in order."""

    TYPE: ClassVar[str] = "case.answered"

    consultation_id: UUID
    code: str
    official_id: UUID
    advisor: Advisor
    message_id: UUID
    body: str
    is_first_answer: bool
    answered_at: datetime
    citations: tuple[Citation, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Event):
    """No more work is expected; `outcome` is answered, withdrawn, out_of_scope or abandoned."""

    TYPE: ClassVar[str] = "case.closed"

    consultation_id: UUID
    code: str
    official_id: UUID
    outcome: str
    note: str
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClarified(Event):
    """The official's new message reached the case; tells the advisor in charge."""

    TYPE: ClassVar[str] = "case.clarified"

    consultation_id: UUID
    code: str
    official_id: UUID
    advisor_id: UUID | None
    subject_line: str
    body: str
    clarified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMerged(Event):
    """The consultation is dealt with in another case from now on; its official goes on being answered on their own.

    `into_code` is for staff, and for the official only when `is_same_official`: the other may be somebody else's.
    """

    TYPE: ClassVar[str] = "case.merged"

    consultation_id: UUID
    code: str
    official_id: UUID
    into_id: UUID
    into_code: str
    is_same_official: bool
    advisor: Advisor | None
    promised_at: datetime | None
    merged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseUnmerged(Event):
    """The merge was undone: the consultation is a case of its own again; `is_waiting` for its official."""

    TYPE: ClassVar[str] = "case.unmerged"

    consultation_id: UUID
    code: str
    official_id: UUID
    from_id: UUID
    advisor: Advisor | None
    is_waiting: bool
    promised_at: datetime | None
    unmerged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSplit(Event):
    """A part of the consultation is to be a consultation of its own, `new_consultation_id`, sent when the first was."""

    TYPE: ClassVar[str] = "case.split"

    consultation_id: UUID
    code: str
    official_id: UUID
    new_consultation_id: UUID
    subject_line: str
    body: str
    submitted_at: datetime
    split_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaWarning(Event):
    """A clock used `fraction` of its target and still runs; it will breach at `due_at`.

    `is_advisor_told`, `supervisor_ids`: who hears of this step. `notify_at`: not before this moment, so that nobody is
    written to at night (empty: at once). `late_seconds`: how long after the step this is told.
    """

    TYPE: ClassVar[str] = "case.sla_warning"

    consultation_id: UUID
    code: str
    subject_line: str
    clock: str
    due_at: datetime
    fraction: float
    advisor_id: UUID | None
    warned_at: datetime
    is_advisor_told: bool = True
    supervisor_ids: tuple[UUID, ...] = ()
    notify_at: datetime | None = None
    late_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBreached(Event):
    """A clock passed its deadline; the moment of breach is the deadline itself.

    `is_advisor_told`: the advisor hears of it too; supervisors hear through `case.escalated`.
    """

    TYPE: ClassVar[str] = "case.sla_breached"

    consultation_id: UUID
    code: str
    subject_line: str
    clock: str
    breached_at: datetime
    advisor_id: UUID | None
    recorded_at: datetime
    is_advisor_told: bool = False
    notify_at: datetime | None = None
    late_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEscalated(Event):
    """Supervisors must look at the case now."""

    TYPE: ClassVar[str] = "case.escalated"

    consultation_id: UUID
    code: str
    subject_line: str
    cause: str
    advisor_id: UUID | None
    supervisor_ids: tuple[UUID, ...]
    escalated_at: datetime
    notify_at: datetime | None = None
    late_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentUnstaffed(Event):
    """Nobody eligible can take the case; `reason` says whom was looked at and why not."""

    TYPE: ClassVar[str] = "assignment.unstaffed"

    consultation_id: UUID
    code: str
    subject_line: str
    topic: Topic
    reason: str
    supervisor_ids: tuple[UUID, ...]
    waiting_since: datetime

"""The tables of routing as SQLAlchemy models. A test compares them with the migrations, column by column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Date, DateTime, ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.routing.domain.case_state import LOAD_STATES, OPEN_STATES, Act, CaseState, Transition, transition

NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts a case without a running deadline behind all others; a key, never shown."""

_LETS_SLEEP = frozenset({Act.SNOOZE, Act.CHOOSE_TOPIC, Act.LET_GO, Act.SPLIT})


class Base(DeclarativeBase):
    """All models of routing. Texts are `text`, times `timestamptz`."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to declare it
        str: Text(),
        datetime: DateTime(timezone=True),
        date: Date(),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
        list[str]: ARRAY(Text()),
    }


class Official(Base):
    """An official and their office, as intake last told; `sequence` is the number of that telling."""

    __tablename__ = "official"

    official_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str]
    position: Mapped[str]
    ubigeo: Mapped[str]
    municipality: Mapped[str]
    locale: Mapped[str]
    sequence: Mapped[int]


class Advisor(Base):
    """A member of staff who takes cases.

    `open_count` and `open_effort` (hundredths of a plain case) are maintained with every assignment, under the row's
    lock. `hours`: their own working week, None for the desk's.
    """

    __tablename__ = "advisor"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_available: Mapped[bool]
    capacity: Mapped[int]
    open_count: Mapped[int]
    open_effort: Mapped[int]
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("team.team_id"))
    languages: Mapped[list[str]]
    hours: Mapped[str | None]
    last_assigned_at: Mapped[datetime | None]
    version: Mapped[int]


class AdvisorSkill(Base):
    """That an advisor knows a topic, from 1 (basic) to 3 (expert)."""

    __tablename__ = "advisor_skill"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("advisor.account_id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int]


class Case(Base):
    """What staff do with one consultation. Its clocks are read from `case_history`; the due columns are for sorting.

    `version` changes with everything that somebody who edits the case must have seen; `history_count` numbers the
    lines of the log; `intake_sequence` is the newest act of the official that changed the state. `effort` is what it
    weighs in a load, in hundredths; `idle_at` is when it goes back to the pool if its advisor does nothing with it.
    `merged_into_id` is set exactly while the state is merged; with `snoozed_until` it is out of its advisor's sight.
    """

    __tablename__ = "casefile"
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own way; nobody reads `triage_topics` back

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    official_id: Mapped[UUID]
    asker_name: Mapped[str]
    asker_position: Mapped[str]
    asker_locale: Mapped[str]
    ubigeo: Mapped[str]
    municipality: Mapped[str]
    subject_line: Mapped[str]
    body: Mapped[str]
    channel: Mapped[str]
    submitted_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    state: Mapped[str]
    outcome: Mapped[str | None]
    topic: Mapped[str]
    kind: Mapped[str]
    is_urgent: Mapped[bool]
    needs_triage: Mapped[bool]
    topic_confidence: Mapped[float]
    kind_confidence: Mapped[float]
    urgency_confidence: Mapped[float]
    candidates: Mapped[list[dict[str, Any]]]
    candidate_topics: Mapped[list[str]]
    triage_topics: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text()), Computed("CASE WHEN state = 'triage' THEN candidate_topics END", persisted=True)
    )
    reasons: Mapped[list[dict[str, Any]]]
    model_version: Mapped[str]
    decided_by: Mapped[str]
    advisor_id: Mapped[UUID | None] = mapped_column(ForeignKey("advisor.account_id"))
    last_advisor_id: Mapped[UUID | None] = mapped_column(ForeignKey("advisor.account_id"))
    assigned_at: Mapped[datetime | None]
    assignment_reason_es: Mapped[str]
    assignment_reason_en: Mapped[str]
    language: Mapped[str]
    effort: Mapped[int]
    idle_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    is_unstaffed_told: Mapped[bool]
    policy_version: Mapped[str]
    calendar_version: Mapped[str]
    promised_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    risk_at: Mapped[datetime | None]
    due_key: Mapped[datetime]
    first_answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("casefile.case_id"))
    merged_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    rating_score: Mapped[int | None]
    rating_comment: Mapped[str | None]
    rated_at: Mapped[datetime | None]
    rated_sequence: Mapped[int]
    intake_sequence: Mapped[int]
    history_count: Mapped[int]
    version: Mapped[int]

    @property
    def standing(self) -> CaseState:
        """The state as the domain knows it."""
        return CaseState(self.state)

    @property
    def is_open(self) -> bool:
        """Whether staff or the official still owe something."""
        return self.standing in OPEN_STATES

    @property
    def is_load(self) -> bool:
        """Whether the case counts against the capacity of its advisor."""
        return self.standing in LOAD_STATES

    def undergo(self, act: Act) -> Transition:
        """Go where `act` leads. A case to which something happens is no longer snoozed.

        :raises ImpossibleActError: the act is impossible in the present state.
        """
        found = transition(self.standing, act)
        self.state = found.to
        if act not in _LETS_SLEEP:
            self.snoozed_until = None
        return found


class CaseHistory(Base):
    """One line of a case's log, from which clocks and timeline are read; lines are added, never changed."""

    __tablename__ = "case_history"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    data: Mapped[dict[str, Any]]


class CaseMessage(Base):
    """A message of the public thread after the consultation itself: both sides, in order of `at`."""

    __tablename__ = "case_message"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"))
    kind: Mapped[str]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]


class CaseNote(Base):
    """A note among staff; the official never sees it."""

    __tablename__ = "case_note"

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"))
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    body: Mapped[str]
    at: Mapped[datetime]


class CaseAlarm(Base):
    """That an alarm of a case's clocks was given, or covered by a graver one: each key once."""

    __tablename__ = "case_alarm"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    given_at: Mapped[datetime]
    late_seconds: Mapped[int]
    is_covered: Mapped[bool]


class SlaRules(Base):
    """A policy or a calendar as it was when a case was first counted on it; `kind` is policy or calendar."""

    __tablename__ = "sla_rules"

    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]

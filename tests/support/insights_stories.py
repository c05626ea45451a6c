"""Events as the other services would send them to insights: one consultation's story, with its sequences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.case import (
    Advisor,
    AssignmentUnstaffed,
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClarified,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseReassigned,
    CaseRescheduled,
    SlaBreached,
    SlaWarning,
    Topic,
)
from shared.contracts.consultation import (
    Asker,
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.ids import new_id

BUDGET = Topic(code="presupuesto", name_es="Presupuesto", name_en="Budget")
TREASURY = Topic(code="tesoreria_contabilidad", name_es="Tesorería y contabilidad", name_en="Treasury and accounting")
ROSA = Advisor(id=UUID("0193a000-0000-7000-8000-000000000001"), full_name="Rosa Huamán")
LUIS = Advisor(id=UUID("0193a000-0000-7000-8000-000000000002"), full_name="Luis Quispe")


def envelope(event: Event, source: str, sequence: int) -> Envelope:
    """The event as it arrives."""
    return Envelope(
        id=new_id(), source=source, type=event.TYPE, version=event.VERSION, subject=event.subject, sequence=sequence,
        time=datetime.now(UTC), correlation_id="test", causation_id=None, traceparent=None, data=event.to_data(),
    )  # fmt: skip


@dataclass
class Story:
    """Events of one consultation; each method adds one at `minutes` after the submission."""

    submitted_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    code: str = "V-7K3M-92QX"
    id: UUID = field(default_factory=new_id)
    envelopes: list[Envelope] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def at(self, minutes: float) -> datetime:
        return self.submitted_at + timedelta(minutes=minutes)

    def add(self, source: str, event: Event) -> Envelope:
        self._numbers[source] = self._numbers.get(source, 0) + 1
        self.envelopes.append(envelope(event, source, self._numbers[source]))
        return self.envelopes[-1]

    def _intake(self, event_type: type[Event], **values: Any) -> Envelope:
        return self.add("intake", event_type(consultation_id=self.id, code=self.code, **values))

    def _routing(self, event_type: type[Event], **values: Any) -> Envelope:
        return self.add("routing", event_type(consultation_id=self.id, code=self.code, **values))

    def _case(self, event_type: type[Event], **values: Any) -> Envelope:
        return self._routing(event_type, official_id=ROSA.id, **values)

    def submitted(self, ubigeo: str = "090101") -> Envelope:
        asker = Asker(
            official_id=ROSA.id, full_name="María Quispe", position="Tesorera", ubigeo=ubigeo,
            municipality="Huancavelica", locale="es",
        )  # fmt: skip
        return self._intake(
            ConsultationSubmitted, asker=asker, subject_line="Devengado", body="¿Cómo registro?", channel="web",
            submitted_at=self.submitted_at,
        )  # fmt: skip

    def clarified(self, minutes: float) -> Envelope:
        return self._intake(
            ConsultationClarified, message_id=new_id(), body="Es del 2025", clarified_at=self.at(minutes)
        )

    def reopened(self, minutes: float) -> Envelope:
        return self._intake(ConsultationReopened, message_id=new_id(), reason="No", reopened_at=self.at(minutes))

    def withdrawn(self, minutes: float) -> Envelope:
        return self._intake(ConsultationWithdrawn, reason="", withdrawn_at=self.at(minutes))

    def rated(self, minutes: float, score: int) -> Envelope:
        return self._intake(ConsultationRated, score=score, comment="", rated_at=self.at(minutes))

    def classified(self, minutes: float, topic: Topic | None = BUDGET, *, is_triage: bool = False) -> Envelope:
        return self._case(
            CaseClassified, topic=topic, kind="legal", is_urgent=False, confidence=0.8, needs_triage=is_triage,
            decided_by="model", model_version="1", promised_at=self.at(240), classified_at=self.at(minutes),
        )  # fmt: skip

    def unstaffed(self, minutes: float) -> Envelope:
        return self._routing(
            AssignmentUnstaffed, subject_line="", topic=BUDGET, reason="", supervisor_ids=(),
            waiting_since=self.at(minutes),
        )  # fmt: skip

    def assigned(self, minutes: float, advisor: Advisor = ROSA) -> Envelope:
        return self._case(
            CaseAssigned, subject_line="", topic=BUDGET, is_urgent=False, advisor=advisor, reason="",
            promised_at=self.at(240), assigned_at=self.at(minutes),
        )  # fmt: skip

    def reassigned(self, minutes: float, advisor: Advisor = LUIS) -> Envelope:
        return self._case(
            CaseReassigned, subject_line="", topic=BUDGET, is_urgent=False, advisor=advisor, reason="",
            previous_advisor_id=ROSA.id, promised_at=self.at(240), assigned_at=self.at(minutes),
        )  # fmt: skip

    def rescheduled(self, minutes: float, promised_at: datetime | None, reason: str = "reclassified") -> Envelope:
        return self._case(CaseRescheduled, promised_at=promised_at, reason=reason, rescheduled_at=self.at(minutes))

    def asked(self, minutes: float) -> Envelope:
        return self._case(
            CaseClarificationRequested, advisor=ROSA, message_id=new_id(), body="", requested_at=self.at(minutes)
        )

    def reached(self, minutes: float) -> Envelope:
        return self._case(CaseClarified, advisor_id=ROSA.id, subject_line="", body="", clarified_at=self.at(minutes))

    def answered(self, minutes: float, *, is_first: bool = True) -> Envelope:
        return self._case(
            CaseAnswered, advisor=ROSA, message_id=new_id(), body="", is_first_answer=is_first,
            answered_at=self.at(minutes),
        )  # fmt: skip

    def closed(self, minutes: float, outcome: str = "answered") -> Envelope:
        return self._case(CaseClosed, outcome=outcome, note="", closed_at=self.at(minutes))

    def warned(self, minutes: float, due_at: datetime, clock: str = "first_response") -> Envelope:
        return self._routing(
            SlaWarning, subject_line="", clock=clock, due_at=due_at, fraction=0.75, advisor_id=None,
            warned_at=self.at(minutes),
        )  # fmt: skip

    def breached(self, due_at: datetime, clock: str = "first_response") -> Envelope:
        return self._routing(
            SlaBreached, subject_line="", clock=clock, breached_at=due_at, advisor_id=None, recorded_at=due_at
        )

    def escalated(self, minutes: float) -> Envelope:
        return self._routing(
            CaseEscalated, subject_line="", cause="sla_breached", advisor_id=None, supervisor_ids=(),
            escalated_at=self.at(minutes),
        )  # fmt: skip

"""What each event about a consultation or its case adds to the row of that consultation."""

from __future__ import annotations

from typing import Any

from services.insights.store import consultations
from shared.contracts.case import (
    AssignmentUnstaffed,
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClarified,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseMerged,
    CaseReassigned,
    CaseRescheduled,
    CaseSplit,
    CaseUnmerged,
)
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.messaging.work import Work

_RESUMED = "resumed"


def record_submission(event: ConsultationSubmitted, work: Work) -> None:
    """An official asked. Of the asker only the office is kept."""
    consultations.merge(
        work.session,
        event.consultation_id,
        event.code,
        {
            "official_id": event.asker.official_id,
            "ubigeo": event.asker.ubigeo,
            "municipality": event.asker.municipality,
            "channel": event.channel,
            "submitted_at": event.submitted_at,
        },
    )


def record_official_message(event: ConsultationClarified | CaseClarified, work: Work) -> None:
    """The official wrote again; intake says so first, and routing when it reached the case."""
    consultations.merge(work.session, event.consultation_id, event.code, {"clarified_at": event.clarified_at})


def record_reopening(event: ConsultationReopened, work: Work) -> None:
    """The official was not helped by the answer."""
    consultations.merge(work.session, event.consultation_id, event.code, {"reopened_at": event.reopened_at})


def record_withdrawal(event: ConsultationWithdrawn, work: Work) -> None:
    """The official needs no answer any more."""
    consultations.merge(work.session, event.consultation_id, event.code, {"withdrawn_at": event.withdrawn_at})


def record_rating(event: ConsultationRated, work: Work) -> None:
    """The official rated the answer; the comment stays with intake."""
    facts = {"score": event.score, "rating_sequence": work.sequence}
    consultations.merge(work.session, event.consultation_id, event.code, facts)


def record_classification(event: CaseClassified, work: Work) -> None:
    """Topic, kind and urgency, by the model or by a person."""
    topic = event.topic
    consultations.merge(
        work.session,
        event.consultation_id,
        event.code,
        {
            "classified_at": event.classified_at,
            "classified_sequence": work.sequence,
            "topic_code": topic and topic.code,
            "topic_name_es": topic and topic.name_es,
            "topic_name_en": topic and topic.name_en,
            "kind": event.kind,
            "is_urgent": event.is_urgent,
            "confidence": event.confidence,
            "needs_triage": event.needs_triage,
            **_promise(event, work),
        },
    )


def record_assignment(event: CaseAssigned | CaseReassigned, work: Work) -> None:
    """An advisor is in charge."""
    consultations.merge(
        work.session,
        event.consultation_id,
        event.code,
        {
            "assigned_at": event.assigned_at,
            "last_assigned_at": event.assigned_at,
            "advisor_sequence": work.sequence,
            "advisor_id": event.advisor.id,
            "advisor_name": event.advisor.full_name,
            **_promise(event, work),
        },
    )


def record_reschedule(event: CaseRescheduled, work: Work) -> None:
    """The promised moment moved, or no promise runs for now; `resumed` ends the wait for the official."""
    facts = _promise(event, work)
    if event.reason == _RESUMED:
        facts["resumed_at"] = event.rescheduled_at
    consultations.merge(work.session, event.consultation_id, event.code, facts)


def record_clarification_request(event: CaseClarificationRequested, work: Work) -> None:
    """The advisor waits for the official."""
    consultations.merge(work.session, event.consultation_id, event.code, {"asked_at": event.requested_at})


def record_answer(event: CaseAnswered, work: Work) -> None:
    """The advisor answered; an answer that is not the first says nothing of when the first was."""
    facts = {"last_answered_at": event.answered_at}
    if event.is_first_answer:
        facts["first_answered_at"] = event.answered_at
    consultations.merge(work.session, event.consultation_id, event.code, facts)


def record_closing(event: CaseClosed, work: Work) -> None:
    """No more work is expected."""
    facts = {"closed_at": event.closed_at, "outcome": event.outcome, "closed_sequence": work.sequence}
    consultations.merge(work.session, event.consultation_id, event.code, facts)


def record_escalation(event: CaseEscalated, work: Work) -> None:
    """Supervisors were called."""
    consultations.merge(work.session, event.consultation_id, event.code, {"escalated_at": event.escalated_at})


def record_merge(event: CaseMerged | CaseUnmerged, work: Work) -> None:
    """Somebody else answers it, by another date; to its official it is as open as before."""
    facts = _promise(event, work)
    if event.advisor is not None:
        facts |= {
            "advisor_sequence": work.sequence,
            "advisor_id": event.advisor.id,
            "advisor_name": event.advisor.full_name,
        }
    consultations.merge(work.session, event.consultation_id, event.code, facts)


def record_split(_event: CaseSplit, _work: Work) -> None:
    """Nothing is counted here: the part tells of itself when intake has given it its code."""


def record_unstaffed(event: AssignmentUnstaffed, work: Work) -> None:
    """Nobody eligible can take the case."""
    consultations.merge(work.session, event.consultation_id, event.code, {"unstaffed_since": event.waiting_since})


def _promise(
    event: CaseClassified | CaseAssigned | CaseReassigned | CaseRescheduled | CaseMerged | CaseUnmerged, work: Work
) -> dict[str, Any]:
    return {"promised_at": event.promised_at, "promise_sequence": work.sequence}

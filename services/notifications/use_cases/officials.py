"""What officials are told about their consultations.

"Received" is written once per consultation: with the promised date when the case is classified, or without it when
that takes too long. Whichever comes first claims it (`consultations.acknowledge`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.notifications.domain.template import (
    ANSWERED,
    ASSIGNED,
    CLARIFICATION,
    CLOSED,
    MERGED,
    RECEIVED,
    RESCHEDULED,
)
from services.notifications.store import consultations
from services.notifications.store.consultations import Consultation
from services.notifications.use_cases.writing import Notice, Writer
from shared.contracts.case import (
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClassified,
    CaseClosed,
    CaseMerged,
    CaseReassigned,
    CaseRescheduled,
    CaseUnmerged,
    Topic,
)
from shared.contracts.consultation import ConsultationSubmitted
from shared.messaging.retry import NotYet
from shared.messaging.work import Work

DATE_WAIT_TIMER = "received_without_date"
# The official has the answer, or ended it themselves: another letter would tell them nothing.
_MOVED_BY_THE_DESK = ("calendar_changed", "policy_changed")
_QUIET_OUTCOMES = ("answered", "withdrawn")


def tell_rescheduled(event: CaseRescheduled, work: Work, writer: Writer) -> None:
    """The desk moved a promise by other rules. What an official's own act moved, they know and see on their page."""
    if event.reason not in _MOVED_BY_THE_DESK:
        return
    writer.write(
        work,
        Notice(
            template=RESCHEDULED,
            recipient_id=event.official_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={
                "subject_line": event.subject_line,
                "promised_at": event.promised_at,
                "previous_at": event.previous_at,
                "note": event.note,
            },
        ),
    )


def expect_date(event: ConsultationSubmitted, work: Work, *, wait: timedelta) -> None:
    """Keep the consultation; if no date is promised within `wait`, its official hears without one."""
    consultations.put_submitted(
        work.session,
        Consultation(
            event.consultation_id, event.code, event.asker.official_id, event.subject_line, event.submitted_at
        ),
    )
    work.arm(DATE_WAIT_TIMER, event.consultation_id, work.now + wait)


def acknowledge_with_date(event: CaseClassified, work: Work, writer: Writer) -> None:
    """Confirm the consultation with the promised date, unless it was confirmed already.

    :raises NotYet: the consultation itself has not arrived.
    """
    consultation = consultations.acknowledge(work.session, event.consultation_id)
    if consultation is None:
        # Not "is it here": it may have been committed by another worker between the claim and this look.
        if not consultations.is_acknowledged(work.session, event.consultation_id):
            raise NotYet("the consultation has not arrived")
        return
    work.disarm(event.consultation_id, DATE_WAIT_TIMER)
    _acknowledge(consultation, work, writer, promised_at=event.promised_at, topic=event.topic)


def acknowledge_without_date(consultation_id: UUID, work: Work, writer: Writer) -> None:
    """Confirm a consultation that nobody has classified yet."""
    consultation = consultations.acknowledge(work.session, consultation_id)
    if consultation is not None:
        _acknowledge(consultation, work, writer, promised_at=None, topic=None)


def _acknowledge(
    consultation: Consultation, work: Work, writer: Writer, *, promised_at: datetime | None, topic: Topic | None
) -> None:
    names = {"es": topic.name_es, "en": topic.name_en} if topic else {"es": "", "en": ""}
    writer.write(
        work,
        Notice(
            template=RECEIVED,
            recipient_id=consultation.official_id,
            consultation_id=consultation.consultation_id,
            code=consultation.code,
            values={"subject_line": consultation.subject_line, "promised_at": promised_at},
            values_by_locale={locale: {"topic": name} for locale, name in names.items()},
        ),
    )


def tell_assigned(event: CaseAssigned | CaseReassigned) -> Notice:
    """Who looks after the consultation, and until when."""
    return Notice(
        template=ASSIGNED,
        recipient_id=event.official_id,
        consultation_id=event.consultation_id,
        code=event.code,
        values={
            "advisor": event.advisor.full_name,
            "subject_line": event.subject_line,
            "promised_at": event.promised_at,
            "is_reassigned": isinstance(event, CaseReassigned),
        },
        values_by_locale=topic_names(event.topic),
    )


def ask(event: CaseClarificationRequested, work: Work, writer: Writer) -> None:
    """Pass on the advisor's question."""
    writer.write(
        work,
        Notice(
            template=CLARIFICATION,
            recipient_id=event.official_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={"advisor": event.advisor.full_name, "body": event.body},
            excerpt_of=event.body,
        ),
    )


def answer(event: CaseAnswered, work: Work, writer: Writer) -> None:
    """Pass on the answer: the whole of it with the norms it cites by e-mail, its beginning by SMS."""
    writer.write(
        work,
        Notice(
            template=ANSWERED,
            recipient_id=event.official_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={
                "advisor": event.advisor.full_name,
                "body": event.body,
                "citations": event.citations,
                "attachments": event.attachments,
                "subject_line": consultations.subject_line_of(work.session, event.consultation_id),
            },
            excerpt_of=event.body,
        ),
    )


def tell_closed(event: CaseClosed, work: Work, writer: Writer) -> None:
    """Say why a case ended that the official has no answer to."""
    if event.outcome in _QUIET_OUTCOMES:
        return
    writer.write(
        work,
        Notice(
            template=CLOSED,
            recipient_id=event.official_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={"outcome": event.outcome, "note": event.note},
        ),
    )


def tell_merged(event: CaseMerged | CaseUnmerged, work: Work, writer: Writer) -> None:
    """Say that a consultation is answered together with another one, or on its own again.

    The code of the other one is told only to its own official.
    """
    is_undone = isinstance(event, CaseUnmerged)
    into_code = event.into_code if isinstance(event, CaseMerged) and event.is_same_official else ""
    writer.write(
        work,
        Notice(
            template=MERGED,
            recipient_id=event.official_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={"is_undone": is_undone, "into_code": into_code, "promised_at": event.promised_at},
        ),
    )


def topic_names(topic: Topic) -> dict[str, dict[str, str]]:
    """A topic's name in each language."""
    return {"es": {"topic": topic.name_es}, "en": {"topic": topic.name_en}}

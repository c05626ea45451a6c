"""Showing officials what the desk does with their consultations, and that they were told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake.domain.lifecycle import News, moves_of
from services.intake.store import desk_news
from services.intake.store.desk_news import DeskMessage, DeskNews, Proof
from shared.contracts.case import (
    Advisor,
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
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.messaging.retry import NotYet
from shared.messaging.work import Work

_RESCHEDULED = {"resumed": News.RESUMED, "reopened": News.REOPENED}


def show_topic(work: Work, event: CaseClassified) -> None:
    """The consultation has a topic, and perhaps a promised date."""
    topic = _topic(event.topic)
    data = {"topic": topic, "needs_triage": event.needs_triage, "promised_at": _iso(event.promised_at)}
    _apply(
        work, event, event.classified_at, data, News.CLASSIFIED,
        topic=topic, promised_at=event.promised_at, speaks_of_promise=True,
    )  # fmt: skip


def show_advisor(work: Work, event: CaseAssigned | CaseReassigned) -> None:
    """The consultation has an advisor, or another one."""
    advisor = _advisor(event.advisor)
    data = {"advisor": advisor, "promised_at": _iso(event.promised_at)}
    _apply(
        work, event, event.assigned_at, data, News.ASSIGNED,
        topic=_topic(event.topic), advisor=advisor, promised_at=event.promised_at, speaks_of_promise=True,
    )  # fmt: skip


def show_promise(work: Work, event: CaseRescheduled) -> None:
    """The promised date moved, and why."""
    data = {"promised_at": _iso(event.promised_at), "reason": event.reason}
    _apply(
        work, event, event.rescheduled_at, data, _RESCHEDULED.get(event.reason),
        promised_at=event.promised_at, speaks_of_promise=True,
    )  # fmt: skip


def show_request(work: Work, event: CaseClarificationRequested) -> None:
    """The advisor asks for facts; it is the official's turn.

    Whoever asks need not be who looks after the consultation: a supervisor may step in. Only assignments say that.
    """
    message = DeskMessage(event.message_id, event.advisor.full_name, "clarification_request", event.body)
    _apply(work, event, event.requested_at, {}, News.ASKED_BACK, message=message)


def show_answer(work: Work, event: CaseAnswered) -> None:
    """There is an answer to read, from the advisor or from somebody who stepped in."""
    told = event.to_data()
    message = DeskMessage(
        event.message_id, event.advisor.full_name, "answer", event.body, told["citations"], told["attachments"]
    )
    data = {"advisor": _advisor(event.advisor)}
    _apply(
        work, event, event.answered_at, data, News.ANSWERED,
        answered_at=event.answered_at, message=message,
    )  # fmt: skip


def show_end(work: Work, event: CaseClosed) -> None:
    """No more work is expected, and why."""
    data = {"outcome": event.outcome, "note": event.note}
    _apply(work, event, event.closed_at, data, News.CLOSED, closed_at=event.closed_at)


def show_merge(work: Work, event: CaseMerged) -> None:
    """It is answered together with another one, whose code only its own official may know."""
    data = {"promised_at": _iso(event.promised_at), "into_code": event.into_code if event.is_same_official else None}
    _apply(
        work, event, event.merged_at, data, News.MERGED if event.advisor else News.CLASSIFIED,
        advisor=_advisor(event.advisor) if event.advisor else None, promised_at=event.promised_at,
        speaks_of_promise=True,
    )  # fmt: skip


def show_separation(work: Work, event: CaseUnmerged) -> None:
    """It is answered on its own again."""
    news = News.MERGED if event.advisor else News.CLASSIFIED
    _apply(
        work, event, event.unmerged_at, {"promised_at": _iso(event.promised_at)},
        News.ASKED_BACK if event.is_waiting else news,
        advisor=_advisor(event.advisor) if event.advisor else None, promised_at=event.promised_at,
        speaks_of_promise=True,
    )  # fmt: skip


def keep_proof(work: Work, event: MessageDelivered | MessageFailed | MessageHeld) -> None:
    """A message reached its reader, or did not. Only what is about a consultation is of use here."""
    if event.consultation_id is None:
        return
    match event:
        case MessageDelivered():
            state, note, at = "delivered", event.evidence, event.delivered_at
        case MessageFailed():
            state, note, at = "failed", event.reason, event.failed_at
        case MessageHeld():
            state, note, at = "held", event.reason, event.held_at
    desk_news.keep_proof(
        work.session,
        Proof(
            message_id=event.message_id, consultation_id=event.consultation_id, recipient_id=event.recipient_id,
            channel=event.channel, template=event.template, state=state, note=note, happened_at=at,
            sequence=work.sequence,
        ),
    )  # fmt: skip


def _apply(work: Work, event: Any, at: datetime, data: dict[str, Any], news: News | None, **said: Any) -> None:
    if work.cause is None:
        raise LookupError("no event is being handled")
    is_here = desk_news.apply(
        work.session,
        DeskNews(
            event_id=work.cause.id, consultation_id=event.consultation_id, sequence=work.sequence, type=event.TYPE,
            happened_at=at, data=data, moves=moves_of(news) if news else {}, **said,
        ),
    )  # fmt: skip
    if not is_here:
        # Ours is the source of consultations: one that the desk knows and we do not was lost with a restored backup.
        raise NotYet(f"consultation {event.consultation_id} is not here")


def _topic(topic: Topic | None) -> dict[str, str] | None:
    return None if topic is None else {"code": topic.code, "name_es": topic.name_es, "name_en": topic.name_en}


def _advisor(advisor: Advisor) -> dict[str, str]:
    return {"id": str(advisor.id), "full_name": advisor.full_name}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

"""Which event calls which use case."""

from __future__ import annotations

from services.intake.use_cases import desk, submission
from shared.contracts.case import (
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClassified,
    CaseClosed,
    CaseMerged,
    CaseReassigned,
    CaseRescheduled,
    CaseSplit,
    CaseUnmerged,
)
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.messaging.handlers import Handlers
from shared.messaging.timers import TimerHandlers
from shared.messaging.work import Work

handlers = Handlers("intake")
timer_handlers = TimerHandlers()
on = handlers.on


@on(CaseClassified)
def show_topic(event: CaseClassified, work: Work) -> None:
    """Show the topic and the promised date."""
    desk.show_topic(work, event)


@on(CaseAssigned)
def show_advisor(event: CaseAssigned, work: Work) -> None:
    """Show who has the consultation."""
    desk.show_advisor(work, event)


@on(CaseReassigned)
def show_other_advisor(event: CaseReassigned, work: Work) -> None:
    """Show who has the consultation now."""
    desk.show_advisor(work, event)


@on(CaseRescheduled)
def show_promise(event: CaseRescheduled, work: Work) -> None:
    """Show the new promised date and why it moved."""
    desk.show_promise(work, event)


@on(CaseClarificationRequested)
def show_request(event: CaseClarificationRequested, work: Work) -> None:
    """Show what the advisor asks."""
    desk.show_request(work, event)


@on(CaseAnswered)
def show_answer(event: CaseAnswered, work: Work) -> None:
    """Show the answer."""
    desk.show_answer(work, event)


@on(CaseClosed)
def show_end(event: CaseClosed, work: Work) -> None:
    """Show that and why the consultation ended."""
    desk.show_end(work, event)


@on(CaseMerged)
def show_merge(event: CaseMerged, work: Work) -> None:
    """Show that it is answered together with another one."""
    desk.show_merge(work, event)


@on(CaseUnmerged)
def show_separation(event: CaseUnmerged, work: Work) -> None:
    """Show that it is answered on its own again."""
    desk.show_separation(work, event)


@on(CaseSplit)
def open_part(event: CaseSplit, work: Work) -> None:
    """Give a part of a consultation a code of its own."""
    submission.open_part(work, event)


@on(MessageDelivered, MessageFailed, MessageHeld)  # type: ignore[arg-type]  # mypy joins the three to Event
def keep_proof(event: MessageDelivered | MessageFailed | MessageHeld, work: Work) -> None:
    """Keep the proof that the official was told, or that it failed."""
    desk.keep_proof(work, event)

"""What the officials of merged cases are told: the words of the survivor's advisor, each under their own number.

An official whose case was merged into another never learns what stands in that other thread. They get the answer
itself, as an answer to their own consultation, and may reply, rate or reopen there as ever.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from services.routing.store import families, history
from services.routing.store.models import Case, CaseMessage
from services.routing.use_cases import attachment_links, citing
from services.routing.use_cases.topics import topic_of
from shared.contracts.case import (
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClosed,
    CaseReassigned,
    CaseRescheduled,
)
from shared.ids import new_id
from shared.messaging.work import Work

_ADVISORS = "routing.advisors_given"


def pass_on(work: Work, case: Case, event: CaseAnswered | CaseClarificationRequested) -> None:
    """Tell an answer, or a question, to the officials of the cases merged into this one.

    They get it under their own number; the thread it belongs to stays unseen.
    """
    for one in _told_along(work, case):
        is_first = one.first_answered_at is None
        message = CaseMessage(
            message_id=new_id(), case_id=one.case_id, kind=_MESSAGE_KINDS[type(event)], author_id=event.advisor.id,
            author_name=event.advisor.full_name, body=event.body, at=work.now,
        )  # fmt: skip
        work.session.add(message)
        told = replace(
            event, consultation_id=one.case_id, code=one.code, official_id=one.official_id,
            message_id=message.message_id,
        )  # fmt: skip
        facts = {"message_id": str(message.message_id), "code": case.code}
        if isinstance(told, CaseAnswered):
            one.first_answered_at = one.first_answered_at or work.now
            citing.copy(work, event.message_id, message.message_id)
            told = replace(told, attachments=attachment_links.share(work, event.message_id, message.message_id))
            told, facts["is_final"] = replace(told, is_first_answer=is_first), True  # type: ignore[assignment]  # JSON
        history.add(
            work.session, one, _LINE_KINDS[type(event)], work.now, actor_id=event.advisor.id,
            actor_name=event.advisor.full_name, **facts,
        )  # fmt: skip
        one.version += 1
        work.emit(told)


def pass_on_end(work: Work, case: Case, event: CaseClosed) -> None:
    """Tell the officials how the case that answers them ended."""
    for one in _told_along(work, case):
        history.add(work.session, one, "closed", work.now, outcome=event.outcome, note=event.note, code=case.code)
        one.version += 1
        work.emit(replace(event, consultation_id=one.case_id, code=one.code, official_id=one.official_id))


def pass_on_date(work: Work, case: Case, event: CaseRescheduled) -> None:
    """Tell the officials the date by which they hear."""
    for one in families.told_along(work.session, case.case_id):
        work.emit(
            replace(
                event, consultation_id=one.case_id, code=one.code, official_id=one.official_id,
                subject_line=one.subject_line,
            )
        )  # fmt: skip


def note_advisor(work: Work, event: CaseAssigned | CaseReassigned) -> None:
    """Note that a case has an advisor, or another one; `pass_on_advisors` tells it along."""
    work.session.info.setdefault(_ADVISORS, []).append((work, event))


def pass_on_advisors(session: Session) -> None:
    """Tell officials of merged cases who looks after them now; asked once for all cases of a settlement."""
    noted: list[tuple[Work, CaseAssigned | CaseReassigned]] = session.info.pop(_ADVISORS, [])
    surviving = families.surviving(session, [event.consultation_id for _, event in noted])
    for work, event in noted:
        if event.consultation_id not in surviving:
            continue
        for one in families.told_along(session, event.consultation_id):
            work.emit(_of_merged(one, event))


def _of_merged(one: Case, event: CaseAssigned | CaseReassigned) -> CaseAssigned | CaseReassigned:
    """The same news of a merged case, whose official may have known an advisor when the survivor had none yet."""
    facts: dict[str, Any] = {
        "consultation_id": one.case_id, "code": one.code, "official_id": one.official_id,
        "subject_line": one.subject_line, "topic": topic_of(one.topic), "is_urgent": one.is_urgent,
        "advisor": event.advisor, "reason": event.reason, "promised_at": event.promised_at,
        "assigned_at": event.assigned_at, "is_told_along": True,
    }  # fmt: skip
    previous_id = event.previous_advisor_id if isinstance(event, CaseReassigned) else one.last_advisor_id
    if previous_id is None:
        return CaseAssigned(**facts)
    return CaseReassigned(**facts, previous_advisor_id=previous_id)


def _told_along(work: Work, case: Case) -> list[Case]:
    locked = families.lock_merged(work.session, case.case_id)
    if not locked:
        return []
    told = {one.case_id for one in families.told_along(work.session, case.case_id)}
    return [one for one in locked if one.case_id in told]


_MESSAGE_KINDS: dict[type[object], str] = {
    CaseAnswered: "answer",
    CaseClarificationRequested: "clarification_request",
}
_LINE_KINDS: dict[type[object], str] = {
    CaseAnswered: "answer_sent",
    CaseClarificationRequested: "clarification_requested",
}

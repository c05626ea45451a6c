"""What an official does with a consultation that was sent. Each act locks it, is judged by the rules, and is told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain import lifecycle
from services.intake.domain.lifecycle import Act, Status
from services.intake.store import consultations
from services.intake.store.consultations import Held
from shared.accounts.people import Person
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationWithdrawn,
)
from shared.ids import new_id
from shared.messaging.work import Work


class NoSuchConsultationError(Exception):
    """There is no consultation with this code that the person may see."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was carried out: the status it led to, a marked sentence, and the message it wrote, if any."""

    id: UUID
    code: str
    status: Status
    sentence: str
    message_id: UUID | None = None


def clarify(work: Work, person: Person, code: str, body: str) -> Done:
    """Add a message to the thread: the answer to what the advisor asked, or more to say.

    :raises NoSuchConsultationError: the person has no such consultation.
    :raises ActRefusedError: it takes no more messages.
    """
    held = _held(work, person, code)
    rule = lifecycle.perform(held.status, Act.CLARIFY)
    message_id = _say(work, person, held, "clarification", body)
    done = _move(work, held, rule, message_id)
    consultations.add_entry(work.session, held.id, type_=ConsultationClarified.TYPE, at=work.now, data={})
    work.emit(
        ConsultationClarified(
            consultation_id=held.id, code=held.code, message_id=message_id, body=body, clarified_at=work.now
        )
    )
    return done


def reopen(work: Work, person: Person, code: str, reason: str) -> Done:
    """Take up a consultation again whose answer did not help.

    :raises NoSuchConsultationError: the person has no such consultation.
    :raises ActRefusedError: it is still open, was withdrawn, or ended too long ago.
    """
    held = _held(work, person, code)
    rule = lifecycle.perform(held.status, Act.REOPEN)
    lifecycle.require_reopenable(held.ended_at, work.now)
    message_id = _say(work, person, held, "reopening", reason)
    done = _move(work, held, rule, message_id)
    consultations.add_entry(work.session, held.id, type_=ConsultationReopened.TYPE, at=work.now, data={})
    work.emit(
        ConsultationReopened(
            consultation_id=held.id, code=held.code, message_id=message_id, reason=reason, reopened_at=work.now
        )
    )
    return done


def withdraw(work: Work, person: Person, code: str, reason: str) -> Done:
    """Give up a consultation that has no answer yet.

    :raises NoSuchConsultationError: the person has no such consultation.
    :raises ActRefusedError: it has ended.
    """
    held = _held(work, person, code)
    rule = lifecycle.perform(held.status, Act.WITHDRAW)
    done = _move(work, held, rule)
    data = {"reason": reason} if reason else {}
    consultations.add_entry(work.session, held.id, type_=ConsultationWithdrawn.TYPE, at=work.now, data=data)
    work.emit(ConsultationWithdrawn(consultation_id=held.id, code=held.code, reason=reason, withdrawn_at=work.now))
    return done


def rate(work: Work, person: Person, code: str, score: int, comment: str) -> Done:
    """Rate the answer, 1 to 5, or change the rating within a week. The same rating again changes nothing.

    :raises NoSuchConsultationError: the person has no such consultation.
    :raises ActRefusedError: there is no answer, or the week is over.
    """
    held = _held(work, person, code)
    rule = lifecycle.perform(held.status, Act.RATE)
    first_rated_at = lifecycle.first_rating_of_answer(held.answered_at, held.first_rated_at)
    lifecycle.require_rateable(held.answered_at, first_rated_at, work.now)
    done = Done(held.id, held.code, held.status, rule.sentence)
    if (score, comment) == (held.rating_score, held.rating_comment):
        return done
    consultations.set_rating(
        work.session,
        held.id,
        score=score,
        comment=comment,
        rated_at=work.now,
        first_rated_at=first_rated_at or work.now,
    )
    consultations.add_entry(work.session, held.id, type_=ConsultationRated.TYPE, at=work.now, data={"score": score})
    work.emit(
        ConsultationRated(consultation_id=held.id, code=held.code, score=score, comment=comment, rated_at=work.now)
    )
    return done


def _held(work: Work, person: Person, code: str) -> Held:
    held = consultations.find_locked(work.session, code, person)
    if held is None:
        raise NoSuchConsultationError(code)
    return held


def _say(work: Work, person: Person, held: Held, kind: str, body: str) -> UUID:
    message_id = new_id()
    consultations.add_message(
        work.session, held.id, message_id, author_name=person.full_name, kind=kind, body=body, at=work.now
    )
    return message_id


def _move(work: Work, held: Held, rule: lifecycle.Rule, message_id: UUID | None = None) -> Done:
    status = rule.leads_to or held.status
    if status != held.status:
        consultations.set_status(work.session, held.id, status)
    return Done(held.id, held.code, status, rule.sentence, message_id)

"""Sending a consultation: stored with its public code, and told to the desk, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.code import new_code
from services.intake.domain.lifecycle import Status
from services.intake.store import consultations, officials
from services.intake.store.consultations import NewConsultation
from shared.accounts.people import Person
from shared.contracts.consultation import Asker, ConsultationSubmitted
from shared.ids import new_id
from shared.messaging.work import Work

_TRIES = 5
SENT_AGAIN_WITHIN = timedelta(minutes=10)
"""For how long the same text from the same person, by page, is the same consultation."""


class NoFreeCodeError(Exception):
    """Several random codes in a row were taken; with 27 thousand million of them, something else is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What an official sends; texts are clean and within their limits. `channel`: web or api."""

    subject_line: str
    body: str
    topic_hint: str | None
    channel: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the official holds from now on."""

    id: UUID
    code: str
    status: Status
    submitted_at: datetime


def submit(work: Work, person: Person, sent: Submission) -> Receipt:
    """Store a consultation and give it its code."""
    office = officials.office_of(work.session, person.id)
    new, submitted_at = _store(work, person, sent)
    work.emit(
        ConsultationSubmitted(
            consultation_id=new.id,
            code=new.code,
            asker=Asker(
                official_id=person.id,
                full_name=person.full_name,
                position=office.position,
                ubigeo=office.municipality.ubigeo,
                municipality=office.municipality.name,
                locale=person.locale,
            ),
            subject_line=new.subject_line,
            body=new.body,
            topic_hint=new.topic_hint,
            channel=new.channel,
            submitted_at=submitted_at,
        )
    )
    return Receipt(new.id, new.code, Status.RECEIVED, submitted_at)


def find_same(work: Work, person: Person, sent: Submission) -> Receipt | None:
    """The consultation with the very same text that this person sent minutes ago and did not withdraw.

    Until the transaction ends, nobody else sends for this person: two presses at once find one another.
    """
    found = consultations.find_same_locked(
        work.session, person.id, sent.subject_line, sent.body, since=work.now - SENT_AGAIN_WITHIN
    )
    return None if found is None else Receipt(found.id, found.code, found.status, found.submitted_at)


def _store(work: Work, person: Person, sent: Submission) -> tuple[NewConsultation, datetime]:
    identifier = new_id()
    for _ in range(_TRIES):
        new = NewConsultation(
            id=identifier, code=new_code(), official_id=person.id, channel=sent.channel,
            subject_line=sent.subject_line, body=sent.body, topic_hint=sent.topic_hint,
        )  # fmt: skip
        if (submitted_at := consultations.insert(work.session, new)) is not None:
            return new, submitted_at
    raise NoFreeCodeError

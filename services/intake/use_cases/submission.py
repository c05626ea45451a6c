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
from shared.contracts.case import CaseSplit
from shared.contracts.consultation import Asker, ConsultationSubmitted
from shared.ids import new_id
from shared.messaging.retry import NotYet
from shared.messaging.work import Work

_TRIES = 5
SENT_AGAIN_WITHIN = timedelta(minutes=10)
"""For how long the same text from the same person, by page, is the same consultation."""

SPLIT_CHANNEL = "desk"
"""The channel of a consultation that the desk split off another one; what routing knows it by."""


class NoFreeCodeError(Exception):
    """Several random codes in a row were taken; with 27 thousand million of them, something else is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What an official sends; texts are clean and within their limits. `channel`: web, api or desk."""

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
    new, submitted_at = _store(work, person.id, sent)
    _tell(work, new, submitted_at, full_name=person.full_name, locale=person.locale)
    return Receipt(new.id, new.code, Status.RECEIVED, submitted_at)


def open_part(work: Work, event: CaseSplit) -> None:
    """A part of a consultation becomes one of its own, with its own code, sent when the first was.

    The desk names the new consultation, so that however often it says so there is one.

    :raises NotYet: the first consultation is not here.
    """
    official_id = consultations.owner_of(work.session, event.consultation_id)
    if official_id is None:
        raise NotYet(f"consultation {event.consultation_id} is not here")
    if consultations.owner_of(work.session, event.new_consultation_id) is not None:
        return
    who = officials.name_of(work.session, official_id)
    part = Submission(subject_line=event.subject_line, body=event.body, topic_hint=None, channel=SPLIT_CHANNEL)
    new, submitted_at = _store(
        work, official_id, part, identifier=event.new_consultation_id, submitted_at=event.submitted_at
    )
    for consultation_id, other in ((event.consultation_id, new.code), (new.id, event.code)):
        consultations.add_entry(
            work.session, consultation_id, type_=CaseSplit.TYPE, at=work.now,
            data={"other_code": other, "is_part": consultation_id == new.id},
        )  # fmt: skip
    _tell(work, new, submitted_at, full_name=who.full_name, locale=who.locale)


def _tell(work: Work, new: NewConsultation, submitted_at: datetime, *, full_name: str, locale: str) -> None:
    office = officials.office_of(work.session, new.official_id)
    work.emit(
        ConsultationSubmitted(
            consultation_id=new.id,
            code=new.code,
            asker=Asker(
                official_id=new.official_id,
                full_name=full_name,
                position=office.position,
                ubigeo=office.municipality.ubigeo,
                municipality=office.municipality.name,
                locale=locale,
            ),
            subject_line=new.subject_line,
            body=new.body,
            topic_hint=new.topic_hint,
            channel=new.channel,
            submitted_at=submitted_at,
        )
    )


def find_same(work: Work, person: Person, sent: Submission) -> Receipt | None:
    """The consultation with the very same text that this person sent minutes ago and did not withdraw.

    Until the transaction ends, nobody else sends for this person: two presses at once find one another.
    """
    found = consultations.find_same_locked(
        work.session, person.id, sent.subject_line, sent.body, since=work.now - SENT_AGAIN_WITHIN
    )
    return None if found is None else Receipt(found.id, found.code, found.status, found.submitted_at)


def _store(
    work: Work,
    official_id: UUID,
    sent: Submission,
    *,
    identifier: UUID | None = None,
    submitted_at: datetime | None = None,
) -> tuple[NewConsultation, datetime]:
    identifier = identifier or new_id()
    for _ in range(_TRIES):
        new = NewConsultation(
            id=identifier, code=new_code(), official_id=official_id, channel=sent.channel,
            subject_line=sent.subject_line, body=sent.body, topic_hint=sent.topic_hint, submitted_at=submitted_at,
        )  # fmt: skip
        if (stored_at := consultations.insert(work.session, new)) is not None:
            return new, stored_at
    raise NoFreeCodeError

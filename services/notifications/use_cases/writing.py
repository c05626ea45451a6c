"""Writing messages: from "tell this person this" to rows of the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.notifications.domain.contact import OFFICIAL, Contact
from services.notifications.domain.message import Channel
from services.notifications.domain.template import Template, locale_for
from services.notifications.store import contacts, digests, letters
from services.notifications.store.letters import Letter
from services.notifications.use_cases.instruments import Instruments
from services.notifications.use_cases.rendering import render_mail, render_sms
from shared.ids import new_id
from shared.messaging.retry import NotYet
from shared.messaging.work import Work
from shared.observability.correlation import current_correlation_id

log = structlog.get_logger()

_IN_TRANSACTION = "notifications.letters"
_OFFICIALS_PAGE = "/consultas/"
_STAFF_PAGE = "/casos/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something one person is to be told. `excerpt_of`: the text an SMS quotes the beginning of.

    `digest_items`: the gathered notices that a letter tells, each of a case.
    """

    template: Template
    recipient_id: UUID
    consultation_id: UUID | None = None
    code: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    values_by_locale: dict[str, dict[str, Any]] = field(default_factory=dict)
    excerpt_of: str = ""
    digest_items: tuple[UUID, ...] = ()


class Writer:
    """Writes messages.

    :param intake_url: where officials open their consultation.
    :param routing_url: where staff open the case.
    :param hourly_cap: messages to one person by one channel within an hour before further ones are held; 0: no cap.
    """

    def __init__(self, *, intake_url: str, routing_url: str, hourly_cap: int) -> None:
        self._intake_url = intake_url
        self._routing_url = routing_url
        self._hourly_cap = hourly_cap
        self._instruments = Instruments()

    def write(self, work: Work, *notices: Notice) -> None:
        """Tell people things, each by every channel that the template and the person have.

        :raises NotYet: how to reach one of them has not arrived; then nobody is told yet.
        """
        known = contacts.find(work.session, [notice.recipient_id for notice in notices])
        missing = [str(notice.recipient_id) for notice in notices if notice.recipient_id not in known]
        if missing:
            raise NotYet(f"no contact point yet for {', '.join(missing)}")
        for notice in notices:
            contact = known[notice.recipient_id]
            if contact.is_active:
                self._add(work, self._letters(work, notice, contact))
            else:
                log.info("recipient_left", template=notice.template.name, recipient=str(contact.person_id))

    def write_to(self, work: Work, notice: Notice, contact: Contact, *, expires_at: datetime | None = None) -> None:
        """Tell somebody something at an address that the event itself brings."""
        self._add(work, self._letters(work, notice, contact, expires_at))

    def _letters(
        self, work: Work, notice: Notice, contact: Contact, expires_at: datetime | None = None
    ) -> Iterable[Letter]:
        template, locale = notice.template, locale_for(contact.locale)
        is_staff = contact.role != OFFICIAL
        page = f"{self._routing_url}{_STAFF_PAGE}" if is_staff else f"{self._intake_url}{_OFFICIALS_PAGE}"
        values = {
            "full_name": contact.full_name,
            "code": notice.code,
            "is_staff": is_staff,
            "link": f"{page}{notice.code or ''}",
            "cases_url": f"{self._routing_url}{_STAFF_PAGE}",
            **notice.values,
            **notice.values_by_locale.get(locale, {}),
        }
        mail = render_mail(template.name, locale, values)
        yield _letter(
            work, notice, contact, locale, Channel.EMAIL, contact.email,
            subject=mail.subject, body_text=mail.body_text, body_html=mail.body_html, expires_at=expires_at,
        )  # fmt: skip
        if template.has_sms and contact.mobile is not None:
            sms = render_sms(template.name, locale, values, excerpt_of=notice.excerpt_of)
            yield _letter(
                work, notice, contact, locale, Channel.SMS, contact.mobile,
                body_text=sms.text, segments=sms.segments, expires_at=expires_at,
            )  # fmt: skip

    def _add(self, work: Work, new: Iterable[Letter]) -> None:
        """Keep letters for the end of the transaction, where all of a batch are written in one statement."""
        pending: list[Letter] = work.session.info.setdefault(_IN_TRANSACTION, [])
        if not pending:
            work.at_end(lambda: self._write_pending(work))
        pending.extend(new)

    def _write_pending(self, work: Work) -> None:
        pending: list[Letter] = work.session.info.pop(_IN_TRANSACTION)
        self._instruments.written(letters.write(work.session, pending, hourly_cap=self._hourly_cap))
        for letter in pending:
            if letter.digest_items:
                digests.note_letter(work.session, letter.message_id, letter.digest_items)


def _letter(
    work: Work, notice: Notice, contact: Contact, locale: str, channel: Channel, address: str, *,
    body_text: str, subject: str = "", body_html: str = "", segments: int = 1, expires_at: datetime | None = None,
) -> Letter:  # fmt: skip
    if work.cause is None:
        # A timer has no event id; its consultation gets the letter once, which the caller sees to.
        event_id, correlation_id = new_id(), current_correlation_id()
    else:
        event_id, correlation_id = work.cause.id, work.cause.correlation_id
    return Letter(
        message_id=new_id(),
        event_id=event_id,
        correlation_id=correlation_id,
        consultation_id=notice.consultation_id,
        code=notice.code,
        recipient_id=contact.person_id,
        recipient_kind=contact.role,
        recipient_name=contact.full_name,
        channel=channel,
        template=notice.template.name,
        locale=locale,
        address=address,
        subject=subject,
        body_text=body_text,
        body_html=body_html,
        segments=segments,
        expires_at=expires_at,
        is_capped=notice.template.is_capped,
        digest_items=notice.digest_items,
    )

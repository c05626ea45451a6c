"""One-time links to enter: sent at once, to the address they were asked for with, and forgotten soon."""

from __future__ import annotations

from services.notifications.domain.contact import OFFICIAL, Contact
from services.notifications.domain.template import ACCESS_LINK, INVITATION, TEMPLATES
from services.notifications.store import contacts, facts
from services.notifications.use_cases.writing import Notice, Writer
from shared.contracts.account import AccessLinkRequested
from shared.messaging.work import Work

_INVITATION = "invitation"
"""The purpose of a link by which somebody who was invited opens their account; every other link enters."""
_STAFF = "advisor"
_SECRET = tuple(template.name for template in TEMPLATES.values() if template.is_secret)


def send_link(event: AccessLinkRequested, work: Work, writer: Writer) -> None:
    """Write the letter with the link. One that has expired already is not written: it would only confuse."""
    if event.expires_at <= work.now:
        return
    known = contacts.find(work.session, [event.account_id]).get(event.account_id)
    recipient = Contact(
        person_id=event.account_id,
        role=known.role if known else _STAFF if event.purpose == _INVITATION else OFFICIAL,
        full_name=event.full_name,
        email=event.email,
        phone=None,
        locale=event.locale,
        is_active=True,
    )
    notice = Notice(
        template=INVITATION if event.purpose == _INVITATION else ACCESS_LINK,
        recipient_id=event.account_id,
        values={"link": event.url, "expires_at": event.expires_at},
    )
    writer.write_to(work, notice, recipient, expires_at=event.expires_at)


def forget_expired(work: Work) -> None:
    """Give up links that expired unsent, and take the text of every expired one out of the ledger."""
    facts.expire(work.session, _SECRET)

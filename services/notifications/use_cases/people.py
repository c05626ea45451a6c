"""Keeping contact points up to date."""

from __future__ import annotations

from services.notifications.domain.contact import Contact
from services.notifications.domain.template import TEMPLATES
from services.notifications.store import contacts
from shared.messaging.work import Work

_SECRET = tuple(template.name for template in TEMPLATES.values() if template.is_secret)


def keep(contact: Contact, work: Work) -> None:
    """Keep where a person can be reached, if nothing newer is known; what waits to be sent follows them."""
    if contacts.put(work.session, contact, work.sequence) and work.sequence > 1:
        contacts.redirect_waiting(work.session, contact, except_templates=_SECRET)

"""Contact points: the newest event about a person wins, whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.contact import Contact
from services.notifications.domain.message import Channel, State

_IN_TRANSACTION = "notifications.contacts"


def put(session: Session, contact: Contact, sequence: int) -> bool:
    """Keep what an event says about a person; False when something newer is known already."""
    changed = session.execute(
        text("""
            INSERT INTO contact (person_id, role, full_name, email, phone, locale, is_active, sequence)
            VALUES (:person_id, :role, :full_name, :email, :phone, :locale, :is_active, :sequence)
            ON CONFLICT (person_id) DO UPDATE
               SET role = excluded.role, full_name = excluded.full_name, email = excluded.email,
                   phone = excluded.phone, locale = excluded.locale, is_active = excluded.is_active,
                   sequence = excluded.sequence, updated_at = clock_timestamp()
             WHERE contact.sequence < excluded.sequence
            RETURNING person_id
        """),
        {
            "person_id": contact.person_id,
            "role": contact.role,
            "full_name": contact.full_name,
            "email": contact.email,
            "phone": contact.phone,
            "locale": contact.locale,
            "is_active": contact.is_active,
            "sequence": sequence,
        },
    ).one_or_none()
    _known_in(session).pop(contact.person_id, None)
    return changed is not None


def find(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """The contacts of people; whoever is not known yet is missing. Asked once per person and transaction."""
    known = _known_in(session)
    wanted = [person_id for person_id in person_ids if person_id not in known]
    if wanted:
        rows = session.execute(
            text("""
                SELECT person_id, role, full_name, email, phone, locale, is_active
                  FROM contact WHERE person_id = ANY(:ids)
            """),
            {"ids": wanted},
        ).all()
        known.update({row.person_id: Contact(*row) for row in rows})
    return known


def redirect_waiting(session: Session, contact: Contact, *, except_templates: Iterable[str]) -> None:
    """Send what was not sent yet to the new address; a link goes where it was asked for, or nowhere."""
    session.execute(
        text("""
            UPDATE message
               SET address = CASE channel WHEN :email THEN CAST(:address AS text) ELSE CAST(:mobile AS text) END
             WHERE recipient_id = :person_id AND state = :pending AND template <> ALL(:except_templates)
               AND CASE channel WHEN :email THEN CAST(:address AS text) ELSE CAST(:mobile AS text) END <> address
        """),
        {
            "person_id": contact.person_id,
            "email": Channel.EMAIL,
            "address": contact.email,
            "mobile": contact.mobile,
            "pending": State.PENDING,
            "except_templates": list(except_templates),
        },
    )


def _known_in(session: Session) -> dict[UUID, Contact]:
    known: dict[UUID, Contact] = session.info.setdefault(_IN_TRANSACTION, {})
    return known

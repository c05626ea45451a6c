"""What events about people add to the read model: places and roles, no personal data."""

from __future__ import annotations

from services.insights.store import people
from shared.contracts.account import AccountRegistered, AccountUpdated
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.messaging.work import Work


def record_official(event: OfficialRegistered | OfficialUpdated, work: Work) -> None:
    """An official works at a municipality."""
    people.put_official(
        work.session,
        event.official_id,
        ubigeo=event.ubigeo,
        municipality=event.municipality,
        sequence=work.sequence,
    )


def record_staff(event: AccountRegistered | AccountUpdated, work: Work) -> None:
    """Somebody works the desk, or left."""
    is_active = event.is_active if isinstance(event, AccountUpdated) else True
    people.put_staff(work.session, event.account_id, role=event.role, is_active=is_active, sequence=work.sequence)

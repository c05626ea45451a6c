"""Facts about officials: the people of the town halls who ask. Owned by intake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialRegistered(Event):
    """An official opened an account; carries where messages to them go."""

    TYPE: ClassVar[str] = "official.registered"
    SUBJECT: ClassVar[str] = "official_id"

    official_id: UUID
    email: str
    phone: str | None = None
    full_name: str
    locale: str
    ubigeo: str
    municipality: str
    position: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialUpdated(Event):
    """An official changed their contact data or office; carries the whole new state."""

    TYPE: ClassVar[str] = "official.updated"
    SUBJECT: ClassVar[str] = "official_id"

    official_id: UUID
    email: str
    phone: str | None = None
    full_name: str
    locale: str
    ubigeo: str
    municipality: str
    position: str

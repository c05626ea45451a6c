"""Facts about accounts of people who work the desk, and about access links of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRegistered(Event):
    """A member of staff can now be written to. `role` is advisor, senior, supervisor or admin."""

    TYPE: ClassVar[str] = "account.registered"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    role: str
    email: str
    phone: str | None = None
    full_name: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUpdated(Event):
    """A member of staff changed name, role or contact data, or left (`is_active` false)."""

    TYPE: ClassVar[str] = "account.updated"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    role: str
    email: str
    phone: str | None = None
    full_name: str
    locale: str
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLinkRequested(Event):
    """Somebody asked for a one-time link. It works once and until `expires_at`; after that the text is worthless."""

    TYPE: ClassVar[str] = "account.link_requested"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    email: str
    full_name: str
    locale: str
    purpose: str
    url: str
    expires_at: datetime

"""Facts about the audit that each service keeps of what people did in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAnchored(Event):
    """Where the chain of a service's audit stood: line `head_seq` has hash `head_hash` (hex), for ever."""

    TYPE: ClassVar[str] = "audit.anchored"
    SUBJECT: ClassVar[str] = "chain_id"

    chain_id: UUID
    service: str
    head_seq: int
    head_hash: str
    anchored_at: datetime

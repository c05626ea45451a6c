"""Receipts: what the desk told its users, kept by those users, which is the other side of the books."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Receipt:
    """A consultation was accepted: the desk answered 201 with this identifier and code."""

    consultation_id: UUID
    code: str
    key: str
    has_phone: bool
    seconds: float

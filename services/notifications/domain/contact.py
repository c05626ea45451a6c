"""Where a person can be written to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

OFFICIAL = "official"
_PERUVIAN_MOBILE = re.compile(r"\+519\d{8}")


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as the newest event about them says. `role` is official, advisor, supervisor or admin."""

    person_id: UUID
    role: str
    full_name: str
    email: str
    phone: str | None
    locale: str
    is_active: bool

    @property
    def mobile(self) -> str | None:
        """The number that can get an SMS: mobiles of Peru are +51 and nine digits that begin with 9."""
        return self.phone if self.phone and _PERUVIAN_MOBILE.fullmatch(self.phone) else None

    @property
    def first_name(self) -> str:
        """How a letter greets: the first of the names."""
        return self.full_name.split()[0] if self.full_name.split() else ""

"""Whether something that was refused exists: for the audit, which tells a mistyped code from somebody else's case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.routing.store.models import Case


def named_case(session: Session, values: Mapping[str, Any]) -> str | None:
    """The audit's name of the case whose code stands in an address; None when there is no such case."""
    code = str(values.get("code", "")).strip().upper()
    found = session.scalar(select(Case.code).where(Case.code == code)) if code else None
    return None if found is None else f"case:{found}"

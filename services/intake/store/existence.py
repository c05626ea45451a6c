"""Whether something that was refused exists: for the audit, which tells a mistyped code from somebody else's thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.intake.domain.code import CodeError, parse_code


def named_consultation(session: Session, values: Mapping[str, Any]) -> str | None:
    """The audit's name of the consultation whose code stands in an address; None when there is no such one."""
    try:
        code = parse_code(str(values.get("code", "")))
    except CodeError:
        return None
    found = session.execute(text("SELECT code FROM consultation WHERE code = :code"), {"code": code}).scalar()
    return None if found is None else f"consultation:{found}"

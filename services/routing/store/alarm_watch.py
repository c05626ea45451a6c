"""Since when the alarms of a database are watched. What fell due before is history, not news (edge case 60)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.routing.store.rule_models import SlaWatch

_since_of: WeakKeyDictionary[Any, datetime] = WeakKeyDictionary()


def since(session: Session) -> datetime:
    """When this desk began to watch; written once, by the migration, so each process asks once per database."""
    bind = session.get_bind()
    found = _since_of.get(bind)
    if found is None:
        found = _since_of[bind] = session.scalars(select(SlaWatch.since)).one()
    return found

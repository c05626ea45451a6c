"""Links between cases, and the parts that were split off."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.store.models import Base


class CaseLink(Base):
    """That `case_id` has to do with `other_id`; for "follows" and "split" the first comes from the second."""

    __tablename__ = "case_link"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"), primary_key=True)
    kind: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class CaseSplitOff(Base):
    """A part that staff split off a case, and how they sorted it; `opened_at` when intake had given it its code."""

    __tablename__ = "case_split"

    new_case_id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"))
    topic: Mapped[str]
    kind: Mapped[str]
    is_urgent: Mapped[bool]
    split_by: Mapped[UUID]
    split_by_name: Mapped[str]
    split_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]

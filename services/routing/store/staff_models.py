"""Teams and leaves of advisors as SQLAlchemy models."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.store.models import Base


class Team(Base):
    """Advisors who sit together; an advisor is of one team or none."""

    __tablename__ = "team"

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]


class AdvisorLeave(Base):
    """Days (of Lima, both included) on which an advisor is away.

    `begun_at`: when their cases were handed over; `ended_at`: when they were eligible again. A cancelled leave stays as
    a record. `approved_by` is the account of the supervisor who entered it.
    """

    __tablename__ = "advisor_leave"

    leave_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("advisor.account_id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    kind: Mapped[str]
    note: Mapped[str]
    approved_by: Mapped[UUID | None]
    approved_by_name: Mapped[str]
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class RebalancePlan(Base):
    """A plan to spread the backlog: previewed, then applied by the clock from `position` on.

    `content`: the moves in order with the version of each case, and the loads before and after. `passed_over` counts
    moves that what happened meanwhile made wrong; they were left out.
    """

    __tablename__ = "rebalance_plan"

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID]
    made_by_name: Mapped[str]
    state: Mapped[str]
    content: Mapped[dict[str, Any]]
    reason: Mapped[str]
    position: Mapped[int]
    moved: Mapped[int]
    passed_over: Mapped[int]

"""Tables of the rules: published editions, drafts, and the runs that try or adopt them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.store.models import Base


class SlaEdition(Base):
    """A published policy or calendar: written once, never changed. `number` 1 is what the service is delivered with."""

    __tablename__ = "sla_edition"

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    reason: Mapped[str]
    changes: Mapped[list[dict[str, Any]]]
    trial_id: Mapped[UUID]
    published_by: Mapped[UUID]
    published_name: Mapped[str]
    published_at: Mapped[datetime]


class SlaDraft(Base):
    """What may become the next edition: one draft of each kind, shared by the supervisors, guarded by `version`."""

    __tablename__ = "sla_draft"

    kind: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    version: Mapped[int]
    changed_by: Mapped[UUID]
    changed_name: Mapped[str]
    changed_at: Mapped[datetime]


class SlaRun(Base):
    """A trial of a draft, or published rules adopted by open cases, or a preview of it; done in pieces by the clock.

    `draft_version`: of which draft a trial speaks; `edition_number`: which edition is adopted.
    """

    __tablename__ = "sla_run"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    kind: Mapped[str]
    content: Mapped[dict[str, Any]]
    draft_version: Mapped[int | None]
    edition_number: Mapped[int | None]
    reason: Mapped[str]
    state: Mapped[str]
    total: Mapped[int]
    done: Mapped[int]
    result: Mapped[dict[str, Any]]
    asked_by: Mapped[UUID]
    asked_name: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SlaRunItem(Base):
    """A case of a run, and what came of it."""

    __tablename__ = "sla_run_item"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("sla_run.run_id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"), primary_key=True)
    is_done: Mapped[bool]
    is_changed: Mapped[bool]
    result: Mapped[dict[str, Any]]


class SlaWatch(Base):
    """Since when the alarms of this database are watched; what fell due before is history, not news."""

    __tablename__ = "sla_watch"

    watch_id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]

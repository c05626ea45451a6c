"""The tables of learning as SQLAlchemy models: corrections, models, choices between them, training runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.routing.store.models import Base


class Correction(Base):
    """A person's decision on a case's topic, kind and urgency; `is_confirmation` when it is what the model had said.

    `model_*` is what the model decided at first, `from_*` what stood before this decision. Of a case only the newest
    decision counts: the others are superseded. `subject_line` and `body` are masked, and NULL once they were kept long
    enough.
    """

    __tablename__ = "classification_correction"

    correction_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("casefile.case_id"))
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    reason: Mapped[str]
    model_version: Mapped[str]
    model_topic: Mapped[str]
    model_kind: Mapped[str]
    model_is_urgent: Mapped[bool]
    model_confidence: Mapped[float]
    from_topic: Mapped[str]
    from_kind: Mapped[str]
    from_is_urgent: Mapped[bool]
    to_topic: Mapped[str]
    to_kind: Mapped[str]
    to_is_urgent: Mapped[bool]
    was_triage: Mapped[bool]
    is_confirmation: Mapped[bool]
    is_superseded: Mapped[bool]
    is_held_back: Mapped[bool]
    text_digest: Mapped[str]
    subject_line: Mapped[str | None]
    body: Mapped[str | None]


class ModelVersion(Base):
    """A model that was ever built or trained: what it learnt from, how good it is, what was decided about it."""

    __tablename__ = "model_version"

    version: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str]
    parent: Mapped[str | None] = mapped_column(ForeignKey("model_version.version"))
    code_key: Mapped[str]
    taxonomy_version: Mapped[str]
    corpus_hash: Mapped[str]
    learnt_count: Mapped[int]
    judged_count: Mapped[int]
    metrics: Mapped[dict[str, Any]]
    comparison: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    decision: Mapped[str]
    reasons: Mapped[list[dict[str, Any]]]
    trained_by: Mapped[str]
    trained_at: Mapped[datetime]
    train_seconds: Mapped[float]


class ModelArtefact(Base):
    """The model itself, as `artefact.pack` gives it, for every host to load; pruned when nobody would go back to it."""

    __tablename__ = "model_artefact"

    version: Mapped[str] = mapped_column(ForeignKey("model_version.version"), primary_key=True)
    document: Mapped[str]
    arrays: Mapped[bytes] = mapped_column(LargeBinary)


class ModelChoice(Base):
    """That a model began to decide; the newest row names the champion. Rows are added, never changed."""

    __tablename__ = "model_choice"

    choice_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("model_version.version"))
    previous: Mapped[str | None] = mapped_column(ForeignKey("model_version.version"))
    act: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class TrainingRun(Base):
    """One training, asked for by a person or by the clock, and what came of it."""

    __tablename__ = "training_run"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    cause: Mapped[str]
    by_name: Mapped[str]
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    new_corrections: Mapped[int | None]
    corrections_until: Mapped[datetime | None]
    version: Mapped[str | None] = mapped_column(ForeignKey("model_version.version"))
    error: Mapped[str | None]

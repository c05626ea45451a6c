"""Models and the choices between them, as rows: reading them, adding them, pruning what nobody would go back to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from services.routing.store.learning_models import ModelArtefact, ModelChoice, ModelVersion, TrainingRun

_CHOOSING = 7_202_612  # advisory lock: one change of champion at a time


def lock_choice(session: Session) -> None:
    """Nobody else changes the champion until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHOOSING})


def champion(session: Session) -> ModelChoice | None:
    """The choice that holds now; None in a database where no model was ever adopted."""
    return session.scalars(select(ModelChoice).order_by(ModelChoice.choice_id.desc()).limit(1)).one_or_none()


def champion_version(session: Session) -> tuple[str, str] | None:
    """Version and code key of the champion: what every process asks every few seconds."""
    row = session.execute(
        text("""
            SELECT version, code_key FROM model_choice JOIN model_version USING (version)
             ORDER BY choice_id DESC LIMIT 1
        """)
    ).one_or_none()
    return None if row is None else (row.version, row.code_key)


def version_of(session: Session, version: str) -> ModelVersion | None:
    """One model's row."""
    return session.get(ModelVersion, version)


def artefact_of(session: Session, version: str) -> ModelArtefact | None:
    """One model's bytes; None when unknown or pruned."""
    return session.get(ModelArtefact, version)


def has_artefact(session: Session, version: str) -> bool:
    """Whether a model can still be loaded, without reading it."""
    return bool(
        session.execute(
            select(func.count()).where(ModelArtefact.version == version).select_from(ModelArtefact)
        ).scalar()
    )


def taken_over_from(session: Session, version: str) -> str | None:
    """The champion before `version` when it last became champion by adoption or promotion."""
    return session.scalars(
        select(ModelChoice.previous)
        .where(ModelChoice.version == version, ModelChoice.act != "rolled_back")
        .order_by(ModelChoice.choice_id.desc())
        .limit(1)
    ).one_or_none()


def versions(session: Session, limit: int) -> list[tuple[ModelVersion, bool]]:
    """The newest models, and whether each can still be loaded."""
    rows = session.execute(
        select(ModelVersion, ModelArtefact.version.is_not(None))
        .join(ModelArtefact, ModelArtefact.version == ModelVersion.version, isouter=True)
        .order_by(ModelVersion.trained_at.desc(), ModelVersion.version)
        .limit(limit)
    )
    return [(row[0], bool(row[1])) for row in rows]


def choices(session: Session, limit: int) -> list[ModelChoice]:
    """The newest choices first."""
    return list(session.scalars(select(ModelChoice).order_by(ModelChoice.choice_id.desc()).limit(limit)))


def runs(session: Session, limit: int) -> list[TrainingRun]:
    """The newest training runs first."""
    return list(session.scalars(select(TrainingRun).order_by(TrainingRun.asked_at.desc()).limit(limit)))


def unfinished_runs(session: Session, *states: str) -> list[TrainingRun]:
    """Runs in these states, oldest first, locked."""
    return list(
        session.scalars(
            select(TrainingRun).where(TrainingRun.state.in_(states)).order_by(TrainingRun.asked_at).with_for_update()
        )
    )


def last_done(session: Session) -> TrainingRun | None:
    """The newest run that came to its end, well or badly."""
    return session.scalars(
        select(TrainingRun)
        .where(TrainingRun.state.in_(("done", "failed")))
        .order_by(TrainingRun.ended_at.desc())
        .limit(1)
    ).one_or_none()


def learnt_until(session: Session) -> datetime | None:
    """The moment up to which corrections were in a training that came to its end."""
    return session.scalars(select(func.max(TrainingRun.corrections_until)).where(TrainingRun.state == "done")).one()


def prune(session: Session, keep: Sequence[str]) -> list[str]:
    """Drop the bytes of every model but these; its row stays. Returns the versions that lost theirs."""
    return list(
        session.scalars(
            delete(ModelArtefact).where(ModelArtefact.version.not_in(keep)).returning(ModelArtefact.version)
        )
    )


def newest_artefacts(session: Session, limit: int) -> list[str]:
    """The versions of the newest stored models."""
    return list(
        session.scalars(
            select(ModelArtefact.version)
            .join(ModelVersion, ModelVersion.version == ModelArtefact.version)
            .order_by(ModelVersion.trained_at.desc())
            .limit(limit)
        )
    )

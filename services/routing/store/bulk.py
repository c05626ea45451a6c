"""Acts on many cases: the run, and its items one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Run:
    """What somebody asked for."""

    id: UUID
    act: str
    params: dict[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One case of a run. `outcome` is done, refused, or None as long as it waits."""

    position: int
    code: str
    version: int
    outcome: str | None
    sentence: str


def insert(session: Session, run: Run, *, actor_id: UUID, token: str, cases: Iterable[tuple[str, int]]) -> UUID:
    """Keep a run with its cases; the same token of the same person is the same run."""
    made = session.execute(
        text("""
            INSERT INTO bulk_run (run_id, actor_id, token, act, params, made_at)
            VALUES (:id, :actor, :token, :act, CAST(:params AS jsonb), :at)
            ON CONFLICT (actor_id, token) DO NOTHING RETURNING run_id
        """),
        {
            "id": run.id, "actor": actor_id, "token": token, "act": run.act, "params": json.dumps(run.params),
            "at": run.made_at,
        },
    ).scalar_one_or_none()  # fmt: skip
    if made is None:
        earlier: UUID = session.execute(
            text("SELECT run_id FROM bulk_run WHERE actor_id = :actor AND token = :token"),
            {"actor": actor_id, "token": token},
        ).scalar_one()
        return earlier
    codes, versions = zip(*cases, strict=True)
    session.execute(
        text("""
            INSERT INTO bulk_item (run_id, position, code, version)
            SELECT :id, position, code, version
              FROM unnest(CAST(:codes AS text[]), CAST(:versions AS integer[]))
                   WITH ORDINALITY AS given (code, version, position)
        """),
        {"id": run.id, "codes": list(codes), "versions": list(versions)},
    )
    return run.id


@dataclass(frozen=True, slots=True)
class LeftRun:
    """A run, and whose it is."""

    run: Run
    actor_id: UUID
    is_actor_active: bool


def find_left(session: Session, run_id: UUID) -> LeftRun | None:
    """A run, whoever made it."""
    row = session.execute(
        text("""
            SELECT run_id, act, params, made_at, actor_id, is_active
              FROM bulk_run JOIN account ON account_id = actor_id WHERE run_id = :id
        """),
        {"id": run_id},
    ).one_or_none()
    return None if row is None else LeftRun(Run(*row[:4]), row.actor_id, row.is_active)


def has_pending(session: Session, run_id: UUID) -> bool:
    """Whether a case of a run still waits, or somebody is busy with it."""
    found: bool = session.execute(
        text("SELECT EXISTS (SELECT FROM bulk_item WHERE run_id = :id AND outcome IS NULL)"), {"id": run_id}
    ).scalar_one()
    return found


def find(session: Session, run_id: UUID, actor_id: UUID) -> Run | None:
    """A run, for the person who made it."""
    row = session.execute(
        text("SELECT run_id, act, params, made_at FROM bulk_run WHERE run_id = :id AND actor_id = :actor"),
        {"id": run_id, "actor": actor_id},
    ).one_or_none()
    return None if row is None else Run(*row)


def items_of(session: Session, run_id: UUID) -> list[Item]:
    """Every case of a run, in order."""
    rows = session.execute(
        text("""
            SELECT position, code, version, outcome, sentence FROM bulk_item WHERE run_id = :id ORDER BY position
        """),
        {"id": run_id},
    )
    return [Item(*row) for row in rows]


def lock_next(session: Session, run_id: UUID) -> Item | None:
    """The next case that waits; one that another request is busy with is passed over."""
    row = session.execute(
        text("""
            SELECT position, code, version, outcome, sentence FROM bulk_item
             WHERE run_id = :id AND outcome IS NULL ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED
        """),
        {"id": run_id},
    ).one_or_none()
    return None if row is None else Item(*row)


def note(session: Session, run_id: UUID, item: Item, outcome: str, sentence: str = "") -> None:
    """Say what became of a case that still waited."""
    session.execute(
        text("""
            UPDATE bulk_item SET outcome = :outcome, sentence = :sentence
             WHERE run_id = :id AND position = :position AND outcome IS NULL
        """),
        {"id": run_id, "position": item.position, "outcome": outcome, "sentence": sentence},
    )

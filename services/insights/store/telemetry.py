"""The newest look at every process, one row each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.insights.domain.telemetry import Look, Reading, Sample, Target


def take_turn(session: Session, every_seconds: float) -> bool:
    """Whether it is this process's turn to look; of several clocks one looks per period."""
    return (
        session.execute(
            text("""
                UPDATE telemetry_turn SET next_at = clock_timestamp() + :every * interval '1 second'
                 WHERE next_at <= clock_timestamp() RETURNING is_only
            """),
            {"every": every_seconds},
        ).one_or_none()
        is not None
    )


def replace(session: Session, looks: Sequence[Look]) -> None:
    """Keep what was seen now and forget targets that are no longer listed.

    A target that does not answer keeps the samples of its last answer, so that one can see how things stood.
    """
    session.execute(
        _PUT,
        {
            "services": [look.target.service for look in looks],
            "processes": [look.target.process for look in looks],
            "instances": [look.target.instance for look in looks],
            "addresses": [look.target.address for look in looks],
            "are_up": [look.is_up for look in looks],
            "problems": [look.problem for look in looks],
            "samples": [json.dumps([asdict(sample) for sample in look.samples]) for look in looks],
        },
    )


_PUT = text("""
    WITH seen AS (
        SELECT * FROM unnest(
            CAST(:services AS text[]), CAST(:processes AS text[]), CAST(:instances AS text[]),
            CAST(:addresses AS text[]), CAST(:are_up AS boolean[]), CAST(:problems AS text[]),
            CAST(:samples AS text[])) AS seen (service, process, instance, address, is_up, problem, samples)
    ), gone AS (
        DELETE FROM telemetry_target AS held
         WHERE NOT EXISTS (SELECT FROM seen WHERE seen.service = held.service AND seen.process = held.process
                              AND seen.instance = held.instance)
    )
    INSERT INTO telemetry_target AS held
           (service, process, instance, address, is_up, problem, checked_at, answered_at, samples)
    SELECT service, process, instance, address, is_up, problem, clock_timestamp(),
           CASE WHEN is_up THEN clock_timestamp() END, CAST(samples AS jsonb)
      FROM seen ORDER BY service, process, instance
    ON CONFLICT (service, process, instance) DO UPDATE
       SET address = excluded.address, is_up = excluded.is_up, problem = excluded.problem,
           checked_at = excluded.checked_at,
           answered_at = coalesce(excluded.answered_at, held.answered_at),
           samples = CASE WHEN excluded.is_up THEN excluded.samples ELSE held.samples END
""")


def find_all(session: Session) -> list[Reading]:
    """Every target with its newest reading."""
    rows = session.execute(
        text("""
            SELECT service, process, instance, address, is_up, problem, checked_at, answered_at, samples
              FROM telemetry_target ORDER BY service, process, instance
        """)
    ).all()
    return [
        Reading(
            Target(row.service, row.process, row.instance, row.address),
            row.is_up,
            row.problem,
            row.checked_at,
            row.answered_at,
            tuple(Sample(sample["name"], sample["labels"], sample["value"]) for sample in row.samples),
        )
        for row in rows
    ]

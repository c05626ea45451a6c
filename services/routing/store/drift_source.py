"""What arrived lately and what became of it, counted from rows for the watch over the classifier."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


def confidences(session: Session, since: datetime, until: datetime) -> dict[str, list[int]]:
    """By model version: how many cases opened in a stretch of time had a confidence in each tenth."""
    rows = session.execute(
        text("""
            SELECT model_version, least(floor(topic_confidence * 10)::integer, 9) AS tenth, count(*) AS number
              FROM casefile WHERE opened_at >= :since AND opened_at < :until GROUP BY 1, 2
        """),
        {"since": since, "until": until},
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.model_version, [0] * 10)[row.tenth] = row.number
    return found


def mean_confidences(session: Session, since: datetime) -> dict[str, float]:
    """By model version: the mean confidence of cases opened since."""
    rows = session.execute(
        text("SELECT model_version, avg(topic_confidence) FROM casefile WHERE opened_at >= :since GROUP BY 1"),
        {"since": since},
    )
    return {row[0]: float(row[1]) for row in rows}


def topics(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """How many cases of each topic were opened in a stretch of time."""
    rows = session.execute(
        text("SELECT topic, count(*) FROM casefile WHERE opened_at >= :since AND opened_at < :until GROUP BY 1"),
        {"since": since, "until": until},
    )
    return {row[0]: row[1] for row in rows}


def outcomes(session: Session, since: datetime) -> list[dict[str, Any]]:
    """By model version, of cases opened since: how many, sent to triage, corrected, corrected without triage."""
    rows = session.execute(
        text("""
            SELECT model_version, count(*) AS cases,
                   count(*) FILTER (WHERE needs_triage OR was_triage) AS triaged,
                   count(*) FILTER (WHERE model_topic <> to_topic) AS topic,
                   count(*) FILTER (WHERE model_kind <> to_kind) AS kind,
                   count(*) FILTER (WHERE model_is_urgent <> to_is_urgent) AS urgency,
                   count(*) FILTER (WHERE model_topic <> to_topic AND NOT was_triage) AS handled_wrong
              FROM casefile
              LEFT JOIN (SELECT case_id, model_topic, model_kind, model_is_urgent, to_topic, to_kind, to_is_urgent,
                                was_triage
                           FROM classification_correction WHERE NOT is_superseded) AS decided USING (case_id)
             WHERE opened_at >= :since GROUP BY 1
        """),
        {"since": since},
    )
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

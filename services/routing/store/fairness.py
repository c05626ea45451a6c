"""What the logs of cases say about who got how much, and who was passed over why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_GIVEN = text("""
    SELECT data->>'advisor_id' AS advisor_id, coalesce(data->>'topic', casefile.topic) AS topic,
           coalesce(data->>'how', 'scored') AS how, count(*) AS number,
           sum(coalesce((data->>'effort')::integer, 100)) AS effort
      FROM case_history JOIN casefile USING (case_id)
     WHERE case_history.kind IN ('assigned', 'reassigned') AND at >= :since AND at < :until
     GROUP BY 1, 2, 3
""")

_SKIPPED = text("""
    SELECT skip.key AS advisor_id, skip.value AS why, count(*) AS number
      FROM case_history CROSS JOIN LATERAL jsonb_each_text(data->'skips') AS skip
     WHERE case_history.kind IN ('assigned', 'reassigned', 'unstaffed') AND at >= :since AND at < :until
       AND data ? 'skips'
     GROUP BY 1, 2
""")

_UNSTAFFED = text("""
    SELECT coalesce(data->>'topic', casefile.topic) AS topic, count(*) AS number
      FROM case_history JOIN casefile USING (case_id)
     WHERE case_history.kind = 'unstaffed' AND at >= :since AND at < :until
     GROUP BY 1
""")

_ADVISORS = text("""
    SELECT account_id AS id, full_name, capacity, is_active,
           coalesce((SELECT jsonb_object_agg(topic, level) FROM advisor_skill
                      WHERE advisor_skill.account_id = advisor.account_id), '{}') AS skills
      FROM advisor JOIN account USING (account_id) ORDER BY full_name, account_id
""")


def given(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Assignments in [since, until) by advisor, topic and how they came about; `effort` in hundredths."""
    return [dict(row) for row in session.execute(_GIVEN, {"since": since, "until": until}).mappings()]


def skipped(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """How often each advisor who knew the topic could not get a case, by reason."""
    return [dict(row) for row in session.execute(_SKIPPED, {"since": since, "until": until}).mappings()]


def unstaffed(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """How often a case found nobody, by topic."""
    return {row.topic: row.number for row in session.execute(_UNSTAFFED, {"since": since, "until": until})}


def advisors(session: Session) -> list[dict[str, Any]]:
    """Everybody who takes cases, with what they know now."""
    return [dict(row) for row in session.execute(_ADVISORS).mappings()]

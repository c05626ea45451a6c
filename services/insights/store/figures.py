"""The questions behind the console. Every figure is counted from rows, so a total is always the sum of its list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.insights.domain.periods import Period
from services.insights.domain.states import MEASURES, OPEN, OURS

_COLUMN_OF = {
    "submitted": "submitted_at",
    "classified": "classified_at",
    "assigned": "assigned_at",
    "answered": "first_answered_at",
}
_LISTED = 20


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Open consultations of one state and topic. `late` are past their promise while it is the desk's turn."""

    state: str
    topic_code: str | None
    topic_name_es: str | None
    topic_name_en: str | None
    count: int
    urgent: int
    late: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of a case the desk has to act on: warned about, or passed."""

    code: str
    topic_name_es: str | None
    topic_name_en: str | None
    advisor_name: str | None
    clock: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class MessageCount:
    """Messages by channel and state."""

    channel: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Who takes part: officials, the municipalities they work for, those that ever asked, and active staff."""

    officials: int
    municipalities: int
    municipalities_that_asked: int
    staff: int


def flow(session: Session, period: Period) -> dict[str, dict[datetime, int]]:
    """By measure, how many consultations took that step in each hour of the period; hours without any are absent."""
    counts: dict[str, dict[datetime, int]] = {measure: {} for measure in MEASURES}
    for row in session.execute(_FLOW, {"starts_at": period.starts_at, "ends_at": period.ends_at}).all():
        counts[row.measure][row.hour] = row.total
    return counts


_FLOW = text(
    " UNION ALL ".join(
        f"""
        SELECT '{measure}' AS measure, date_trunc('hour', {_COLUMN_OF[measure]}) AS hour, count(*) AS total
          FROM consultation WHERE {_COLUMN_OF[measure]} >= :starts_at AND {_COLUMN_OF[measure]} < :ends_at GROUP BY 2
        """  # noqa: S608 - measures and columns are the constants above
        for measure in MEASURES
    )
)


def open_groups(session: Session) -> list[OpenGroup]:
    """Open consultations by state and topic."""
    return [OpenGroup(*row) for row in session.execute(_OPEN_GROUPS).all()]


def _listed(states: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_OPEN_GROUPS = text(f"""
    SELECT state, topic_code, max(topic_name_es), max(topic_name_en), count(*),
           count(*) FILTER (WHERE is_urgent),
           count(*) FILTER (WHERE promised_at < clock_timestamp() AND state IN ({_listed(OURS)})),
           min(submitted_at)
      FROM consultation WHERE state NOT IN ('answered', 'closed', 'withdrawn')
     GROUP BY state, topic_code ORDER BY count(*) DESC, topic_code
""")  # noqa: S608 - the states are constants of the domain

# The second condition on the state adds nothing but lets the index of open cases be used.
_RUNNING = f"""
      FROM consultation AS held JOIN sla_clock AS clock USING (consultation_id)
     WHERE held.state IN ({_listed(OURS)}) AND held.state NOT IN ('answered', 'closed', 'withdrawn')
       AND (clock.clock <> 'first_response' OR held.first_answered_at IS NULL)
"""


def at_risk(session: Session) -> tuple[int, list[Deadline]]:
    """How many cases were warned about and can still be answered in time, and the nearest of them."""
    return _deadlines(session, _AT_RISK)


def breached(session: Session) -> tuple[int, list[Deadline]]:
    """How many cases are past a deadline and still not answered, and the oldest of them."""
    return _deadlines(session, _BREACHED)


def _deadlines(session: Session, statement: str) -> tuple[int, list[Deadline]]:
    rows = session.execute(text(statement), {"limit": _LISTED}).all()
    return (rows[0].total if rows else 0), [Deadline(*row[:-1]) for row in rows]


# One case counts once, by its nearest deadline; a deadline that was moved away no longer counts.
_DEADLINES = """
    WITH nearest AS (
        SELECT DISTINCT ON (consultation_id) code, topic_name_es, topic_name_en, advisor_name, clock.clock, due_at
        {running} AND {condition}
         ORDER BY consultation_id, due_at
    )
    SELECT code, topic_name_es, topic_name_en, advisor_name, clock, due_at, count(*) OVER () AS total
      FROM nearest ORDER BY due_at, code LIMIT :limit
"""
_AT_RISK = _DEADLINES.format(
    running=_RUNNING,
    condition="""clock.breached_at IS NULL AND clock.due_at > clock_timestamp()
          AND NOT EXISTS (SELECT FROM sla_clock AS other
                           WHERE other.consultation_id = clock.consultation_id AND other.breached_at IS NOT NULL
                             AND (other.clock <> 'first_response' OR held.first_answered_at IS NULL))""",
)
_BREACHED = _DEADLINES.format(running=_RUNNING, condition="clock.breached_at IS NOT NULL")


def breaches_in(session: Session, period: Period) -> int:
    """How many deadlines were passed in a period, answered since or not."""
    found: int = session.execute(
        text("SELECT count(*) FROM sla_clock WHERE breached_at >= :starts_at AND breached_at < :ends_at"),
        {"starts_at": period.starts_at, "ends_at": period.ends_at},
    ).scalar_one()
    return found


def messages_in(session: Session, period: Period) -> list[MessageCount]:
    """Messages that reached their present state in a period, by channel and state."""
    rows = session.execute(
        text("""
            SELECT channel, state, count(*) FROM message
             WHERE changed_at >= :starts_at AND changed_at < :ends_at GROUP BY 1, 2 ORDER BY 1, 2
        """),
        {"starts_at": period.starts_at, "ends_at": period.ends_at},
    ).all()
    return [MessageCount(*row) for row in rows]


def troubled_messages(session: Session) -> list[MessageCount]:
    """Messages that failed or are held, whenever that was."""
    rows = session.execute(
        text("SELECT channel, state, count(*) FROM message WHERE state <> 'delivered' GROUP BY 1, 2 ORDER BY 1, 2")
    ).all()
    return [MessageCount(*row) for row in rows]


def unclassified_oldest_at(session: Session) -> datetime | None:
    """Since when the consultation waits that has waited longest for routing to know of it."""
    found: datetime | None = session.execute(
        text("SELECT min(submitted_at) FROM consultation WHERE state = 'received'")
    ).scalar()
    return found


def reach(session: Session) -> Reach:
    """Who takes part."""
    row = session.execute(
        text("""
            SELECT (SELECT count(*) FROM official), (SELECT count(DISTINCT ubigeo) FROM official),
                   (SELECT count(DISTINCT ubigeo) FROM consultation),
                   (SELECT count(*) FROM staff WHERE is_active)
        """)
    ).one()
    return Reach(*row)


def database_time(session: Session) -> datetime:
    """Now, by the clock that wrote the rows."""
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def states_of_open(session: Session) -> dict[str, int]:
    """How many consultations are in each open state; zero where there is none."""
    rows = session.execute(
        text("""
            SELECT state, count(*) AS total FROM consultation
             WHERE state NOT IN ('answered', 'closed', 'withdrawn') GROUP BY 1
        """)
    ).all()
    return {**dict.fromkeys(OPEN, 0), **{row.state: row.total for row in rows}}

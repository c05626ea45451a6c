"""The fairness report: who got how much of which topic over a period, who was passed over and why, and how even it is.

Everything is counted from the logs of cases: one line per assignment, so the totals by advisor, by topic and by way are
the same number, and that of the rows exported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.fairness import jain
from services.routing.store import fairness
from services.routing.store.advisors import lima_midnight
from services.routing.use_cases import topics

LONGEST = timedelta(days=366)
_USUAL = timedelta(days=29)


class PeriodRefusedError(ValueError):
    """The period ends before it begins, or is longer than a year."""


def period(session: Session, since: date | None, until: date | None) -> tuple[date, date]:
    """First and last day of a report, in Lima; the last thirty days unless told.

    :raises PeriodRefusedError: they do not make a period.
    """
    today: date = session.execute(text("SELECT (clock_timestamp() AT TIME ZONE 'America/Lima')::date")).scalar_one()
    last = until or (max(today, since) if since else today)
    first = since or last - _USUAL
    if last < first or last - first > LONGEST or not date(2000, 1, 1) <= first <= last <= date(2190, 1, 1):
        raise PeriodRefusedError
    return first, last


def report(session: Session, first: date, last: date, locale: str) -> dict[str, Any]:
    """The whole report of the days from `first` to `last`, both included."""
    since, until = _bounds(first, last)
    rows = fairness.given(session, since, until)
    skips = fairness.skipped(session, since, until)
    unstaffed = fairness.unstaffed(session, since, until)
    staff = fairness.advisors(session)
    entries = [_advisor(one, rows, skips) for one in staff]
    knowing = [one for one in entries if one["skills"] and one["is_active"]]
    return {
        "since": first,
        "until": last,
        "total": sum(row["number"] for row in rows),
        "unstaffed": sum(unstaffed.values()),
        "ways": dict(sorted(_sums(rows, "how").items())),
        "jain_cases": round(jain(one["total"] for one in knowing), 4),
        "jain_load": round(jain(one["effort"] / one["capacity"] for one in knowing if one["capacity"]), 4),
        "advisors": entries,
        "topics": [
            _topic(code, rows, entries, unstaffed, locale) for code in sorted({*_sums(rows, "topic"), *unstaffed})
        ],
    }


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    return lima_midnight(first), lima_midnight(last + timedelta(days=1))


def _sums(rows: list[dict[str, Any]], name: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row[name]] += row["number"]
    return sums


def _advisor(one: dict[str, Any], rows: list[dict[str, Any]], skips: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [row for row in rows if row["advisor_id"] == str(one["id"])]
    return one | {
        "total": sum(row["number"] for row in mine),
        "effort": sum(row["effort"] for row in mine),
        "topics": dict(sorted(_sums(mine, "topic").items())),
        "ways": dict(sorted(_sums(mine, "how").items())),
        "skips": {row["why"]: row["number"] for row in skips if row["advisor_id"] == str(one["id"])},
    }


def _topic(
    code: str, rows: list[dict[str, Any]], entries: list[dict[str, Any]], unstaffed: dict[str, int], locale: str
) -> dict[str, Any]:
    """Of one topic: how even it is among those who know it, by level."""
    shares: dict[int, list[int]] = defaultdict(list)
    for one in entries:
        if code in one["skills"] and one["is_active"]:
            shares[one["skills"][code]].append(one["topics"].get(code, 0))
    return {
        "code": code,
        "name": topics.named(code).name(locale),
        "total": sum(row["number"] for row in rows if row["topic"] == code),
        "unstaffed": unstaffed.get(code, 0),
        "knowing": sum(len(of_level) for of_level in shares.values()),
        "jain": round(jain([share for of_level in shares.values() for share in of_level]), 4),
        "jain_by_level": {str(level): round(jain(of_level), 4) for level, of_level in sorted(shares.items())},
    }


def lines(session: Session, first: date, last: date, locale: str) -> list[dict[str, Any]]:
    """The rows of the export: every assignment counted once, then every time somebody was passed over."""
    since, until = _bounds(first, last)
    names = {str(one["id"]): one["full_name"] for one in fairness.advisors(session)}
    assigned = [
        {
            "advisor": names.get(row["advisor_id"], row["advisor_id"]), "what": "assigned", "why": row["how"],
            "topic": topics.named(row["topic"]).name(locale), "number": row["number"], "effort": row["effort"] / 100,
        }
        for row in fairness.given(session, since, until)
    ]  # fmt: skip
    passed_over = [
        {
            "advisor": names.get(row["advisor_id"], row["advisor_id"]), "what": "skipped", "why": row["why"],
            "topic": "", "number": row["number"], "effort": "",
        }
        for row in fairness.skipped(session, since, until)
    ]  # fmt: skip
    return sorted(assigned, key=_in_order) + sorted(passed_over, key=_in_order)


def _in_order(line: dict[str, Any]) -> tuple[str, str, str]:
    return line["advisor"], line["topic"], line["why"]

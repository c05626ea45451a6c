"""Who gets a case: a pure and deterministic choice, with the reason in words.

Eligible is who knows the topic, is there, and has room. Among the eligible the points are: skill (doubled for
urgent cases), free share of the capacity, and rest since the last assignment. Equal points go to whoever waited
longest, then by identifier, so that the same facts always give the same advisor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

HIGHEST_LEVEL = 3
_SKILL_POINTS = 20
_FREE_POINTS = 60
_REST_POINTS = 20
_FULL_REST_SECONDS = 8 * 3600
_CONTINUITY_POINTS = 100
_TOLD_OTHERS = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Standing:
    """What the choice knows of one advisor who has the topic among their skills.

    `level`: 1 (basic) to 3 (expert). `leave_until`: last day of a leave that covers today, else None.
    """

    id: UUID
    full_name: str
    level: int
    is_available: bool
    leave_until: date | None
    open_count: int
    capacity: int
    last_assigned_at: datetime | None

    @property
    def is_eligible(self) -> bool:
        """There, not on leave, and with room for one more."""
        return self.is_available and self.leave_until is None and self.open_count < self.capacity


@dataclass(frozen=True, slots=True)
class Choice:
    """The outcome: an advisor, or None when nobody is eligible; the reason in both languages of the desk."""

    advisor: Standing | None
    reason_es: str
    reason_en: str


def choose(
    topic_es: str,
    topic_en: str,
    standings: Sequence[Standing],
    now: datetime,
    *,
    is_urgent: bool,
    preferred_id: UUID | None = None,
) -> Choice:
    """The best advisor for a case.

    :param standings: everybody who has the topic among their skills, eligible or not.
    :param preferred_id: who knows this very case already; preferred while eligible.
    """
    eligible = [one for one in standings if one.is_eligible]
    if not eligible:
        return Choice(None, _nobody(topic_es, standings, "es"), _nobody(topic_en, standings, "en"))
    best = max(eligible, key=lambda one: _rank(one, now, is_urgent=is_urgent, preferred_id=preferred_id))
    others = sorted((one for one in standings if one.id != best.id), key=lambda one: (one.is_eligible, str(one.id)))
    is_continuity = best.id == preferred_id
    return Choice(
        best,
        _somebody(topic_es, best, others, now, "es", is_continuity=is_continuity),
        _somebody(topic_en, best, others, now, "en", is_continuity=is_continuity),
    )


def _rank(one: Standing, now: datetime, *, is_urgent: bool, preferred_id: UUID | None) -> tuple[float, float, int]:
    """Higher is better; the last part makes it a total order."""
    rest = _seconds_since(one.last_assigned_at, now)
    points = (
        _SKILL_POINTS * (one.level - 1) / (HIGHEST_LEVEL - 1) * (2 if is_urgent else 1)
        + _FREE_POINTS * (one.capacity - one.open_count) / one.capacity
        + _REST_POINTS * min(rest, _FULL_REST_SECONDS) / _FULL_REST_SECONDS
        + (_CONTINUITY_POINTS if one.id == preferred_id else 0)
    )
    return round(points, 6), rest, -one.id.int


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return float("inf") if moment is None else max((now - moment).total_seconds(), 0.0)


def _somebody(
    topic: str, best: Standing, others: Sequence[Standing], now: datetime, language: str, *, is_continuity: bool
) -> str:
    known, opens, first, last = _WORDS[language]["chosen"]
    parts = [known.format(topic=topic, level=best.level), opens.format(open=best.open_count, capacity=best.capacity)]
    if best.last_assigned_at is None:
        parts.append(first)
    else:
        parts.append(last.format(ago=_ago(_seconds_since(best.last_assigned_at, now), language)))
    if is_continuity:
        parts.append(_WORDS[language]["knows_case"][0])
    told = "; ".join(_other(one, language) for one in others[:_TOLD_OTHERS])
    sentence = f"{_WORDS[language]['to'][0]} {best.full_name}: {', '.join(parts)}"
    return f"{sentence}; {told}{_more(len(others), language)}" if told else sentence


def _nobody(topic: str, standings: Sequence[Standing], language: str) -> str:
    if not standings:
        return _WORDS[language]["unknown"][0].format(topic=topic)
    told = "; ".join(_other(one, language) for one in standings[:_TOLD_OTHERS])
    return f"{_WORDS[language]['nobody'][0].format(topic=topic)}: {told}{_more(len(standings), language)}"


def _more(count: int, language: str) -> str:
    rest = count - _TOLD_OTHERS
    return "; " + _WORDS[language]["more"][0].format(count=rest) if rest > 0 else ""


def _other(one: Standing, language: str) -> str:
    """Why somebody else did not get it."""
    leave, away, full, fewer = _WORDS[language]["skipped"]
    if one.leave_until is not None:
        why = leave.format(day=one.leave_until.strftime("%d/%m/%Y"))
    elif not one.is_available:
        why = away
    elif one.open_count >= one.capacity:
        why = full.format(open=one.open_count, capacity=one.capacity)
    else:
        why = fewer.format(level=one.level, open=one.open_count, capacity=one.capacity)
    return f"{one.full_name}: {why}"


def _ago(seconds: float, language: str) -> str:
    if seconds < _MINUTE:
        return _WORDS[language]["moment"][0]
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return _WORDS[language]["ago"][0].format(span=f"{int(seconds // unit)} {name}")
    raise AssertionError("unreachable: a minute or more was handled above")


_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "es": {
        "to": ("A",),
        "chosen": (
            "conoce {topic} (nivel {level})",
            "{open} de {capacity} abiertos",
            "aún sin asignaciones",
            "última asignación {ago}",
        ),
        "knows_case": ("ya conoce el caso",),
        "skipped": (
            "de licencia hasta el {day}",
            "no disponible",
            "sin cupo ({open} de {capacity})",
            "menos puntaje (nivel {level}, {open} de {capacity})",
        ),
        "nobody": ("Nadie disponible para {topic}",),
        "unknown": ("Nadie tiene {topic} entre sus temas",),
        "more": ("y {count} más",),
        "moment": ("hace un momento",),
        "ago": ("hace {span}",),
    },
    "en": {
        "to": ("To",),
        "chosen": (
            "knows {topic} (level {level})",
            "{open} of {capacity} open",
            "no assignments yet",
            "last assigned {ago}",
        ),
        "knows_case": ("knows the case already",),
        "skipped": (
            "on leave until {day}",
            "not available",
            "no room ({open} of {capacity})",
            "fewer points (level {level}, {open} of {capacity})",
        ),
        "nobody": ("Nobody available for {topic}",),
        "unknown": ("Nobody has {topic} among their topics",),
        "more": ("and {count} more",),
        "moment": ("a moment ago",),
        "ago": ("{span} ago",),
    },
}

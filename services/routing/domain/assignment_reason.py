"""Why a case went to whom, as a sentence people read: Spanish and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from services.routing.domain.assignment import Choice, Need, Skip, Standing, seconds_since, speaks_foreign
from services.routing.domain.assignment_rules import ORDINARY_EFFORT

_TOLD_OTHERS = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def reasons_of(choice: Choice, need: Need, standings: Sequence[Standing], now: datetime) -> tuple[str, str]:
    """The reason of a choice in Spanish and in English."""
    es, en = (_reason(choice, need, standings, now, language) for language in ("es", "en"))
    return es, en


def _reason(choice: Choice, need: Need, standings: Sequence[Standing], now: datetime, language: str) -> str:
    topic = need.topic_es if language == "es" else need.topic_en
    best = choice.advisor
    if best is None:
        return _nobody(topic, need, standings, language)
    others = sorted(
        (one for one in standings if one.id != best.id), key=lambda one: (need.skip(one) is None, str(one.id))
    )
    told = "; ".join(_other(one, need, now, language) for one in others[:_TOLD_OTHERS])
    parts = _chosen(topic, best, need, now, language)
    parts += _shortcomings(choice, need, standings, language)
    sentence = f"{_WORDS[language]['to']} {best.full_name}: {', '.join(parts)}"
    return f"{sentence}; {told}{_more(len(others), language)}" if told else sentence


def _chosen(topic: str, best: Standing, need: Need, now: datetime, language: str) -> list[str]:
    words = _WORDS[language]
    parts = [words["knows"].format(topic=topic, level=best.level), _load(best, language)]
    if best.last_assigned_at is None:
        parts.append(words["first"])
    else:
        parts.append(words["last"].format(ago=_ago(seconds_since(best.last_assigned_at, now), language)))
    if best.id == need.preferred_id:
        parts.append(words["knows_case"])
    if best.id == need.office_id:
        parts.append(words["knows_office"])
    if speaks_foreign(best, need):
        parts.append(words["speaks"].format(language=_LANGUAGES[language].get(need.language, need.language)))
    return parts


def _shortcomings(choice: Choice, need: Need, standings: Sequence[Standing], language: str) -> list[str]:
    """What the case would have needed and nobody eligible offers."""
    words, found = _WORDS[language], []
    if need.language != "es" and not any(speaks_foreign(one, need) for one in standings if need.skip(one) is None):
        found.append(words["nobody_speaks"].format(language=_LANGUAGES[language].get(need.language, need.language)))
    if not choice.can_be_met:
        found.append(words["late"])
    return found


def _load(one: Standing, language: str) -> str:
    plain = _WORDS[language]["open"].format(open=one.open_count, capacity=one.capacity)
    if one.open_effort == one.open_count * ORDINARY_EFFORT:
        return plain
    effort = f"{one.open_effort / ORDINARY_EFFORT:.1f}"
    return plain + _WORDS[language]["effort"].format(effort=effort if language == "en" else effort.replace(".", ","))


def _nobody(topic: str, need: Need, standings: Sequence[Standing], language: str) -> str:
    if not standings:
        return _WORDS[language]["unknown"].format(topic=topic)
    told = "; ".join(_skipped(one, need.skip(one), language) for one in standings[:_TOLD_OTHERS])
    return f"{_WORDS[language]['nobody'].format(topic=topic)}: {told}{_more(len(standings), language)}"


def _more(count: int, language: str) -> str:
    rest = count - _TOLD_OTHERS
    return "; " + _WORDS[language]["more"].format(count=rest) if rest > 0 else ""


def _other(one: Standing, need: Need, now: datetime, language: str) -> str:
    """Why somebody else did not get it."""
    why = need.skip(one)
    if why is None and not need.can_be_met_by(one, now):
        words = _WORDS[language]
        if one.leaves_at is not None:
            return f"{one.full_name}: {words['leaves_before']}"
        return f"{one.full_name}: {words['works_later']}"
    return _skipped(one, why, language)


def _skipped(one: Standing, why: Skip | None, language: str) -> str:
    words = _WORDS[language]
    if why is Skip.LEAVE:
        text = words["leave"].format(day=day_text(one.leave_until))
    elif why is Skip.FULL:
        text = words["full"].format(open=one.open_count, capacity=one.capacity)
    elif why is not None:
        text = words[why.value]
    else:
        text = words["fewer"].format(level=one.level, open=one.open_count, capacity=one.capacity)
    return f"{one.full_name}: {text}"


def day_text(day: date | None) -> str:
    """A day as both languages of the desk write it."""
    return "" if day is None else day.strftime("%d/%m/%Y")


def _ago(seconds: float, language: str) -> str:
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return _WORDS[language]["ago"].format(span=f"{int(seconds // unit)} {name}")
    return _WORDS[language]["moment"]


_LANGUAGES = {
    "es": {"en": "inglés", "qu": "quechua", "ay": "aimara"},
    "en": {"en": "English", "qu": "Quechua", "ay": "Aymara"},
}
_WORDS: dict[str, dict[str, str]] = {
    "es": {
        "to": "A",
        "knows": "conoce {topic} (nivel {level})",
        "open": "{open} de {capacity} abiertos",
        "effort": " (esfuerzo {effort})",
        "first": "aún sin asignaciones",
        "last": "última asignación {ago}",
        "knows_case": "ya conoce el caso",
        "knows_office": "atendió el último caso de esta oficina",
        "speaks": "habla {language}",
        "nobody_speaks": "el texto está en {language} y nadie disponible lo habla",
        "late": "nadie disponible llega al plazo",
        "leave": "de licencia hasta el {day}",
        "away": "no disponible",
        "full": "sin cupo ({open} de {capacity})",
        "returned": "lo tuvo sin atender",
        "leaves_before": "sale de licencia antes del plazo",
        "works_later": "no trabaja antes del plazo",
        "fewer": "menos puntaje (nivel {level}, {open} de {capacity})",
        "nobody": "Nadie disponible para {topic}",
        "unknown": "Nadie tiene {topic} entre sus temas",
        "more": "y {count} más",
        "moment": "hace un momento",
        "ago": "hace {span}",
    },
    "en": {
        "to": "To",
        "knows": "knows {topic} (level {level})",
        "open": "{open} of {capacity} open",
        "effort": " (effort {effort})",
        "first": "no assignments yet",
        "last": "last assigned {ago}",
        "knows_case": "knows the case already",
        "knows_office": "handled this office's last case",
        "speaks": "speaks {language}",
        "nobody_speaks": "the text is in {language} and nobody available speaks it",
        "late": "nobody available can meet the deadline",
        "leave": "on leave until {day}",
        "away": "not available",
        "full": "no room ({open} of {capacity})",
        "returned": "had it and left it untouched",
        "leaves_before": "goes on leave before the deadline",
        "works_later": "does not work before the deadline",
        "fewer": "fewer points (level {level}, {open} of {capacity})",
        "nobody": "Nobody available for {topic}",
        "unknown": "Nobody has {topic} among their topics",
        "more": "and {count} more",
        "moment": "a moment ago",
        "ago": "{span} ago",
    },
}

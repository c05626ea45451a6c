"""Why the deadlines of a case are what they are, for the command line: the same report that the sheet's page shows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.routing.domain.sla_explanation import duration_text, moment_text
from services.routing.store.models import Case
from services.routing.use_cases.sheet import clock_report
from shared.db.database import Database

_ZONE = "America/Lima"
_STATES = {
    "es": {"running": "corre", "paused": "en pausa", "met": "cumplido", "breached": "vencido"},
    "en": {"running": "running", "paused": "paused", "met": "kept", "breached": "missed"},
}
_NAMES = {
    "es": {
        "first_response": "Primera respuesta",
        "next_response": "Siguiente respuesta",
        "resolution": "Respuesta final",
    },
    "en": {"first_response": "First answer", "next_response": "Next answer", "resolution": "Final answer"},
}
_MOVES = {
    "es": {
        "clarification_requested": "se pidió una aclaración", "official_message": "el funcionario escribió",
        "reclassified": "otro tema, tipo o urgencia", "recalculated": "otra edición de las reglas",
        "reopened": "reapertura", "absorbed": "se unió otro caso",
    },
    "en": {
        "clarification_requested": "a clarification was requested", "official_message": "the official wrote",
        "reclassified": "other topic, kind or urgency", "recalculated": "another edition of the rules",
        "reopened": "reopening", "absorbed": "another case was merged in",
    },
}  # fmt: skip
_WORDS = {
    "es": {"due": "vence", "left": "quedan", "na": "no aplica", "paused": "en pausa", "moved": "Se movió el"},
    "en": {"due": "due", "left": "left", "na": "not applicable", "paused": "paused", "moved": "Moved on"},
}


def explain_case(database: Database, code: str, locale: str = "es") -> dict[str, Any]:
    """Every clock of a case with what was counted, JSON-ready, times in Lima.

    :raises LookupError: there is no such case.
    """
    with database.transaction() as session:
        case = session.scalars(select(Case).where(Case.code == code.strip().upper())).one_or_none()
        if case is None:
            raise LookupError(code)
        report: dict[str, Any] = _plain(clock_report(session, case, locale))
    return report


def explanation_text(report: dict[str, Any], lang: str = "es") -> str:
    """The report as lines for people."""
    words = _WORDS[lang]
    lines = [report["code"]]
    for clock in report["clocks"]:
        state = _STATES[lang].get(clock["state"], words["na"])
        due = f"; {words['due']} {_said(clock['due_at'], lang)}" if clock["due_at"] else ""
        left = f"; {words['left']} {duration_text(clock['remaining_seconds'])}" if clock["state"] == "running" else ""
        lines += [f"{_NAMES[lang][clock['name']]}: {state}{due}{left}", f"  {clock['explanation']}"]
    for move in report["moves"]:
        before, after = (_said(move[name], lang) if move[name] else words["paused"] for name in ("before", "after"))
        cause = _MOVES[lang][move["type"]] + (f": {move['reason']}" if move["reason"] else "")
        lines.append(f"{words['moved']} {_said(move['at'], lang)}: {before} → {after} ({cause})")
    return "\n".join(lines)


def _said(moment: str, lang: str) -> str:
    return moment_text(datetime.fromisoformat(moment), _ZONE, lang)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(_ZONE)).isoformat()
    return value.isoformat() if isinstance(value, date) else value

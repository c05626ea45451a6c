"""What people were told of one consultation, for the command line: messages, and notices gathered into digests."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.masking import mask_address
from services.notifications.entrypoints.pages import words
from services.notifications.store import ledger, notices
from services.notifications.store.ledger import Filter
from services.notifications.store.notices import DROPPED, WAITING, NoticeFilter
from shared.db.database import Database
from shared.http.languages import translate

_ZONE = ZoneInfo("America/Lima")
_MOST = 200
_WORDS = {
    "es": {"held": "retenido: en el resumen de las", "told": "en el resumen de las", "gone": "no se envió",
           "none": "Ningún mensaje habla de esa consulta."},
    "en": {"held": "held: in the digest of", "told": "in the digest of", "gone": "not sent",
           "none": "No message speaks of that consultation."},
}  # fmt: skip


def told_of(database: Database, code: str, locale: str) -> dict[str, Any]:
    """Messages and gathered notices about a code, newest first, addresses masked; `what` in the language."""
    wanted = code.strip().upper()
    with database.transaction() as session:
        entries = ledger.find(session, Filter(subject=wanted, limit=_MOST))
        gathered = notices.find(session, NoticeFilter(code=wanted, limit=_MOST))
    return {
        "code": wanted,
        "messages": [
            {
                "id": str(one.message_id), "template": one.template, "channel": one.channel, "state": one.state,
                "to": f"{one.recipient_kind} {mask_address(one.address)}", "at": one.created_at,
                "subjects": list(one.codes), "attempts": one.attempts,
            }
            for one in entries
        ],
        "notices": [
            {
                "what": one.what[locale], "to": one.recipient_kind, "state": one.state, "at": one.noted_at,
                "send_at": one.send_at, "told_at": one.told_at,
                "message_id": str(one.message_id) if one.message_id else None,
            }
            for one in gathered
        ],
    }  # fmt: skip


def report_text(report: dict[str, Any], locale: str) -> str:
    """The report as lines for people, times in Lima."""
    said = _WORDS[locale]
    lines = []
    for one in report["messages"]:
        name = translate(words.TEMPLATES.get(one["template"], one["template"]), locale)
        state = translate(words.STATES[one["state"]], locale)
        more = f" ({len(one['subjects'])})" if len(one["subjects"]) > 1 else ""
        lines.append(f"{_at(one['at'])}  {name}{more}  {one['channel']}  {one['to']}  {state}  {one['id']}")
    for one in report["notices"]:
        if one["state"] == WAITING:
            where = f"{said['held']} {_at(one['send_at'])}"
        elif one["state"] == DROPPED:
            where = said["gone"]
        else:
            where = f"{said['told']} {_at(one['told_at'])} ({one['message_id']})"
        lines.append(f"{_at(one['at'])}  {one['what']}  {one['to']}  {where}")
    return "\n".join(lines) or said["none"]


def _at(moment: datetime) -> str:
    return moment.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")

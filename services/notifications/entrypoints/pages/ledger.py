"""The operator's pages: the ledger, and one message."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, ValidationError

from services.notifications.entrypoints import showing
from services.notifications.entrypoints.access import for_operators, may_see_addresses, the_parts
from services.notifications.entrypoints.api.schemas import LedgerQuerySchema
from services.notifications.entrypoints.pages import words
from services.notifications.store import ledger as ledger_store
from services.notifications.store import notices
from services.notifications.store.notices import NoticeFilter
from services.notifications.use_cases import resending
from shared.http.application import see_other
from shared.http.problems import INVALID, MALFORMED, Problem
from shared.texts import N_

blueprint = Blueprint("ledger", __name__)

NOTICES = {"reenviado": N_("El mensaje volvió a la cola y saldrá en unos segundos.")}
_PAGE = 30
_MOST_TOLD = 200
_SHORTEST_TOKEN, _LONGEST_TOKEN = 8, 200


@blueprint.get("/")
@for_operators
def show_ledger() -> ResponseReturnValue:
    """Messages, newest first; what has not arrived comes up first."""
    code = request.args.get("codigo", "").strip()
    tab = request.args.get("estado", "all" if code else "not_delivered")
    if tab not in words.TABS:
        tab = "all"
    cursor = request.args.get("cursor")
    page = None if tab == words.GATHERED else showing.read_page(_query(code, tab, cursor))
    gathered = None
    if tab == words.GATHERED or (code and tab == "all" and not cursor):
        # Of one case everything is shown, told or not; otherwise what still waits.
        gathered = showing.read_notices(_notice_query(code, cursor))
    with the_parts().database.transaction() as session:
        counts = ledger_store.count_not_delivered(session)
        counts["not_delivered"] = sum(counts.values())
        counts[words.GATHERED] = notices.count_waiting(session)
    return render_template(
        "ledger.html", page=page, gathered=gathered, tab=tab, code=code, counts=counts, words=words,
        address_of=showing.address_of, what_of=showing.what_of, is_masked=not may_see_addresses(),
    )  # fmt: skip


@blueprint.get("/mensajes/<uuid:message_id>")
@for_operators
def show_message(message_id: UUID) -> ResponseReturnValue:
    """One message."""
    sheet = showing.read_sheet(message_id)
    with the_parts().database.transaction() as session:
        told = notices.find(session, NoticeFilter(message_id=message_id, limit=_MOST_TOLD))
    return render_template(
        "message.html", sheet=sheet, entry=sheet.entry, text=showing.text_of(sheet), words=words,
        address=showing.address_of(sheet.entry), told=told, what_of=showing.what_of,
        may_resend=resending.may_resend(sheet),
    )  # fmt: skip


@blueprint.post("/mensajes/<uuid:message_id>/reenvio")
@for_operators
def resend(message_id: UUID) -> ResponseReturnValue:
    """Send a message again."""
    token = request.form.get("form_token", "")
    if not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN:
        raise Problem(MALFORMED)
    showing.resend(message_id, token)
    return see_other(f"/mensajes/{message_id}", "reenviado")


def _notice_query(code: str, cursor: str | None) -> dict[str, Any]:
    state = None if code else notices.WAITING
    return {"subject": code[:60], "state": state, "cursor": cursor[:200] if cursor else None, "limit": _PAGE}


def _query(code: str, tab: str, cursor: str | None) -> dict[str, Any]:
    asked = {"subject": code, "limit": str(_PAGE), **({} if tab == "all" else {"state": tab})}
    try:
        loaded: dict[str, Any] = LedgerQuerySchema().load(
            asked | ({"cursor": cursor} if cursor else {}), unknown=EXCLUDE
        )
    except ValidationError as error:
        raise Problem(INVALID, fields=error.messages_dict) from None
    return loaded

"""`/api/v1/messages`: the delivery ledger."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import RAISE

from services.notifications.entrypoints import showing
from services.notifications.entrypoints.access import for_operators
from services.notifications.entrypoints.api.schemas import (
    LedgerQuerySchema,
    LedgerSchema,
    ResentSchema,
    SheetSchema,
)
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header

blueprint = ApiBlueprint("messages", "/messages", "Registro de mensajes y de cada intento de entrega")

_KEY_HEADER = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 200},
}  # fmt: skip


@blueprint.get("")
@blueprint.arguments(LedgerQuerySchema, location="query", unknown=RAISE)
@blueprint.response(HTTPStatus.OK, LedgerSchema)
@for_operators
def list_messages(query: dict[str, Any]) -> dict[str, Any]:
    """Messages, newest first: of one consultation (`subject` is its code), in one state, by one channel."""
    page = showing.read_page(query)
    return {"messages": [showing.as_json(entry) for entry in page.rows], "next_cursor": page.next_cursor}


@blueprint.get("/<uuid:message_id>")
@blueprint.response(HTTPStatus.OK, SheetSchema)
@for_operators
def show_message(message_id: UUID) -> dict[str, Any]:
    """One message with every attempt and every delivery report."""
    return showing.sheet_as_json(showing.read_sheet(message_id))


@blueprint.post("/<uuid:message_id>/resend")
@blueprint.response(HTTPStatus.ACCEPTED, ResentSchema)
@blueprint.doc(parameters=[_KEY_HEADER])
@for_operators
def resend_message(message_id: UUID) -> dict[str, Any]:
    """Send again what failed, is held or is in doubt. Needs an `Idempotency-Key`."""
    return showing.resend(message_id, key_from_header()).body

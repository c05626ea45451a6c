"""`/api/v1/receipts/kannel/<token>/<message>`: where Kannel reports what became of an SMS.

Kannel signs nothing, so the secret is in the address: whoever does not know it is told that there is no such page.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from marshmallow import EXCLUDE, Schema, validate
from marshmallow import fields as mm

from services.notifications.entrypoints.access import the_parts, the_settings
from services.notifications.store.receipts import Receipt
from services.notifications.use_cases import receipts
from services.notifications.use_cases.instruments import Instruments
from shared.accounts.access import public
from shared.http.api import ApiBlueprint
from shared.http.problems import NOT_FOUND, Problem
from shared.texts import N_

blueprint = ApiBlueprint("receipts", "/receipts", "Informes de entrega de la pasarela de SMS")

_LONGEST_ANSWER = 500
_LONGEST_RAW = 4000


class KannelReportSchema(Schema):
    """What our own address asks Kannel to fill in; a gateway may add what it likes."""

    class Meta:
        """Unknown parameters are the gateway's business."""

        unknown = EXCLUDE

    attempt = mm.Integer(load_default=1, validate=validate.Range(1, 1_000_000, error=N_("No es un número de intento.")))
    type = mm.Integer(required=True, validate=validate.Range(0, 255, error=N_("No es un tipo de informe.")))
    answer = mm.String(load_default="")


@blueprint.route("/kannel/<token>/<uuid:message_id>", methods=["GET", "POST"])
@blueprint.arguments(KannelReportSchema, location="query")
@blueprint.response(HTTPStatus.NO_CONTENT)
@blueprint.doc(security=[])
@public
def take_in(query: dict[str, Any], token: str, message_id: UUID) -> Response:
    """Keep a report; sending it again changes nothing."""
    if not hmac.compare_digest(token.encode(), the_settings().sms.dlr_token.encode()):
        raise Problem(NOT_FOUND)
    receipt = Receipt(
        message_id=message_id,
        attempt=query["attempt"],
        type=query["type"],
        answer=query["answer"][:_LONGEST_ANSWER],
        raw=request.query_string.decode("utf-8", "replace")[:_LONGEST_RAW],
    )
    with the_parts().units.begin() as work:
        is_known = receipts.take_in(receipt, work, Instruments())
    if not is_known:
        raise Problem(NOT_FOUND)
    return current_app.response_class(status=HTTPStatus.NO_CONTENT)

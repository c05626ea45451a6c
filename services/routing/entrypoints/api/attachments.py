"""Files of answers for programs: held for the next answer, sent with it, taken back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from marshmallow import fields as mm

from services.routing.entrypoints.api.attachment_schemas import HeldAttachmentSchema
from services.routing.entrypoints.api.schemas import ActedSchema, VersionedSchema
from services.routing.entrypoints.doing import do, optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.attachments import MOST_SENT, opening, served, uploaded_files
from services.routing.use_cases import attaching
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.protection import takes_files

blueprint = ApiBlueprint("attachments", "/cases", "Archivos de las respuestas")

_BYTES = {"type": "string", "format": "binary"}
_FILES = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
            }
        }
    }
}


class HeldSchema(Schema):
    """What one holds for one's next answer on a case."""

    attachments = mm.List(mm.Nested(HeldAttachmentSchema), required=True)


@blueprint.get("/<code>/drafts/answer/attachments")
@blueprint.response(HTTPStatus.OK, HeldSchema)
@signed_in(*ROLES)
def list_held(code: str) -> dict[str, Any]:
    """The files one holds for one's next answer."""
    with refusals(), parts().database.transaction() as session:
        return {"attachments": attaching.held_on(session, code, the_person())}


@blueprint.post("/<code>/drafts/answer/attachments")
@blueprint.doc(requestBody=_FILES)
@blueprint.response(HTTPStatus.CREATED, HeldSchema)
@signed_in(*ROLES)
@takes_files(MOST_SENT)
def attach(code: str) -> dict[str, Any]:
    """Attach files (`files`, up to five of 2 MB each in all): every one, or none. The same file again is refused."""
    files, person = uploaded_files(), the_person()
    with refusals(), parts().units.begin() as work:
        attaching.add(work, code, person, files)
        work.session.flush()
        return {"attachments": attaching.held_on(work.session, code, person)}


@blueprint.delete("/<code>/drafts/answer/attachments/<uuid:attachment_id>")
@blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*ROLES)
def remove(code: str, attachment_id: UUID) -> None:
    """Take a file out again."""
    with refusals(), parts().units.begin() as work:
        attaching.remove(work, code, the_person(), attachment_id)


@blueprint.get("/<code>/attachments/<uuid:attachment_id>")
@blueprint.response(HTTPStatus.OK, _BYTES, content_type="application/octet-stream")  # type: ignore[arg-type]  # a description
@signed_in(*ROLES)
def download(code: str, attachment_id: UUID) -> ResponseReturnValue:
    """The bytes of a file of a case."""
    with opening(), parts().database.transaction() as session:
        return served(attaching.open_for_staff(session, code, the_person(), attachment_id))


@blueprint.post("/<code>/attachments/<uuid:attachment_id>/withdrawal")
@blueprint.arguments(VersionedSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def withdraw(sent: dict[str, Any], code: str, attachment_id: UUID) -> ResponseReturnValue:
    """Take back a file that went out: its links open nothing from now on."""
    person = the_person()
    return jsonify(
        do(
            optional_key(), sent,
            lambda work: attaching.withdraw(work, code, person, version=sent["version"], attachment_id=attachment_id),
        )
    )  # fmt: skip

"""Writing: drafts kept while staff write, and who else is at the case."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from sqlalchemy.orm import Session

from services.routing.entrypoints.api.composing_schemas import (
    DraftChangeSchema,
    DraftSchema,
    OthersSchema,
    PresenceSchema,
)
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store.drafts import CaseDraft
from services.routing.use_cases import citing, drafts
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("composing", "/cases", "Lo que el personal escribe: borradores y presencia")


def _shown(draft: CaseDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in DraftSchema().fields}


def cited(session: Session, sent: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """The citations that came with a draft, as they are kept; None leaves those kept before."""
    return None if sent is None else citing.read(session, sent)


@blueprint.get("/<code>/drafts")
@blueprint.response(HTTPStatus.OK, DraftSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*ROLES)
def list_drafts(code: str) -> list[dict[str, Any]]:
    """One's own drafts on a case."""
    with refusals(), parts().database.transaction() as session:
        return [_shown(draft) for _, draft in sorted(drafts.read(session, code, the_person()).items())]


@blueprint.put("/<code>/drafts/<any(answer, clarification, note):kind>")
@blueprint.arguments(DraftChangeSchema)
@blueprint.response(HTTPStatus.OK, DraftSchema)
@signed_in(*ROLES)
def save_draft(sent: dict[str, Any], code: str, kind: str) -> dict[str, Any]:
    """Keep what was written so far; the same text again changes nothing. A stale revision gives both texts."""
    with refusals(sent["body"]), parts().units.begin() as work:
        saved = drafts.save(
            work, code, the_person(), kind=kind, body=sent["body"], revision=sent["revision"],
            seen_version=sent["version"], citations=cited(work.session, sent["citations"]),
        )  # fmt: skip
        return _shown(saved)


@blueprint.delete("/<code>/drafts/<any(answer, clarification, note):kind>")
@blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*ROLES)
def discard_draft(code: str, kind: str) -> None:
    """Throw away what was written."""
    with refusals(), parts().units.begin() as work:
        drafts.discard(work, code, the_person(), kind=kind)


@blueprint.post("/<code>/presence")
@blueprint.arguments(PresenceSchema)
@blueprint.response(HTTPStatus.OK, OthersSchema)
@signed_in(*ROLES)
def be_present(sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Say that one is at a case, which counts for a minute; tells who else is."""
    with refusals(), parts().units.begin() as work:
        return {"others": drafts.be_present(work, code, the_person(), sent["activity"])}


@blueprint.delete("/<code>/presence")
@blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*ROLES)
def leave(code: str) -> None:
    """Say that one went away."""
    with refusals(), parts().units.begin() as work:
        drafts.leave(work, code, the_person())

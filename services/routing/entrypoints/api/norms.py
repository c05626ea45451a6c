"""The register of norms, and reading a citation while it is typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.citation_schemas import ReadCitationSchema, TypedCitationSchema
from services.routing.entrypoints.api.norm_schemas import (
    CitingAnswersSchema,
    NormChangeSchema,
    NormHistorySchema,
    NormQuerySchema,
    NormSchema,
    NormsSchema,
)
from services.routing.entrypoints.api.review_schemas import CursorSchema
from services.routing.entrypoints.doing import optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.norms import validity_text
from services.routing.store.norms import CONTENT
from services.routing.use_cases import citing, norms
from services.routing.use_cases.citing import MOST_A_TEXT
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.languages import N_, translate
from shared.http.paging import page_of, read_cursor
from shared.http.problems import INVALID, Problem
from shared.messaging.work import Work

blueprint = ApiBlueprint("norms", "", "Registro de normas y citas")

PAGE = 25
_STAFF, _KEEPERS = who_may(Right.WORK), who_may(Right.KEEP_NORMS)
_NOT_A_CURSOR = N_("El cursor no es válido; pida la primera página otra vez.")


@blueprint.get("/norms")
@blueprint.arguments(NormQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, NormsSchema)
@signed_in(*_STAFF)
def list_norms(query: dict[str, Any]) -> dict[str, Any]:
    """The register, or the norms that have all the words of `q`, those cited most first."""
    with parts().database.transaction() as session:
        found = norms.list_norms(session, today(), wanted=query["q"], state=query["validity"])
    return {"items": found[: query["limit"]], "total": len(found)}


@blueprint.post("/norms")
@blueprint.arguments(NormChangeSchema)
@blueprint.response(HTTPStatus.CREATED, NormSchema)
@signed_in(*_KEEPERS)
def add(sent: dict[str, Any]) -> dict[str, Any]:
    """Add a norm."""
    return read_norm(save_norm(key_from_header(), None, sent))


@blueprint.get("/norms/<uuid:norm_id>")
@blueprint.response(HTTPStatus.OK, NormHistorySchema)
@signed_in(*_STAFF)
def show(norm_id: UUID) -> dict[str, Any]:
    """One norm with its versions."""
    return read_norm(norm_id)


@blueprint.put("/norms/<uuid:norm_id>")
@blueprint.arguments(NormChangeSchema)
@blueprint.response(HTTPStatus.OK, NormSchema)
@signed_in(*_KEEPERS)
def change(sent: dict[str, Any], norm_id: UUID) -> dict[str, Any]:
    """Make the next version of a norm, say when it was repealed; a stale `version` is refused."""
    return read_norm(save_norm(optional_key(), norm_id, sent))


@blueprint.get("/norms/<uuid:norm_id>/answers")
@blueprint.arguments(CursorSchema, location="query")
@blueprint.response(HTTPStatus.OK, CitingAnswersSchema)
@signed_in(*_STAFF)
def list_answers(query: dict[str, Any], norm_id: UUID) -> dict[str, Any]:
    """The answers that cite a norm, of cases one may see: what to look at again when it is repealed."""
    lines, next_cursor = read_answers(norm_id, query["cursor"])
    return {"items": lines, "next_cursor": next_cursor}


@blueprint.get("/citations")
@blueprint.arguments(TypedCitationSchema, location="query")
@blueprint.response(HTTPStatus.OK, ReadCitationSchema)
@signed_in(*_STAFF)
def read_typed(query: dict[str, Any]) -> dict[str, Any]:
    """How a citation is read while it is typed, whether its norm is in force today, and what it may mean."""
    typed, day = query["text"], today()
    with parts().database.transaction() as session:
        suggestions = citing.suggest(session, typed, day)
        try:
            read = citing.shown(session, citing.read(session, [{"text": typed}] if typed else []), day)
            found, problem = read[0] if read else None, None
        except citing.BadCitationsError as error:
            found, problem = None, translate(error.mistakes[0].sentence, **error.mistakes[0].values)
    told = [one | {"validity_text": validity_text(one)} for one in suggestions]
    text = validity_text(found) if found else None
    return {"citation": found, "validity_text": text, "problem": problem, "suggestions": told}


def today() -> date:
    """The day it is in Lima: only shown; what is sent is judged by the database's clock."""
    return citing.today(datetime.now(UTC))


def save_norm(key: str | None, norm_id: UUID | None, sent: dict[str, Any]) -> UUID:
    """Keep what a form or a program sent, once per key; returns the norm's identifier.

    :raises Problem: it was refused.
    """
    person = the_person()

    def act(work: Work) -> tuple[int, dict[str, Any]]:
        content = {name: sent[name] for name in CONTENT if name in sent}
        content["repealed_by_id"] = _repealing(work, sent["repealed_by"])
        row = norms.keep(work, person.full_name, norm_id=norm_id, version=sent["version"], content=content)
        return HTTPStatus.OK, {"id": str(row.norm_id)}

    mine = {name: value if isinstance(value, str | bool | list | None) else str(value) for name, value in sent.items()}
    with refusals(mine), parts().units.begin() as work:
        if key is None:
            return UUID(act(work)[1]["id"])
        answer = once(work, actor=person.id, key=key, content=[str(norm_id), sent], act=lambda: act(work))
    return UUID(answer.body["id"])


def read_norm(norm_id: UUID) -> dict[str, Any]:
    """One norm with its versions, newest first.

    :raises Problem: there is none.
    """
    with refusals(), parts().database.transaction() as session:
        return norms.read_norm(session, norm_id, today())


def read_answers(norm_id: UUID, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """A page of answers that cite a norm, and the cursor of the next.

    :raises Problem: there is no such norm, or the cursor is not one of ours.
    """
    after = None
    if cursor:
        message_id, position = read_cursor(cursor, 2)
        try:
            after = (UUID(message_id), min(int(position), MOST_A_TEXT))  # no more than a column holds
        except ValueError:
            raise Problem(INVALID, fields={"cursor": [_NOT_A_CURSOR]}) from None
    with refusals(), parts().database.transaction() as session:
        rows, lines = norms.answers_that_cite(session, norm_id, the_person(), limit=PAGE, after=after)
    page = page_of(rows, PAGE, lambda row: [str(row.AnswerCitation.message_id), row.AnswerCitation.position])
    return lines, page.next_cursor


def _repealing(work: Work, typed: str) -> UUID | None:
    """The norm that repeals, from how it was typed.

    :raises Problem: it is not in the register.
    """
    if not typed:
        return None
    try:
        [found] = citing.read(work.session, [{"text": typed}])
    except citing.BadCitationsError as error:
        sentence = translate(error.mistakes[0].sentence, **error.mistakes[0].values)
        raise Problem(INVALID, fields={"repealed_by": [sentence]}) from None
    return UUID(found["norm_id"])

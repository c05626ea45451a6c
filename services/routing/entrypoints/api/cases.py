"""Cases: sheets, and what staff do with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.entrypoints.api.clock_schemas import ClockReportSchema
from services.routing.entrypoints.api.schemas import (
    ActedSchema,
    AnswerSchema,
    AssignSchema,
    CloseSchema,
    MessageSchema,
    NoteSchema,
    SheetSchema,
    TopicChoiceSchema,
)
from services.routing.entrypoints.doing import do, optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import answering, assigning, closing, notes, sheet, sorting
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.languages import current_locale

blueprint = ApiBlueprint("cases", "/cases", "Casos: hojas y lo que se hace con ellos")


@blueprint.get("/<code>")
@blueprint.response(HTTPStatus.OK, SheetSchema)
@signed_in(*ROLES)
def show_case(code: str) -> dict[str, Any]:
    """The sheet of a case."""
    with refusals(), parts().database.transaction() as session:
        return sheet.read_sheet(session, code, the_person(), current_locale())


@blueprint.get("/<code>/sla")
@blueprint.response(HTTPStatus.OK, ClockReportSchema)
@signed_in(*ROLES)
def explain_clocks(code: str) -> dict[str, Any]:
    """Every clock of a case, with the counted intervals behind its deadline."""
    with refusals(), parts().database.transaction() as session:
        return sheet.read_clock_report(session, code, the_person(), current_locale())


@blueprint.post("/<code>/answer")
@blueprint.arguments(AnswerSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def answer(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Send the answer to the official, with the norms it cites; one that is not in force needs a `reason`."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: answering.answer(work, code, person, **sent), mine=sent["body"])
    )


@blueprint.post("/<code>/clarification")
@blueprint.arguments(MessageSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def ask_for_clarification(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Ask the official for facts; the clocks pause until they come."""
    person = the_person()
    return jsonify(
        do(
            optional_key(),
            sent,
            lambda work: answering.ask_for_clarification(work, code, person, **sent),
            mine=sent["body"],
        )
    )


@blueprint.post("/<code>/topic")
@blueprint.arguments(TopicChoiceSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def choose_topic(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Decide the topic, in triage or as a correction."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: sorting.choose_topic(work, code, person, **sent), mine=sent["topic"])
    )


@blueprint.post("/<code>/assign")
@blueprint.arguments(AssignSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def assign(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Take a case, hand it on with a note, or (supervisors) give it to anybody."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: assigning.assign(work, code, person, **sent), mine=sent["note"])
    )


@blueprint.post("/<code>/notes")
@blueprint.arguments(NoteSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def add_note(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Leave a note that only staff see."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: notes.add_note(work, code, person, **sent), mine=sent["body"]))


@blueprint.post("/<code>/close")
@blueprint.arguments(CloseSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*ROLES)
def close(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """End a case."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: closing.close(work, code, person, **sent), mine=sent["note"]))

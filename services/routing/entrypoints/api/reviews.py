"""Review of answers before they are sent."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.review_schemas import (
    CursorSchema,
    ReturnSchema,
    ReviewQueueSchema,
    ReviewRequestSchema,
    ReviewRulesSchema,
    ReviewSchema,
)
from services.routing.entrypoints.api.schemas import ActedSchema, VersionedSchema
from services.routing.entrypoints.doing import do, optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import reviews as store
from services.routing.use_cases import review_reading, reviewing
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.languages import N_, current_locale
from shared.http.paging import page_of, read_cursor
from shared.http.problems import INVALID, Problem

_NOT_A_CURSOR = N_("El cursor no es válido; pida la primera página otra vez.")

blueprint = ApiBlueprint("reviews", "", "Revisión de respuestas antes de enviarlas")

PAGE = 25


def read_position(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The review after which a page begins.

    :raises Problem: the cursor is not one of ours.
    """
    if not cursor:
        return None
    moment, review_id = read_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(review_id)
    except ValueError:
        raise Problem(INVALID, fields={"cursor": [_NOT_A_CURSOR]}) from None


@blueprint.post("/cases/<code>/review")
@blueprint.arguments(ReviewRequestSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def submit(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Ask for a review of an answer; nothing is sent yet, and the clocks run on."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: reviewing.submit(work, code, person, **sent), mine=sent["body"])
    )


@blueprint.get("/cases/<code>/review")
@blueprint.response(HTTPStatus.OK, ReviewSchema)
@signed_in(*who_may(Right.WORK))
def show(code: str) -> dict[str, Any]:
    """The open review of a case, with every round."""
    with refusals(), parts().database.transaction() as session:
        return review_reading.read_review(session, code, the_person(), current_locale())


@blueprint.post("/cases/<code>/review/approve")
@blueprint.arguments(VersionedSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def approve(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Send it under its author's name. Experts of the topic, seniors and supervisors; never the author."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: reviewing.approve(work, code, person, **sent)))


@blueprint.post("/cases/<code>/review/return")
@blueprint.arguments(ReturnSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def give_back(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Return it to its author with what to change."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: reviewing.give_back(work, code, person, **sent), mine=sent["comment"])
    )


@blueprint.post("/cases/<code>/review/withdraw")
@blueprint.arguments(VersionedSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def take_back(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """End the review without sending; the text is its author's draft again."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: reviewing.take_back(work, code, person, **sent)))


@blueprint.get("/reviews")
@blueprint.arguments(CursorSchema, location="query")
@blueprint.response(HTTPStatus.OK, ReviewQueueSchema)
@signed_in(*who_may(Right.WORK))
def queue(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for one's decision, and one's own texts in review."""
    person, locale = the_person(), current_locale()
    with parts().database.transaction() as session:
        rows, lines = review_reading.queue_for(
            session, person, locale, limit=PAGE, after=read_position(query["cursor"])
        )
        own = review_reading.own(session, person, locale)
    page = page_of(rows, PAGE, lambda row: [row.AnswerReview.changed_at.isoformat(), str(row.AnswerReview.review_id)])
    return {"to_decide": lines, "own": own, "next_cursor": page.next_cursor}


@blueprint.get("/review-rules")
@blueprint.response(HTTPStatus.OK, ReviewRulesSchema)
@signed_in(*who_may(Right.WORK))
def read_rules() -> dict[str, Any]:
    """Whose answers are reviewed, by topic."""
    with parts().database.transaction() as session:
        return {"rules": {topic: rule.least_level for topic, rule in store.rules(session).items()}}


@blueprint.put("/review-rules")
@blueprint.arguments(ReviewRulesSchema)
@blueprint.response(HTTPStatus.OK, ReviewRulesSchema)
@signed_in(*who_may(Right.SET_RULES))
def set_rules(sent: dict[str, Any]) -> dict[str, Any]:
    """Change whose answers are reviewed; topics left out stay."""
    with parts().units.begin() as work:
        reviewing.set_rules(work, the_person(), sent["rules"])
        return {"rules": {topic: rule.least_level for topic, rule in store.rules(work.session).items()}}

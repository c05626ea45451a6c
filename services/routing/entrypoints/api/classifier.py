"""The classifier: which model decides, how good it is, what people corrected, going forward and back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.routing.classifier.reading_key import reading_key
from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.classifier_schemas import (
    ChosenSchema,
    ClassifierSchema,
    CorrectionQuerySchema,
    CorrectionsSchema,
    ModelChangeSchema,
    ModelSchema,
    TrainingRunSchema,
)
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.learning import model_acts
from services.routing.store import corrections
from services.routing.use_cases import classifier_status
from shared.accounts.access import signed_in
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header
from shared.http.paging import page_of

blueprint = ApiBlueprint("classifier", "/classifier", "El clasificador: modelos, correcciones y deriva")

_MAY = who_may(Right.SET_RULES)


@blueprint.get("")
@blueprint.response(HTTPStatus.OK, ClassifierSchema)
@signed_in(*_MAY)
def show_classifier() -> dict[str, Any]:
    """The model that decides, the others, how it came to that, and whether what arrives is still what it knows."""
    with parts().database.transaction() as session:
        return classifier_status.read_status(session, reading_key())


@blueprint.get("/models/<version>")
@blueprint.response(HTTPStatus.OK, ModelSchema)
@signed_in(*_MAY)
def show_model(version: str) -> dict[str, Any]:
    """One model with everything that was measured."""
    with model_acts.model_refusals(), parts().database.transaction() as session:
        return classifier_status.read_version(session, version, reading_key())


@blueprint.post("/models/<version>/promote")
@blueprint.arguments(ModelChangeSchema)
@blueprint.response(HTTPStatus.OK, ChosenSchema)
@signed_in(*_MAY)
def promote_model(sent: dict[str, Any], version: str) -> dict[str, str]:
    """Let a model decide from now on."""
    return {"version": model_acts.promote(key_from_header(), version, **sent)}


@blueprint.post("/rollback")
@blueprint.arguments(ModelChangeSchema)
@blueprint.response(HTTPStatus.OK, ChosenSchema)
@signed_in(*_MAY)
def roll_back(sent: dict[str, Any]) -> dict[str, str]:
    """Go back to the model that decided before."""
    return {"version": model_acts.roll_back(key_from_header(), **sent)}


@blueprint.post("/trainings")
@blueprint.response(HTTPStatus.ACCEPTED, TrainingRunSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*_MAY)
def ask_for_training() -> list[dict[str, Any]]:
    """Ask for a training; the clock starts it within a minute or two. Returns the newest ones."""
    model_acts.ask_for_training(key_from_header())
    with parts().database.transaction() as session:
        runs: list[dict[str, Any]] = classifier_status.read_status(session, reading_key())["runs"]
        return runs


@blueprint.get("/corrections")
@blueprint.arguments(CorrectionQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, CorrectionsSchema)
@signed_in(*_MAY)
def list_corrections(query: dict[str, Any]) -> dict[str, Any]:
    """What people decided about topic, kind and urgency, newest first: who, what, why, and what the model had said."""
    after = model_acts.read_position(query["cursor"])
    with parts().database.transaction() as session:
        rows = corrections.page(session, limit=query["limit"], after=after)
    page = page_of(rows, query["limit"], corrections.sort_key)
    return {
        "corrections": [classifier_status.correction_dict(row) for row in page.rows],
        "next_cursor": page.next_cursor,
    }

"""`/api/v1/municipalities`: every municipality of Peru, found as people type."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.intake.entrypoints.acting import read
from services.intake.entrypoints.registering import municipality_json
from services.intake.entrypoints.schemas import MunicipalitiesSchema, MunicipalityQuerySchema
from services.intake.store import municipalities
from shared.accounts.access import public
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("municipalities", "/municipalities", "Municipalidades del Perú por ubigeo del INEI")


@blueprint.get("")
@blueprint.arguments(MunicipalityQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, MunicipalitiesSchema)
@public
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Municipalities with all the words of `q`, blind to accents and capitals; the best first."""
    found = read(lambda session: municipalities.search(session, query["q"], limit=query["limit"]))
    return {"items": [municipality_json(municipality) for municipality in found]}

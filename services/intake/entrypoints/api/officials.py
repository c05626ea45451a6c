"""`/api/v1/officials`: opening an account, and one's own data."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from services.intake.entrypoints import registering
from services.intake.entrypoints.schemas import OfficialSchema, ProfileChangeSchema, RegistrationSchema
from shared.accounts.access import public, signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header

blueprint = ApiBlueprint("officials", "/officials", "Funcionarios: registro y datos propios")


@blueprint.post("")
@blueprint.arguments(RegistrationSchema)
@blueprint.response(HTTPStatus.CREATED, OfficialSchema)
@public
def register(sent: dict[str, Any]) -> dict[str, Any]:
    """Open an account for an official of a municipality.

    With an `Idempotency-Key` a repetition gets the first answer; without one, the e-mail address is the key and a
    repetition gets 409.
    """
    key = key_from_header() if "Idempotency-Key" in request.headers else None
    return registering.register(sent, key).body


@blueprint.get("/me")
@blueprint.response(HTTPStatus.OK, OfficialSchema)
@signed_in("official")
def show_me() -> dict[str, Any]:
    """One's own data."""
    return registering.profile_of(the_person())


@blueprint.patch("/me")
@blueprint.arguments(ProfileChangeSchema)
@blueprint.response(HTTPStatus.OK, OfficialSchema)
@signed_in("official")
def change_me(sent: dict[str, Any]) -> dict[str, Any]:
    """Change one's own data; what is left out stays."""
    return registering.change_profile(the_person(), sent)

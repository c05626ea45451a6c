"""Pages for coming in: the first page, opening an account, one's own data."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.intake.domain.municipality import Municipality, ubigeo_in
from services.intake.entrypoints import registering
from services.intake.entrypoints.acting import form_key, parts, read
from services.intake.entrypoints.schemas import ProfileSchema, RegistrationSchema
from services.intake.store import municipalities
from shared.accounts.access import current_person, public, signed_in, the_person
from shared.accounts.views import open_web_session, with_session
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import INVALID, Problem, translate_messages
from shared.texts import N_

joining = Blueprint("joining", __name__)

_CHOICES = 12
_NONE_FOUND = N_("No encontramos esa municipalidad. Escriba el distrito o la provincia, por ejemplo «Yauli».")
_SEVERAL_FOUND = N_("Hay varias con ese nombre: elija la suya en la lista.")


@joining.get("/")
@public
def home() -> ResponseReturnValue:
    """What this is and how to begin."""
    return render_template("home.html")


@joining.get("/registro")
@public
def registration_form() -> ResponseReturnValue:
    """The form that opens an account."""
    if current_person() is not None:
        return redirect("/consultas", HTTPStatus.SEE_OTHER)
    return _form("register.html", {})


@joining.post("/registro")
@public
def register() -> ResponseReturnValue:
    """Open an account and enter; or show what to correct, or which municipalities to choose from."""
    key = form_key()
    values, errors, choices = _read(RegistrationSchema, request.form)
    if errors:
        return _form("register.html", request.form, errors, choices)
    try:
        answer = registering.register(values, key)
    except Problem as problem:
        return _form("register.html", request.form, _errors_of(problem), status=problem.kind.status)
    if answer.is_repeat:
        return see_other("/ingresar", "ya_registrado")  # whoever repeats a form is not signed in by it
    with parts().units.begin() as work:
        token = open_web_session(work, answer.body["id"])
    return with_session(see_other("/consultar", "bienvenida"), token)


@joining.get("/perfil")
@signed_in("official")
def profile_form() -> ResponseReturnValue:
    """One's own data, to be changed."""
    profile = registering.profile_of(the_person())
    return _form("profile.html", {**profile, "municipality": profile["municipality"]["label"]})


@joining.post("/perfil")
@signed_in("official")
def change_profile() -> ResponseReturnValue:
    """Keep the changes; or show what to correct."""
    values, errors, choices = _read(ProfileSchema, request.form)
    email = the_person().email
    if errors:
        return _form("profile.html", {**request.form, "email": email}, errors, choices)
    try:
        registering.change_profile(the_person(), values)
    except Problem as problem:
        return _form("profile.html", {**request.form, "email": email}, _errors_of(problem))
    return see_other("/perfil", "perfil")


def _form(
    template: str,
    values: Mapping[str, Any],
    errors: Mapping[str, Any] | None = None,
    choices: list[Municipality] | None = None,
    status: int | None = None,
) -> ResponseReturnValue:
    page = render_template(template, values=values, errors=translate_messages(errors or {}), choices=choices or [])
    return page, status or (HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK)


def _read(
    schema: type[RegistrationSchema | ProfileSchema], form: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any], list[Municipality]]:
    """The fields, the messages, and the municipalities to choose from when what was typed fits several.

    Without JavaScript people type a name and pick from a list in a second step; with it they pick while typing, and
    what they pick ends with its ubigeo.
    """
    typed = form.get("municipality", "").strip()[:150]
    picked = form.get("ubigeo") or ubigeo_in(typed)
    choices: list[Municipality] = []
    if not picked and typed:
        choices = read(lambda session: municipalities.search(session, typed, limit=_CHOICES))
        exact = _only_exact(typed, choices)
        picked = exact.ubigeo if exact else None
    values, errors = read_form(schema(), {**form, **({"ubigeo": picked} if picked else {})})
    if not picked:
        errors["municipality"] = errors.pop("ubigeo", [])
        if typed:
            errors["municipality"] = [_SEVERAL_FOUND if choices else _NONE_FOUND]
    return values, errors, choices if not picked else []


def _only_exact(typed: str, choices: list[Municipality]) -> Municipality | None:
    return choices[0] if len(choices) == 1 and typed else None


def _errors_of(problem: Problem) -> dict[str, Any]:
    if problem.kind is INVALID and problem.fields:
        fields = dict(problem.fields)
        if "ubigeo" in fields:
            fields["municipality"] = fields.pop("ubigeo")
        return fields
    return {"email": [f"{problem.kind.title}."] if problem.kind is registering.EMAIL_TAKEN else [problem.kind.advice]}

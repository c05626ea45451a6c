"""A blueprint of the API: flask-smorest's, with types, under `/api/v1`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema

from shared.accounts.access import is_public
from shared.http.problems import UNSUPPORTED_MEDIA, Problem

View = TypeVar("View", bound=Callable[..., Any])

API_ROOT = "/api/v1"


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """Routes of one kind of thing. Give it to `finish_app`.

    The access mark (`@public`, `@signed_in`) goes directly above the function, below every decorator of these.
    """

    def __init__(self, name: str, path: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=API_ROOT + path, description=description)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Route a function, or a MethodView, below the blueprint's path."""
        decorate: Callable[[View], View] = super().route(rule, **options)
        needs_no_token = self.doc(security=[])
        return lambda view: decorate(needs_no_token(view) if is_public(view) else view)

    def get(self, rule: str) -> Callable[[View], View]:
        """Route GET."""
        return self.route(rule, methods=["GET"])

    def post(self, rule: str) -> Callable[[View], View]:
        """Route POST."""
        return self.route(rule, methods=["POST"])

    def patch(self, rule: str) -> Callable[[View], View]:
        """Route PATCH."""
        return self.route(rule, methods=["PATCH"])

    def put(self, rule: str) -> Callable[[View], View]:
        """Route PUT."""
        return self.route(rule, methods=["PUT"])

    def delete(self, rule: str) -> Callable[[View], View]:
        """Route DELETE."""
        return self.route(rule, methods=["DELETE"])

    def arguments(self, schema: type[Schema], **options: Any) -> Callable[[View], View]:
        """Read and check what is sent (`location="query"` for the address), given to the view as a dictionary."""
        may_be_empty = not any(field.required for field in schema().fields.values())
        decorate: Callable[[View], View] = super().arguments(schema, **{"required": not may_be_empty, **options})
        return decorate if "location" in options else lambda view: _only_json(decorate(view))

    def doc(self, **description: Any) -> Callable[[View], View]:
        """Describe what the schemas do not say, as OpenAPI's own words for an operation."""
        decorate: Callable[[View], View] = super().doc(**description)
        return decorate

    def response(
        self, status: HTTPStatus, schema: type[Schema] | None = None, **options: Any
    ) -> Callable[[View], View]:
        """Shape and describe the answer."""
        decorate: Callable[[View], View] = super().response(status, schema, **options)
        return decorate


def _only_json(view: View) -> View:
    """Say that JSON is wanted, instead of that every field is missing."""

    @wraps(view)
    def reading(*args: Any, **kwargs: Any) -> Any:
        if request.get_data() and not request.is_json:
            raise Problem(UNSUPPORTED_MEDIA)
        return view(*args, **kwargs)

    return reading  # type: ignore[return-value]  # same signature, by wraps

"""Errors as people and programs read them: RFC 9457 problem details, translated, with a stable `code`.

The texts are Spanish, the first language of the desk, and are the message ids of the English catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, json, request
from marshmallow import INCLUDE, Schema
from marshmallow import fields as mm

from shared.http.languages import N_, current_locale, translate
from shared.observability.correlation import current_correlation_id

PROBLEM_JSON = "application/problem+json"
_TYPE_BASE = "https://ventanilla.example/problems/"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of error: what happened (`title`) and what to do about it (`advice`)."""

    code: str
    status: HTTPStatus
    title: str
    advice: str


MALFORMED = ProblemType(
    "malformed_request", HTTPStatus.BAD_REQUEST,
    N_("No pudimos leer lo que envió"),
    N_("Revise que el contenido sea JSON o un formulario bien formado, en UTF-8 y sin caracteres nulos."),
)  # fmt: skip
NOT_AUTHENTICATED = ProblemType(
    "not_authenticated", HTTPStatus.UNAUTHORIZED,
    N_("Necesita ingresar"), N_("Su sesión no existe o venció. Ingrese otra vez; lo que escribió no se envió."),
)  # fmt: skip
BAD_CREDENTIALS = ProblemType(
    "bad_credentials", HTTPStatus.UNAUTHORIZED,
    N_("Correo, contraseña o código incorrectos"),
    N_("Revise los datos e inténtelo de nuevo, o pida un enlace de ingreso a su correo."),
)  # fmt: skip
FORBIDDEN = ProblemType(
    "forbidden", HTTPStatus.FORBIDDEN,
    N_("No tiene permiso para esto"), N_("Si cree que debería tenerlo, pídalo a su supervisor."),
)  # fmt: skip
SECOND_FACTOR_REQUIRED = ProblemType(
    "second_factor_required", HTTPStatus.FORBIDDEN,
    N_("Su cuenta necesita un segundo factor"),
    N_("Ingrese con su navegador, abra Mi cuenta y active los códigos de una aplicación; después podrá continuar."),
)  # fmt: skip
CSRF_FAILED = ProblemType(
    "csrf_failed", HTTPStatus.FORBIDDEN,
    N_("No pudimos comprobar que el envío viene de nuestra página"),
    N_("Vuelva a la página, actualícela y envíe de nuevo."),
)  # fmt: skip
NOT_FOUND = ProblemType(
    "not_found", HTTPStatus.NOT_FOUND,
    N_("No encontramos lo que busca"), N_("Revise el código o la dirección. Puede que no le pertenezca a usted."),
)  # fmt: skip
METHOD_NOT_ALLOWED = ProblemType(
    "method_not_allowed", HTTPStatus.METHOD_NOT_ALLOWED,
    N_("Esta dirección no admite esa operación"), N_("Consulte la documentación en /api/docs."),
)  # fmt: skip
NOT_ACCEPTABLE = ProblemType(
    "not_acceptable", HTTPStatus.NOT_ACCEPTABLE,
    N_("No podemos responder en ese formato"), N_("Pida application/json."),
)  # fmt: skip
STALE = ProblemType(
    "stale_version", HTTPStatus.CONFLICT,
    N_("Alguien cambió esto mientras usted lo editaba"),
    N_("Compare ambos textos y vuelva a enviar con la versión actual."),
)  # fmt: skip
CONFLICT = ProblemType(
    "conflict", HTTPStatus.CONFLICT,
    N_("En su estado actual esto no se puede hacer"), N_("Actualice la página para ver el estado actual."),
)  # fmt: skip
TOO_LARGE = ProblemType(
    "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    N_("Lo que envió es demasiado grande"), N_("Acorte el texto o divídalo en varias partes."),
)  # fmt: skip
UNSUPPORTED_MEDIA = ProblemType(
    "unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    N_("No entendemos ese tipo de contenido"), N_("Envíe application/json."),
)  # fmt: skip
INVALID = ProblemType(
    "invalid_fields", HTTPStatus.UNPROCESSABLE_ENTITY,
    N_("Hay datos por corregir"), N_("Corrija los campos señalados y envíe de nuevo."),
)  # fmt: skip
KEY_REUSED = ProblemType(
    "idempotency_key_reused", HTTPStatus.UNPROCESSABLE_ENTITY,
    N_("Esa clave de idempotencia ya se usó con otro contenido"), N_("Use una clave nueva para cada envío distinto."),
)  # fmt: skip
KEY_REQUIRED = ProblemType(
    "idempotency_key_required", HTTPStatus.BAD_REQUEST,
    N_("Falta el encabezado Idempotency-Key"),
    N_("Envíe un identificador propio de 8 a 200 caracteres; así un reintento no crea un duplicado."),
)  # fmt: skip
TOO_MANY = ProblemType(
    "too_many_attempts", HTTPStatus.TOO_MANY_REQUESTS,
    N_("Demasiados intentos"), N_("Espere unos minutos antes de intentarlo otra vez."),
)  # fmt: skip
INTERNAL = ProblemType(
    "internal_error", HTTPStatus.INTERNAL_SERVER_ERROR,
    N_("Algo falló de nuestro lado"),
    N_("Inténtelo de nuevo en un momento. Si sigue igual, indíquenos el número de referencia."),
)  # fmt: skip
UNAVAILABLE = ProblemType(
    "unavailable", HTTPStatus.SERVICE_UNAVAILABLE,
    N_("El servicio no está disponible en este momento"),
    N_("Inténtelo de nuevo en un minuto con la misma clave; si ya se guardó, no se repetirá."),
)  # fmt: skip

BY_STATUS: dict[int, ProblemType] = {
    kind.status: kind
    for kind in (
        MALFORMED, NOT_AUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, CONFLICT, TOO_LARGE,
        UNSUPPORTED_MEDIA, INVALID, TOO_MANY, INTERNAL, UNAVAILABLE,
    )
}  # fmt: skip


class ProblemSchema(Schema):
    """A problem object, for the API's description; a kind of problem may add members of its own."""

    class Meta:
        """More members may come."""

        unknown = INCLUDE

    type = mm.Url()
    title = mm.String()
    status = mm.Integer()
    code = mm.String(metadata={"description": "Stable name of the kind of problem, for programs"})
    detail = mm.String(metadata={"description": "What to do about it"})
    reference = mm.String(metadata={"description": "The request, for whoever looks into it"})
    errors = mm.Dict(metadata={"description": "Messages per field"})


class Problem(Exception):  # noqa: N818 - the RFC's word
    """Raised anywhere below a view; becomes a translated answer.

    :param fields: messages per field of the request, already in words that people understand (Spanish ids).
    :param extra: further members of the problem object, such as the two texts of a stale version.
    """

    def __init__(
        self,
        kind: ProblemType,
        detail: str | None = None,
        *,
        fields: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail
        self.fields = fields
        self.headers = dict(headers or {})
        self.extra = extra

    def to_dict(self) -> dict[str, Any]:
        """The members of the problem object, in the reader's language."""
        body: dict[str, Any] = {
            "type": _TYPE_BASE + self.kind.code,
            "title": translate(self.kind.title),
            "status": int(self.kind.status),
            "code": self.kind.code,
            "detail": translate(self.detail or self.kind.advice),
            "reference": current_correlation_id(),
            **self.extra,
        }
        if self.fields:
            body["errors"] = translate_messages(self.fields)
        return body

    def to_response(self) -> Response:
        """The answer for programs."""
        response = current_app.response_class(
            json.dumps(self.to_dict(), ensure_ascii=False),
            status=int(self.kind.status),
            mimetype=PROBLEM_JSON,
        )
        response.headers.extend(self.headers)
        response.headers["Content-Language"] = current_locale()
        return response


def translate_messages(messages: Any) -> Any:
    """Validation messages, however deeply nested, in the reader's language."""
    if isinstance(messages, Mapping):
        return {str(key): translate_messages(value) for key, value in messages.items()}
    if isinstance(messages, list | tuple):
        return [translate_messages(value) for value in messages]
    return translate(messages if isinstance(messages, str) else str(messages))


def wants_json() -> bool:
    """Whether the caller is a program: it called the API, or says that it does not want a page."""
    if request.path.startswith("/api/") or request.is_json:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"

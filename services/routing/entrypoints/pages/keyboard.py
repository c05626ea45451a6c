"""The keys that do things: their map as a page, and the switch that turns single keys off (WCAG 2.1.4)."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.languages import N_

keyboard = Blueprint("keyboard_pages", __name__)

COOKIE, _OFF = "ventanilla_keys", "off"
_YEAR_SECONDS = 31_536_000

KEYS = (
    (
        N_("En todas las páginas"),
        (
            ("?", N_("mostrar este mapa")),
            ("g c", N_("ir a los casos")),
            ("g r", N_("ir a lo que está en revisión")),
            ("g d", N_("ir a mis borradores")),
            ("g m", N_("ir a mis menciones")),
            ("g b", N_("ir a la biblioteca")),
            ("g s", N_("ir a supervisión")),
            ("/", N_("buscar")),
        ),
    ),
    (
        N_("En una cola"),
        (
            ("j", N_("caso siguiente")),
            ("k", N_("caso anterior")),
            ("Enter", N_("abrir el caso")),
        ),
    ),
    (
        N_("En un caso"),
        (
            ("1 … 9", N_("elegir ese tema candidato, cuando está por clasificar")),
            ("r", N_("escribir la respuesta")),
            ("a", N_("pedir una aclaración")),
            ("n", N_("escribir una nota interna")),
            ("t", N_("corregir el tema")),
            ("p", N_("asignar o pasar a otra persona")),
            ("m", N_("aplicar una macro")),
            ("i", N_("insertar un texto modelo")),
            ("c", N_("cerrar el caso")),
            ("v", N_("ver la revisión")),
            ("u", N_("volver a los casos")),
        ),
    ),
    (
        N_("Al revisar una respuesta"),
        (
            ("e", N_("ir a «Aprobar y enviar»")),
            ("d", N_("escribir qué debe cambiar")),
        ),
    ),
    (
        N_("Mientras escribe (funcionan siempre)"),
        (
            ("Ctrl + Enter", N_("enviar lo escrito")),
            ("Ctrl + S", N_("guardar el borrador")),
            ("Esc", N_("dejar la casilla")),
        ),
    ),
)
"""What keyboard.js does, in the words of the map. A key for one thing only, so that it means the same everywhere."""


def are_off() -> bool:
    """Whether this browser has single keys turned off."""
    return request.cookies.get(COOKIE) == _OFF


@keyboard.get("/atajos")
@signed_in(*who_may(Right.WORK))
def show() -> ResponseReturnValue:
    """The map, and the switch."""
    return render_template("compose/keyboard.html", groups=KEYS)


@keyboard.post("/atajos")
@signed_in(*who_may(Right.WORK))
def switch() -> ResponseReturnValue:
    """Turn single keys off or on for this browser."""
    answer = see_other("/atajos", "atajos")
    answer.set_cookie(
        COOKIE, "on" if request.form.get("teclas") == "on" else _OFF, max_age=_YEAR_SECONDS, samesite="Lax",
        httponly=True, secure=current_app.config["IS_TLS"],
    )  # fmt: skip
    return answer

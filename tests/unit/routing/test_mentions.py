"""Which names a note calls."""

from __future__ import annotations

import pytest

from services.routing.domain.mentions import handle_of, handles


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Mira esto @rosa.huaman, por favor.", ("rosa.huaman",)),
        ("@Ana y @ANA (@luis-p).", ("ana", "luis-p")),
        ("escribió a mesa@muni.example", ()),
        ("correo @rosa@ventanilla.example", ()),
        ("@ solo, y @.", ()),
        ("¿@elena?", ("elena",)),
        ("x@y @z.", ("z",)),
        ("vea http://sitio.example/@ana", ()),
    ],
)
def test_handles_are_found_and_addresses_are_not(text: str, called: tuple[str, ...]) -> None:
    assert handles(text) == called


def test_people_are_called_as_their_address_begins() -> None:
    assert handle_of("Rosa.Huaman@ventanilla.example") == "rosa.huaman"

"""Variables of canned texts, and what is left to fill before a text may go out."""

from __future__ import annotations

import pytest

from services.routing.domain.unresolved import UnresolvedTextError, require_finished, unresolved
from services.routing.domain.variables import fill, unknown_variables


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Sr(a). {{nombre}}:", "Sr(a). María Quispe:"),
        ("{{ nombre }} / {{nombre}}", "María Quispe / María Quispe"),
        ("{{municipio}} y {{municipalidad}}", "Yauli y Yauli"),
        ("{{plazo}}", "{{plazo}}"),
        ("{{otra}} {{ }} {nombre}", "{{otra}} {{ }} {nombre}"),
        ("{{nombre.__class__}} {{7*7}} {% if %}", "{{nombre.__class__}} {{7*7}} {% if %}"),
    ],
)
def test_what_is_known_is_filled_and_the_rest_stays_to_be_seen(text: str, filled: str) -> None:
    assert fill(text, {"nombre": "María Quispe", "municipalidad": "Yauli", "plazo": ""}) == filled


def test_a_value_that_looks_like_a_variable_is_not_filled_again() -> None:
    assert fill("{{nombre}}", {"nombre": "{{codigo}}", "codigo": "V-1"}) == "{{codigo}}"


def test_variables_that_no_case_has_are_named_when_a_text_is_saved() -> None:
    assert unknown_variables("{{nombre}} {{alcalde}} {{municipio}} {{alcalde}}") == ("alcalde",)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Listo.", ()),
        ("Son [[monto]] al {{plazo}}, [[monto]].", ("[[monto]]", "{{plazo}}")),
        ("{{", ("{{",)),
        ("Vea [1] y {a}", ()),
        ("[[]] }}", ("[[]]", "}}")),
    ],
)
def test_places_left_to_fill_are_found_once_each(text: str, places: tuple[str, ...]) -> None:
    assert unresolved(text) == places


def test_a_text_with_places_left_is_refused_naming_them() -> None:
    with pytest.raises(UnresolvedTextError) as refused:
        require_finished("Son [[monto]].")
    assert refused.value.places == ("[[monto]]",)

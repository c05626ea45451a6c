"""Texts that people type: cleaned, bounded, and refused in words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema

from shared.http.fields import Line, Text, read_form
from shared.http.languages import translate
from shared.texts import Phrase


class Form(Schema):
    name = Line(shortest=2, longest=10, required=True)
    note = Text(longest=20, is_blank_none=True, load_default=None)


def messages(**sent: object) -> dict:
    return read_form(Form(), sent)[1]


def test_spaces_and_line_ends_are_put_in_order() -> None:
    values, errors = read_form(Form(), {"name": "  Ana \n Paz ", "note": " uno\r\ndos\u2028tres\r", "csrf_token": "x"})
    assert errors == {}
    assert values == {"name": "Ana Paz", "note": "uno\ndos\ntres"}


def test_a_blank_optional_text_is_nothing() -> None:
    assert read_form(Form(), {"name": "Ana", "note": "  \n "})[0]["note"] is None


def test_a_text_is_kept_in_one_unicode_form() -> None:
    assert read_form(Form(), {"name": unicodedata.normalize("NFD", "Ñusta")})[0]["name"] == "Ñusta"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\u202e", "\u2066", "\ud800"])
def test_characters_that_deceive_or_cannot_be_stored_are_refused(character: str) -> None:
    assert "no se pueden guardar" in messages(name=f"a{character}b")["name"][0]


@pytest.mark.parametrize("text", ["👩🏽‍⚕️ ok", "ಠ_ಠ", "Año №5", "q’ero"])
def test_writing_systems_and_emoji_are_welcome(text: str) -> None:
    assert messages(name=text) == {}


def test_the_bounds_count_what_is_kept() -> None:
    assert messages(name=" " * 50 + "Ana") == {}
    assert messages(name="a") == {"name": ["Escriba al menos 2 caracteres."]}
    assert messages(name="a" * 11) == {"name": ["Escriba 10 caracteres como máximo."]}
    assert messages(name=" ") == {"name": ["Falta este dato."]}
    assert messages() == {"name": ["Falta este dato."]}


def test_a_message_with_a_number_is_translated_before_the_number_is_put_in() -> None:
    message = messages(name="a")["name"][0]
    assert isinstance(message, Phrase)
    assert translate(message, "en") == "Type at least 2 characters."


@given(st.text(max_size=30))
def test_whatever_is_typed_is_kept_clean_or_refused_in_words(text: str) -> None:
    values, errors = read_form(Form(), {"name": text})
    if errors:
        assert errors["name"]
        return
    kept = values["name"]
    assert 2 <= len(kept) <= 10
    assert kept == kept.strip()
    assert "\n" not in kept
    assert Form().load({"name": kept})["name"] == kept

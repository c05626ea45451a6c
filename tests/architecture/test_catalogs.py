"""Every text that people read has its English translation, with the same places to fill, and no catalog is stale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from shared.contracts.catalog import SERVICES

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("shared", *(f"services/{service}" for service in SERVICES))
KEYWORDS = {"_": None, "N_": None, "gettext": None, "translate": None, "ngettext": (1, 2), "translate_plural": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {"**/templates/**": {"newstyle_gettext": "true"}, "**/templates/**.html": {"newstyle_gettext": "true"}}
PLACES = re.compile(r"%\((\w+)\)s")


def texts_of(folder: str) -> Iterator[tuple[str, str]]:
    """(text, file) of every marked text in a folder."""
    for file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT / folder), method_map=METHODS, keywords=KEYWORDS, options_map=OPTIONS
    ):
        yield (message if isinstance(message, str) else message[0]), file


def catalog_of(folder: str) -> Catalog:
    base = "shared/http" if folder == "shared" else folder
    path = ROOT / base / "locale" / "en" / "messages.po"
    assert path.is_file(), f"{base} has no English catalog"
    with path.open("rb") as file:
        return read_po(file, locale="en")


def translated(catalog: Catalog) -> dict[str, str]:
    found: dict[str, str] = {}
    for message in catalog:
        first = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        if first and all(forms) and not message.fuzzy:
            found[first] = forms[-1]
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_marked_text_is_in_the_english_catalog(folder):
    known = set(translated(catalog_of(folder))) | set(translated(catalog_of("shared")))
    missing = {text: file for text, file in texts_of(folder) if text and text not in known}
    assert missing == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_translation_fills_the_same_places_as_its_text(folder):
    different = {
        text: english
        for text, english in translated(catalog_of(folder)).items()
        if set(PLACES.findall(text)) != set(PLACES.findall(english))
    }
    assert different == {}


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder != "shared"])
def test_no_translation_is_left_of_a_text_that_is_gone(folder):
    # The shared catalog also holds messages of marshmallow and webargs, which no extraction sees.
    used = {text for text, _file in texts_of(folder)}
    assert set(translated(catalog_of(folder))) - used == set()

"""Every marked text has its English translation, and no translation is left over or lost a place to fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[2]
TEXTS_OF = {"N_": 1, "_": 1, "translate": 1, "Phrase": 1, "gettext": 1, "ngettext": 2, "translate_plural": 2}
JINJA: Any = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
PLACE = re.compile(r"%\((\w+)\)s|%s")
PACKAGES = {"shared": ROOT / "shared" / "http" / "locale"} | {
    f"services/{folder.name}": folder / "locale" for folder in sorted((ROOT / "services").iterdir()) if folder.is_dir()
}


def marked(package: str) -> Iterator[tuple[str, str]]:
    """(text, where) of every marked text in a package's code and templates."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for argument in node.args[: TEXTS_OF.get(node.func.id, 0)]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value, f"{path.relative_to(ROOT)}:{node.lineno}"
    for path in sorted((ROOT / package).rglob("templates/**/*.html")):
        source = path.read_text(encoding="utf-8")
        for line, function, message in JINJA.extract_translations(source, gettext_functions=tuple(TEXTS_OF)):
            for text in message[: TEXTS_OF[function]] if isinstance(message, tuple) else (message,):
                if text:
                    yield text, f"{path.relative_to(ROOT)}:{line}"


def catalog(folder: Path, locale: str) -> dict[str, str]:
    """The translations of one catalog, plural forms one by one."""
    found: dict[str, str] = {}
    path = folder / locale / "messages.po"
    if not path.exists():
        return found
    with path.open("rb") as file:
        for message in read_po(file, locale=locale):
            if message.id:
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                texts = message.string if isinstance(message.string, tuple) else (message.string,)
                found |= {id_: texts[min(i, len(texts) - 1)] for i, id_ in enumerate(ids)}
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_every_marked_text_is_in_the_english_catalog(package: str) -> None:
    known = catalog(PACKAGES["shared"], "en") | catalog(PACKAGES[package], "en")
    missing = {text: where for text, where in marked(package) if not known.get(text)}
    assert not missing, "\n".join(f"{where}: {text!r}" for text, where in missing.items())


@pytest.mark.parametrize("package", PACKAGES)
def test_no_translation_is_of_a_text_that_is_gone(package: str) -> None:
    used = {text for text, _ in marked(package)}
    assert sorted(catalog(PACKAGES[package], "en").keys() - used) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_translations_keep_the_places_to_fill(package: str) -> None:
    for text, translation in catalog(PACKAGES[package], "en").items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(translation)), text


def test_the_extractor_sees_templates_and_code() -> None:
    texts = {text for text, _ in marked("shared")}
    assert {"Ir al contenido", "Hay datos por corregir", "Necesita ingresar", "Demasiados intentos"} <= texts


@pytest.mark.parametrize("folder", sorted(path for path in ROOT.glob("s*/**/templates") if path.is_dir()), ids=str)
def test_templates_compile(folder: Path) -> None:
    for path in sorted(folder.rglob("*.html")):
        JINJA.parse(path.read_text(encoding="utf-8"), filename=str(path))

"""Languages: Spanish first, English second, ready for a third.

Texts in code and templates are Spanish and serve as message ids, so the first language can never be incomplete; a
test keeps the English catalog complete. Catalogs are `.po` files read at start: there is no compile step to forget.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

from shared.texts import N_ as N_  # noqa: PLC0414 - marks are used wherever texts are: offered here too
from shared.texts import Phrase as Phrase  # noqa: PLC0414 - the same

LOCALES = ("es", "en")
DEFAULT_LOCALE = "es"
LOCALE_COOKIE = "ventanilla_lang"
_ZONE = ZoneInfo("America/Lima")
_spoken: ContextVar[str] = ContextVar("spoken", default=DEFAULT_LOCALE)
_catalog_folders: list[Path] = [Path(__file__).parent / "locale"]


def add_catalogs(folder: Path) -> None:
    """Look for `<locale>/messages.po` in another folder too."""
    if folder not in _catalog_folders:
        _catalog_folders.append(folder)
        translations_for.cache_clear()


@cache
def translations_for(locale: str) -> NullTranslations:
    """Every catalog of a language, merged."""
    merged: NullTranslations = NullTranslations()
    for folder in _catalog_folders:
        path = folder / locale / "messages.po"
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale)
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        loaded = Translations(compiled)
        loaded.add_fallback(merged)
        merged = loaded
    return merged


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak somebody's language where there is no request: to people whose wish a background process carries out."""
    token = _spoken.set(locale if locale in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _spoken.reset(token)


def current_locale() -> str:
    """The language of the answer being made: chosen, else the person's, else the browser's, else Spanish.

    A program has nowhere to choose but in its request, so what it asks for there comes before the person's.
    """
    if not has_request_context():
        return _spoken.get()
    if "locale" not in g:
        g.locale = _negotiate()
    locale: str = g.locale
    return locale


def _negotiate() -> str:
    for wanted in (request.args.get("lang"), request.cookies.get(LOCALE_COOKIE)):
        if wanted in LOCALES:
            return str(wanted)
    person = None if "Authorization" in request.headers and request.accept_languages else g.get("person")
    if person is not None and person.locale in LOCALES:
        return str(person.locale)
    return request.accept_languages.best_match(LOCALES, default=DEFAULT_LOCALE) or DEFAULT_LOCALE


def translate(text: str, locale: str | None = None, **values: Any) -> str:
    """A marked text in a language, with `%(name)s` places filled."""
    if isinstance(text, Phrase):
        return translate(text.template, locale, **text.values)
    found = translations_for(locale or current_locale()).gettext(text) if text else ""
    return found % values if values else found


def translate_plural(singular: str, plural: str, number: int, **values: Any) -> str:
    """The form of a marked text that fits a number."""
    found = translations_for(current_locale()).ngettext(singular, plural, number)
    return found % {"num": number, **values}


def moment(value: datetime | None, pattern: str = "medium") -> str:
    """A moment as people in Peru read it, in their language."""
    if value is None:
        return "—"
    locale = current_locale()
    chosen = _OWN_PATTERNS.get((locale, pattern)) or _PATTERNS.get(pattern, pattern)
    formatted: str = format_datetime(value.astimezone(_ZONE), chosen, locale=locale)
    return formatted


_PATTERNS = {"medium": "EEE d MMM y, HH:mm", "day": "EEEE d MMMM", "short": "d MMM, HH:mm"}
_OWN_PATTERNS = {("es", "day"): "EEEE d 'de' MMMM"}


def span(seconds: float) -> str:
    """A length of time in words, rounded: «3 horas»."""
    words: str = format_timedelta(int(seconds), locale=current_locale(), threshold=1.2)
    return words


def _translate_text(text: str) -> str:
    return translate(text)


def _translate_count(singular: str, plural: str, number: int) -> str:
    return translations_for(current_locale()).ngettext(singular, plural, number)


def decimal(value: float, digits: int = 2) -> str:
    """A number with the decimal sign of the reader's language."""
    written: str = format_decimal(value, format=f"0.{'0' * digits}", locale=current_locale())
    return written


def _in_language(locale: str) -> str:
    """The address of this page in another language, with all that it was asked."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return "?" + urlencode([*asked, ("lang", locale)])


def install_languages(app: Flask) -> None:
    """Give templates `_`, `ngettext` and filters (`moment`, `span`, `decimal`); remember which language was chosen."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        gettext=_translate_text, ngettext=_translate_count, newstyle=True
    )
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["span"] = span
    app.jinja_env.filters["decimal"] = decimal
    app.context_processor(lambda: {"locale": current_locale(), "locales": LOCALES, "in_language": _in_language})

    @app.after_request
    def remember(response: Any) -> Any:
        chosen = request.args.get("lang")
        if chosen in LOCALES:
            response.set_cookie(LOCALE_COOKIE, str(chosen), max_age=31_536_000, samesite="Lax", httponly=True)
        response.headers.setdefault("Content-Language", current_locale())
        response.vary.add("Accept-Language")
        return response

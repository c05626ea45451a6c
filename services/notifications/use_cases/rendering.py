"""From a template's files and values to the texts of a message, in the recipient's language.

Everything is rendered when the message is written into the ledger, not when it is sent: the row holds exactly what
every attempt sends, and a template that lacks a value fails its event, visibly, instead of a message in the night
(ADR 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from services.notifications.domain import gsm7

_FOLDER = Path(__file__).resolve().parents[1] / "templates"
_LIMA = ZoneInfo("America/Lima")
_LONG = {"es": "EEEE d 'de' MMMM 'de' y, HH:mm '(hora de Perú)'", "en": "EEEE d MMMM y, HH:mm '(Peru time)'"}
_SHORT = "EEE d MMM, HH:mm"
_LONGEST_SUBJECT = 150
_EXCERPT_MARK = "\ufffc"


@dataclass(frozen=True, slots=True)
class Mail:
    """The three texts of an e-mail."""

    subject: str
    body_text: str
    body_html: str


@dataclass(frozen=True, slots=True)
class Sms:
    """The text of an SMS, and the messages it is paid as."""

    text: str
    segments: int


def render_mail(name: str, locale: str, values: dict[str, Any]) -> Mail:
    """An e-mail.

    :raises jinja2.UndefinedError: the template needs a value that is missing.
    """
    values = {**values, "locale": locale}
    return Mail(
        subject=one_line(_template(locale, f"{name}/{locale}/subject.txt").render(values)),
        body_text=_template(locale, f"{name}/{locale}/body.txt").render(values).strip() + "\n",
        body_html=_template(locale, f"{name}/{locale}/body.html").render(values),
    )


def render_sms(name: str, locale: str, values: dict[str, Any], *, excerpt_of: str = "") -> Sms:
    """An SMS; where its template says `excerpt` stands as much of `excerpt_of` as leaves it one message.

    :raises jinja2.UndefinedError: the template needs a value that is missing.
    """
    template = _template(locale, f"{name}/{locale}/sms.txt")
    rendered = " ".join(template.render({**values, "locale": locale, "excerpt": _EXCERPT_MARK}).split())
    before, mark, after = rendered.partition(_EXCERPT_MARK)
    excerpt = gsm7.excerpt_that_fits(before, excerpt_of, after) if mark else ""
    text = gsm7.transliterate(" ".join(f"{before}{excerpt}{after}".split()))
    return Sms(text, gsm7.measure(text).segments)


def one_line(text: str) -> str:
    """A text fit for a mail header: one line, bounded. A line break would let a text write headers of its own."""
    joined = " ".join(text.split())
    return joined if len(joined) <= _LONGEST_SUBJECT else joined[: _LONGEST_SUBJECT - 1].rstrip() + "…"


@cache
def _template(locale: str, name: str) -> Template:
    return _environment(locale).get_template(name)


@cache
def _environment(locale: str) -> Environment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["moment"] = lambda at: _format(at, _LONG[locale], locale)
    environment.filters["short_moment"] = lambda at: _format(at, _SHORT, locale)
    environment.filters["paragraphs"] = _paragraphs
    return environment


def _format(at: datetime, pattern: str, locale: str) -> str:
    formatted: str = format_datetime(at.astimezone(_LIMA), pattern, locale=locale)
    return formatted


def _paragraphs(text: str) -> Markup:
    """What somebody typed, as HTML: escaped, with its paragraphs and line breaks."""
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Markup("").join(
        Markup('<p style="margin:0 0 8px">{}</p>').format(Markup("<br>").join(map(escape, block.strip().split("\n"))))
        for block in blocks
    )

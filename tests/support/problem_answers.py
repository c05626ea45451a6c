"""What every refusal must look like, to a program and to a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from shared.contracts.catalog import SERVICES
from shared.http.languages import add_catalogs, translations_for

_ROOT = Path(__file__).resolve().parents[2]
_MEMBERS = {"type", "title", "status", "code", "detail", "reference"}
# What an error of ours would let slip: a trace, a path, SQL, the name of a library.
TELLTALES = ("Traceback", 'File "', "site-packages", "sqlalchemy", "psycopg", "werkzeug", "SELECT ", "line 1 column")

for _service in SERVICES:
    add_catalogs(_ROOT / "services" / _service / "locale")

Send = Callable[[dict[str, str]], httpx.Response]
"""Sends one request with the given headers beside its own."""


def refused(send: Send, status: int, code: str) -> dict[str, Any]:
    """The problem that a program gets, after checking it in both languages.

    `send` is called twice: without any wish for a language, which must give Spanish, and with a wish for English.
    """
    spanish, english = (_problem(send(headers), status, code) for headers in ({}, {"Accept-Language": "en"}))
    catalog = translations_for("en")
    for member in ("title", "detail"):
        assert spanish[member] != english[member], spanish
        assert catalog.gettext(spanish[member]) == english[member], (spanish, english)
    return spanish


def refused_page(http: httpx.Client, method: str, path: str, status: int, **options: Any) -> str:
    """The page that a person gets, after checking it in both languages: as it comes, and chosen by its link."""
    headers = {"Accept": "text/html", **options.pop("headers", {})}
    spanish = _page(http.request(method, path, headers=headers, **options), status, "es")
    separator = "&" if "?" in path else "?"
    english = _page(http.request(method, f"{path}{separator}lang=en", headers=headers, **options), status, "en")
    http.cookies.delete("ventanilla_lang")  # the choice is remembered; the next page shall come as it comes
    assert _heading(spanish) != _heading(english), spanish
    return spanish


def assert_discreet(answer: httpx.Response) -> None:
    """An answer that tells nothing about what is inside of us, and is no error of ours."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:500])
    slipped = [word for word in TELLTALES if word in answer.text]
    assert not slipped, (slipped, answer.text[:500])


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert_discreet(answer)
    assert answer.headers["Content-Type"] == "application/problem+json", (answer.status_code, answer.text[:300])
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= _MEMBERS, problem
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert problem["type"].endswith(f"/{code}")
    assert problem["reference"] == answer.headers["X-Correlation-ID"]
    return problem


def _heading(page: str) -> str:
    return page.partition("<h1>")[2].partition("</h1>")[0]


def _page(answer: httpx.Response, status: int, language: str) -> str:
    assert_discreet(answer)
    assert answer.status_code == status, (answer.status_code, answer.text[:1500])
    assert answer.headers["Content-Type"].startswith("text/html"), answer.headers
    assert f'<html lang="{language}">' in answer.text, answer.text[:300]
    assert "<h1>" in answer.text
    assert "</html>" in answer.text
    return answer.text

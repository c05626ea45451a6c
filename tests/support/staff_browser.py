"""The pages of the desk as a browser without scripts uses them: cookies, hidden fields, redirections."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.accounts.people import Person
from tests.support.routing_desk import PASSWORD


class StaffBrowser:
    """One browser of one member of staff. `page` is what it shows."""

    def __init__(self, client: FlaskClient, person: Person | None = None) -> None:
        self.client = client
        self.page = ""
        if person is not None:
            self.open("/ingresar")
            assert self.send("/ingresar", email=person.email, password=PASSWORD).status_code == 200

    def open(self, path: str, status: int = 200) -> str:
        """Go to a page."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page

    def send(self, action: str, *, to: str | None = None, **values: Any) -> TestResponse:
        """Fill in the form of the page that belongs to `action`, press its button, or one that sends it elsewhere."""
        answer = self.client.post(to or action, data={**self.hidden(action), **values}, follow_redirects=True)
        self.page = answer.text
        return answer

    def hidden(self, action: str) -> dict[str, Any]:
        """The hidden fields of a form of the page."""
        found = _Forms(self.page).fields
        assert action in found, (action, sorted(found))
        return found[action]

    def typed(self, box: str) -> str:
        """What a text box of the page holds."""
        found = re.search(rf'<textarea id="{box}"[^>]*>(.*?)</textarea>', self.page, re.DOTALL)
        assert found is not None, box
        return unescape(found[1])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Forms(HTMLParser):
    """The hidden fields of each form of a page, by the form's address; the first form of an address counts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, Any]] = {}
        self._open: dict[str, Any] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and their hidden fields; a name that comes more than once is a list."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = values.get("action", "")
            self._open = {}
            self.fields.setdefault(action, self._open)
        elif tag == "input" and values.get("type") == "hidden" and self._open is not None:
            name, value = values["name"], values.get("value", "")
            self._open[name] = [*_listed(self._open[name]), value] if name in self._open else value

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self._open = None

"""One routing application with staff, and browsers and programs that call it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from services.routing.entrypoints import wsgi
from services.routing.entrypoints.learning.models import load_classifier
from shared.accounts.people import Person
from shared.messaging.processes import Parts
from tests.support.routing_desk import MODELS, PASSWORD, Desk

PAGE = {"Accept": "text/html"}


@dataclass
class Browser:
    """A browser without JavaScript; `agent` is what it says of itself."""

    client: FlaskClient
    agent: str = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, headers=self._headers())
        assert answer.status_code == status, (answer.status_code, answer.text[:500])
        return answer.text

    def open(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self._headers())

    def send(self, path: str, form: dict[str, Any] | None = None, page: str = "/ingresar") -> TestResponse:
        """Send a form with the tokens that `page` shows."""
        shown = self.client.get(page, headers=self._headers()).text
        tokens = {
            name: found[1]
            for name in ("csrf_token", "form_token")
            if (found := re.search(rf'name="{name}" value="([^"]+)"', shown))
        }
        return self.client.post(path, data={**tokens, **(form or {})}, headers=self._headers())

    def enter(self, person: Person, code: str = "", password: str = PASSWORD) -> TestResponse:
        return self.send("/ingresar", {"email": person.email, "password": password, "code": code})

    def secret(self) -> str:
        """The secret that the enrolment page shows."""
        found = re.search(r'class="secret">([A-Z2-7 ]+)<', self.get("/cuenta/segundo-factor"))
        assert found is not None
        return found[1].replace(" ", "")

    def enrol(self) -> tuple[str, list[str]]:
        """Set up a second factor: its secret, and the recovery codes."""
        secret = self.secret()
        form = {"code": pyotp.TOTP(secret).now(), "password": PASSWORD}
        answer = self.send("/cuenta/segundo-factor", form, "/cuenta/segundo-factor")
        assert answer.status_code == 200, answer.text[:800]
        return secret, re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)

    def _headers(self) -> dict[str, str]:
        return {**PAGE, "User-Agent": self.agent, **self.headers}


@pytest.fixture
def desk(parts: Callable[..., Parts]) -> Desk:
    load_classifier(MODELS)  # building it takes longer than a transaction may
    return Desk(parts("routing"))


@pytest.fixture
def browser(desk: Desk) -> Callable[..., Browser]:
    """Opens browsers of one application."""
    app = wsgi.build_app(desk.parts)
    return lambda **values: Browser(app.test_client(), **values)


@pytest.fixture
def audit_lines(desk: Desk) -> Callable[[], list[tuple[str, str]]]:
    """(action, role) of every line of the audit."""

    def lines() -> list[tuple[str, str]]:
        with desk.parts.database.transaction() as session:
            rows = session.execute(text("SELECT action, actor_role FROM audit_entry ORDER BY seq")).all()
        return [(row.action, row.actor_role) for row in rows]

    return lines


def forget_last_step(desk: Desk) -> None:
    """As if time had passed since the last code, so that the present one was not used yet."""
    desk.run("UPDATE account SET totp_last_step = totp_last_step - 2 WHERE totp_last_step IS NOT NULL")

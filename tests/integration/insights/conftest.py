"""Fixtures of insights: its database and handlers, its web application, somebody signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.insights.entrypoints.events import handlers
from services.insights.entrypoints.wsgi import build_app
from services.insights.use_cases.operators import DEMO_EMAIL, seed_demo_operator
from shared.accounts.passwords import DEMO_PASSWORD
from shared.contracts.envelope import Envelope
from shared.messaging.processes import Parts

PASSWORD = DEMO_PASSWORD


@pytest.fixture
def insights(parts: Callable[..., Parts]) -> Parts:
    return parts("insights", is_demo=True)


@pytest.fixture
def apply(insights: Parts) -> Callable[[Iterable[Envelope]], None]:
    """Apply events, each in a transaction of its own, in the order given."""

    def apply_all(envelopes: Iterable[Envelope]) -> None:
        for each in envelopes:
            with insights.units.begin() as work:
                handlers.handle(each, work)

    return apply_all


@pytest.fixture
def app(insights: Parts) -> Flask:
    with insights.units.begin() as work:
        seed_demo_operator(work)
    made = build_app(insights)
    made.testing = True
    return made


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def token(stranger: FlaskClient) -> str:
    answer = stranger.post("/api/v1/sessions", json={"email": DEMO_EMAIL, "password": PASSWORD})
    assert answer.status_code == 201, answer.json
    return str(answer.json["token"])


@pytest.fixture
def operator(app: Flask) -> FlaskClient:
    """A browser with the operator's session."""
    client = app.test_client()
    page = client.get("/ingresar").get_data(as_text=True)
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/ingresar", data={"csrf_token": csrf, "email": DEMO_EMAIL, "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client

"""Intake's web application and event handlers on a fresh database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from services.intake.entrypoints import wsgi
from services.intake.entrypoints.events import handlers
from services.intake.settings import Settings
from shared.contracts.case import (
    Advisor,
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClassified,
    CaseClosed,
    CaseReassigned,
    CaseRescheduled,
    Topic,
)
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.message import MessageDelivered
from shared.ids import new_id
from shared.messaging.processes import Parts

PASSWORD = "una frase larga y propia"
NOW = datetime.now(UTC).replace(microsecond=0)
DUE = NOW + timedelta(days=2)
TOPIC = Topic(code="presupuesto", name_es="Presupuesto", name_en="Budget")
ROSA = Advisor(id=new_id(), full_name="Rosa Huamán")
LUIS = Advisor(id=new_id(), full_name="Luis Paz")


@pytest.fixture
def intake(parts: Callable[..., Parts]) -> Parts:
    """Connections to a fresh database of intake, with its own tables."""
    return parts("intake", is_demo=True)


@pytest.fixture
def app(intake: Parts) -> Iterator[Flask]:
    made = wsgi.build_app(Settings(intake.settings))
    made.testing = True
    yield made
    made.extensions["ventanilla_database"].dispose()
    made.extensions["ventanilla_parts"].broker.close()


@pytest.fixture
def rows(intake: Parts) -> Callable[..., list[Any]]:
    """Runs a query on intake's database."""

    def query(statement: str, **values: Any) -> list[Any]:
        with intake.database.transaction() as session:
            return list(session.execute(text(statement), values).all())

    return query


@pytest.fixture
def emitted(rows: Callable[..., list[Any]]) -> Callable[[], list[str]]:
    """The types of the events that intake emitted, in their order."""
    return lambda: [row[0] for row in rows("SELECT type FROM outbox_event ORDER BY event_id")]


@dataclass
class Official:
    """An official who calls the API."""

    client: FlaskClient
    id: UUID
    email: str
    token: str

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any, key: str | None = None) -> TestResponse:
        return self.call("POST", path, json=json, headers={"Idempotency-Key": key} if key else {})

    def ask(self, body: str = "¿Qué requisitos pide la norma?", subject: str = "") -> str:
        """Send a consultation; returns its code."""
        answer = self.post("/consultations", {"subject": subject, "body": body}, key=str(new_id()))
        assert answer.status_code == 201, answer.text
        return str(answer.json["code"])

    def sheet(self, code: str) -> dict[str, Any]:
        answer = self.get(f"/consultations/{code}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)


@pytest.fixture
def registration() -> Callable[..., dict[str, Any]]:
    numbers = count(1)

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "email": f"persona{next(numbers)}@muni.gob.pe", "password": PASSWORD, "full_name": "Ana Pérez",
            "ubigeo": "090117", "position": "Tesorera", "phone": "987654321", **changes,
        }  # fmt: skip

    return make


@pytest.fixture
def official(app: Flask, registration: Callable[..., dict[str, Any]]) -> Callable[..., Official]:
    """Registers somebody and signs them in to the API."""

    def enter(**changes: Any) -> Official:
        client = app.test_client(use_cookies=False)
        sent = registration(**changes)
        made = client.post("/api/v1/officials", json=sent)
        assert made.status_code == 201, made.text
        session = client.post("/api/v1/sessions", json={"email": sent["email"], "password": sent["password"]})
        return Official(client, UUID(made.json["id"]), sent["email"], session.json["token"])

    return enter


@dataclass
class Desk:
    """Plays routing's part: its events, numbered as routing numbers them, given to intake's handlers."""

    parts: Parts
    case: dict[str, Any]
    numbers: Any = field(default_factory=lambda: count(1))

    def envelope(self, event: Event, sequence: int | None = None) -> Envelope:
        return Envelope(
            id=new_id(), source="routing", type=event.TYPE, version=event.VERSION, subject=event.subject,
            sequence=sequence or next(self.numbers), time=NOW, correlation_id="c", causation_id=None,
            traceparent=None, data=event.to_data(),
        )  # fmt: skip

    def deliver(self, *envelopes: Envelope) -> None:
        for envelope in envelopes:
            with self.parts.units.begin() as work:
                handlers.handle(envelope, work)

    def tell(self, *events: Event) -> None:
        self.deliver(*(self.envelope(event) for event in events))

    def classified(self, **changes: Any) -> CaseClassified:
        values = {
            "topic": TOPIC, "kind": "tramite", "is_urgent": False, "confidence": 0.9, "needs_triage": False,
            "decided_by": "model", "model_version": "1", "promised_at": DUE, "classified_at": NOW,
        }  # fmt: skip
        return CaseClassified(**self.case, **{**values, **changes})

    def assigned(self, advisor: Advisor = ROSA, **changes: Any) -> CaseAssigned:
        values = {
            "subject_line": "", "topic": TOPIC, "is_urgent": False, "advisor": advisor, "reason": "",
            "promised_at": DUE, "assigned_at": NOW,
        }  # fmt: skip
        return CaseAssigned(**self.case, **{**values, **changes})

    def reassigned(self, advisor: Advisor) -> CaseReassigned:
        return CaseReassigned(
            **self.case, subject_line="", topic=TOPIC, is_urgent=False, advisor=advisor,
            previous_advisor_id=ROSA.id, reason="", promised_at=DUE, assigned_at=NOW,
        )  # fmt: skip

    def asked_back(self, body: str = "¿De qué año es?") -> CaseClarificationRequested:
        return CaseClarificationRequested(**self.case, advisor=ROSA, message_id=new_id(), body=body, requested_at=NOW)

    def rescheduled(self, reason: str, promised_at: datetime | None = DUE) -> CaseRescheduled:
        return CaseRescheduled(**self.case, promised_at=promised_at, reason=reason, rescheduled_at=NOW)

    def answered(self, body: str = "Así se hace.", at: datetime | None = None) -> CaseAnswered:
        answered_at = at or datetime.now(UTC)
        return CaseAnswered(
            **self.case, advisor=ROSA, message_id=new_id(), body=body, is_first_answer=True, answered_at=answered_at
        )

    def closed(self, outcome: str = "answered", note: str = "") -> CaseClosed:
        return CaseClosed(**self.case, outcome=outcome, note=note, closed_at=datetime.now(UTC))

    def delivered(self, recipient: UUID | None = None, channel: str = "email") -> MessageDelivered:
        return MessageDelivered(
            message_id=new_id(), consultation_id=self.case["consultation_id"],
            recipient_id=recipient or self.case["official_id"], channel=channel, template="answered",
            evidence="250 ok", delivered_at=NOW,
        )  # fmt: skip


@pytest.fixture
def desk(intake: Parts) -> Callable[[Official, str], Desk]:
    def of(who: Official, code: str) -> Desk:
        return Desk(intake, {"consultation_id": UUID(who.sheet(code)["id"]), "code": code, "official_id": who.id})

    return of


@dataclass
class Browser:
    """A person at the pages: keeps cookies, sends forms with their hidden fields."""

    client: FlaskClient

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status, answer.text
        return answer.text

    def tokens(self, path: str) -> dict[str, str]:
        return dict(re.findall(r'name="(csrf_token|form_token)" value="([^"]+)"', self.get(path)))

    def send(self, path: str, form: dict[str, Any], page: str | None = None, **options: Any) -> TestResponse:
        """Fill the form of `page` and press its button."""
        data = {**self.tokens(page or path), **form}
        return self.client.post(path, data=data, headers={"Accept": "text/html"}, **options)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def signed_in(browser: Browser, official: Callable[..., Official]) -> tuple[Browser, Official]:
    who = official()
    answer = browser.send("/ingresar", {"email": who.email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return browser, who

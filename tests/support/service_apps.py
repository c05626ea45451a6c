"""The web application of each service on a fresh database with something of everything, and people to call it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from flask import Flask

from services.insights.entrypoints import wsgi as insights_web
from services.insights.use_cases.operators import DEMO_EMAIL, seed_demo_operator
from services.intake.entrypoints import wsgi as intake_web
from services.intake.settings import Settings as IntakeSettings
from services.notifications.entrypoints import events as notifications_events
from services.notifications.entrypoints import wsgi as notifications_web
from services.notifications.settings import MailSettings, SmsSettings
from services.notifications.settings import Settings as NotificationsSettings
from services.routing.entrypoints import wsgi as routing_web
from services.routing.entrypoints.learning.models import load_classifier
from shared.accounts import people
from shared.ids import new_id
from shared.messaging.processes import Parts
from tests.support.notifications_desk import DLR_TOKEN, NotificationsDesk
from tests.support.routing_desk import MODELS, Desk
from tests.support.sla_editing import save, try_out

READ_TOKEN = "token-de-lectura-de-prueba"
STRANGER = "stranger"
OTHER_PEOPLE = {"official", "advisor", "senior", "supervisor", "admin", "operator"}
OpenParts = Callable[..., Parts]


@dataclass
class ServiceApp:
    """An application, tokens of its people by role, and values of path parameters that lead somewhere.

    `outsider`: the token of somebody of the first role to whom none of these belong.
    """

    service: str
    app: Flask
    tokens: dict[str, str]
    known: dict[str, list[str]] = field(default_factory=dict)
    outsider: str = ""

    def headers(self, role: str) -> dict[str, str]:
        """What a program of this role sends with every request."""
        return {} if role == STRANGER else {"Authorization": f"Bearer {self.tokens[role]}"}


ROLES = {
    "intake": ("official",),
    "routing": ("advisor", "senior", "supervisor", "admin"),
    "notifications": ("reader",),
    "insights": ("operator",),
}
"""Who has a token of each service. (Notifications has no people; its reader holds the ledger's token.)"""


@contextlib.contextmanager
def service_app(service: str, parts: OpenParts) -> Iterator[ServiceApp]:
    """Build one; `parts` is the fixture of that name."""
    with _BUILDERS[service](parts) as built:
        built.app.testing = False  # errors become answers, as in production
        yield built


@contextlib.contextmanager
def _intake(parts: OpenParts) -> Iterator[ServiceApp]:
    app = intake_web.build_app(IntakeSettings(parts("intake", is_demo=True).settings))
    client = app.test_client(use_cookies=False)
    person = {
        "email": "ana@muni.gob.pe", "password": "una frase larga y propia", "full_name": "Ana Pérez",
        "ubigeo": "090117", "position": "Tesorera", "phone": "987654321",
    }  # fmt: skip
    assert client.post("/api/v1/officials", json=person).status_code == 201
    answer = client.post("/api/v1/sessions", json={"email": person["email"], "password": person["password"]})
    token = answer.get_json()["token"]
    other = {**person, "email": "luis@muni.gob.pe", "full_name": "Luis Paz", "phone": "987654322"}
    assert client.post("/api/v1/officials", json=other).status_code == 201
    entered = client.post("/api/v1/sessions", json={"email": other["email"], "password": other["password"]})
    outsider = entered.get_json()["token"]
    codes = []
    for body in ("¿Cómo se rinde un encargo interno?", "¿Qué plazo hay para la nota modificatoria?"):
        sent = client.post(
            "/api/v1/consultations", json={"body": body},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())},
        )  # fmt: skip
        codes.append(sent.get_json()["code"])
    yield ServiceApp("intake", app, {"official": token}, {"code": codes}, outsider)
    app.extensions["ventanilla_database"].dispose()
    app.extensions["ventanilla_parts"].broker.close()


@contextlib.contextmanager
def _routing(parts: OpenParts) -> Iterator[ServiceApp]:
    load_classifier(MODELS)  # building it takes longer than a transaction may
    desk = Desk(parts("routing", is_demo=True))
    advisor, supervisor = desk.advisor(capacity=50), desk.supervisor()
    senior, admin = desk.colleague("Gladys Cusihuamán", "senior"), desk.colleague("Julia Espinoza", "admin")
    sent = [desk.submit(topic) for topic in ("presupuesto", "presupuesto", "contrataciones", "fuera_de_alcance")]
    people_by_role = {"advisor": advisor, "senior": senior, "supervisor": supervisor, "admin": admin}
    tokens = {role: desk.token(person) for role, person in people_by_role.items()}
    save(desk, supervisor, "policy", lambda content: content | {"reopen_within_days": 40})
    trial = try_out(desk, supervisor, "policy")
    known = {
        "code": [one.code for one in sent], "advisor_id": [str(advisor.id)], "run_id": [str(trial.run_id)],
        "number": ["1"],
    }  # fmt: skip
    outsider = desk.token(desk.advisor("Luis Paz", programas_sociales=3))
    yield ServiceApp("routing", routing_web.build_app(desk.parts), tokens, known, outsider)


@contextlib.contextmanager
def _notifications(parts: OpenParts) -> Iterator[ServiceApp]:
    made = parts("notifications")
    settings = NotificationsSettings(
        service=made.settings,
        mail=MailSettings(url="smtp://127.0.0.1:9", sender="Ventanilla <v@ventanilla.example>", reply_to=""),
        sms=SmsSettings(
            url="http://127.0.0.1:9/cgi-bin/sendsms", user="v", password="v", sender="Ventanilla",
            dlr_base_url="http://127.0.0.1", dlr_token=DLR_TOKEN,
        ),
        intake_url="http://intake.example", routing_url="http://routing.example", read_token=READ_TOKEN,
        hourly_cap=60,
    )  # fmt: skip
    desk = NotificationsDesk(made, settings)
    with _event_handlers_of(desk, settings):
        ids = desk.write(3, phone="+51987654321")
    for message_id in ids[:2]:
        desk.change("UPDATE message SET state = 'failed' WHERE message_id = :id", id=message_id)
    known = {"message_id": [str(message_id) for message_id in ids], "token": [DLR_TOKEN]}
    yield ServiceApp("notifications", notifications_web.build_app(settings, made), {"reader": READ_TOKEN}, known)
    desk.close()


@contextlib.contextmanager
def _insights(parts: OpenParts) -> Iterator[ServiceApp]:
    made = parts("insights", is_demo=True)
    with made.units.begin() as work:
        seed_demo_operator(work)
        operator = people.find_by_email(work.session, DEMO_EMAIL)
        assert operator is not None
        token = people.open_session(work.session, operator.id, kind="api")
    yield ServiceApp("insights", insights_web.build_app(made), {"operator": token})


@contextlib.contextmanager
def _event_handlers_of(desk: NotificationsDesk, settings: NotificationsSettings) -> Iterator[None]:
    """The handlers find settings and templates in their process; for a moment that is this one."""
    before = notifications_events.settings, notifications_events.writer
    notifications_events.settings = cache(lambda: settings)
    notifications_events.writer = desk.writer
    yield
    notifications_events.settings, notifications_events.writer = before


_BUILDERS = {"intake": _intake, "routing": _routing, "notifications": _notifications, "insights": _insights}

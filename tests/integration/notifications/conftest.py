"""Fixtures of notifications: its database (which refuses undeclared moves), sandboxes, senders, its web application."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from deploy.local.ports import free_ports
from services.notifications.domain.message import MOVES
from services.notifications.entrypoints import events
from services.notifications.entrypoints.wsgi import build_app
from services.notifications.settings import MailSettings, Settings, SmsSettings
from shared.messaging.processes import Parts
from tests.support.notifications_desk import DLR_TOKEN, NotificationsDesk
from tests.support.sandboxes import SMS_PASSWORD, SMS_USER, MailSandbox, SmsSandbox, mail_sandbox, sms_sandbox

pytestmark = pytest.mark.integration

READ_TOKEN = "token-de-lectura-de-prueba"

_GUARD = """
CREATE FUNCTION refuse_undeclared_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN ({moves}) THEN
        RAISE EXCEPTION 'undeclared move of a message: % -> %', OLD.state, NEW.state;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION refuse_undeclared_move();
"""


@pytest.fixture(scope="session")
def _mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailSandbox]:
    with mail_sandbox(tmp_path_factory.mktemp("mail")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _sms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmsSandbox]:
    with sms_sandbox(tmp_path_factory.mktemp("sms")) as sandbox:
        yield sandbox


@pytest.fixture
def mail(_mail: MailSandbox) -> MailSandbox:
    _mail.clear()
    return _mail


@pytest.fixture
def sms(_sms: SmsSandbox) -> SmsSandbox:
    _sms.clear()
    return _sms


@pytest.fixture
def notifications(parts: Callable[..., Parts]) -> Parts:
    made = parts("notifications")
    moves = ", ".join(f"('{move.source}', '{move.to}')" for move in MOVES)
    with made.database.transaction() as session:
        session.execute(text(_GUARD.format(moves=moves)))
    return made


@pytest.fixture
def settings(notifications: Parts, mail: MailSandbox, sms: SmsSandbox) -> Settings:
    (port,) = free_ports(1)
    return Settings(
        service=notifications.settings,
        mail=MailSettings(url=mail.url, sender="Ventanilla <ventanilla@ventanilla.example>", reply_to=""),
        sms=SmsSettings(
            url=sms.url, user=SMS_USER, password=SMS_PASSWORD, sender="Ventanilla",
            dlr_base_url=f"http://127.0.0.1:{port}", dlr_token=DLR_TOKEN,
        ),
        intake_url="http://intake.example", routing_url="http://routing.example", read_token=READ_TOKEN,
        hourly_cap=60, receipt_wait_seconds=0.2,
    )  # fmt: skip


@pytest.fixture
def desk(notifications: Parts, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotificationsDesk]:
    monkeypatch.setattr(events, "settings", lambda: settings)
    made = NotificationsDesk(notifications, settings)
    monkeypatch.setattr(events, "writer", made.writer)
    yield made
    made.close()


@pytest.fixture
def web(notifications: Parts, settings: Settings) -> Iterator[None]:
    """The web process, where the SMS sandbox reports to."""
    port = int(settings.sms.dlr_base_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, build_app(settings, notifications), threaded=True)
    server.daemon_threads = False  # a report that is being taken in is waited for before its connection is closed
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join(5)
    server.server_close()

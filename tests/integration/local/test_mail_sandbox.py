"""The mail sandbox over real SMTP and HTTP."""

import http.client
import json
import smtplib
from contextlib import closing
from email.message import EmailMessage

import pytest

from tests.integration.local.conftest import Sandbox
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _clean(mail: Sandbox) -> None:
    mail.fault("none", count=None)
    mail.json("/api/messages", "DELETE")


def letter(subject: str = "Recibimos su consulta V-7K3M-92QX: año fiscal", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ventanilla <ventanilla@muni.example>"
    message["To"] = "oficial@muni.example"
    message["Subject"] = subject
    message["Message-ID"] = headers.get("message_id", "<one@ventanilla.example>")
    message.set_content("Hola, ñandú.\n")
    message.add_alternative("<p>Hola, <b>ñandú</b>.</p><script>alert(1)</script>", subtype="html")
    return message


def send(mail: Sandbox, message: EmailMessage, *recipients: str) -> None:
    with smtplib.SMTP("127.0.0.1", mail.ports[0], timeout=5) as link:
        link.send_message(message, to_addrs=recipients or ("oficial@muni.example",))


def total(mail: Sandbox, query: str = "") -> int:
    return mail.json(f"/api/messages{query}")["total"]


def test_a_message_that_was_accepted_can_be_read_with_both_its_parts(mail: Sandbox) -> None:
    send(mail, letter(), "uno@muni.example", "dos@muni.example")
    (summary,) = mail.json("/api/messages")["messages"]
    assert summary["to"] == ["uno@muni.example", "dos@muni.example"]
    assert summary["subject"] == "Recibimos su consulta V-7K3M-92QX: año fiscal"
    message = mail.json(f"/api/messages/{summary['id']}")
    assert message["text"].strip() == "Hola, ñandú."
    assert "<b>ñandú</b>" in message["html"]
    status, raw = mail.request(f"/messages/{summary['id']}/raw")
    assert status == 200
    assert b"Message-ID: <one@ventanilla.example>" in raw


def test_messages_are_found_by_recipient_subject_and_identifier(mail: Sandbox) -> None:
    send(mail, letter(), "uno@muni.example")
    send(mail, letter("Otra cosa", message_id="<two@ventanilla.example>"), "dos@muni.example")
    assert total(mail, "?to=UNO@") == 1
    assert total(mail, "?subject=A%C3%91O") == 1
    assert total(mail, "?message_id=two@ventanilla.example") == 1
    assert total(mail, "?to=uno&subject=otra") == 0
    page = mail.json("/api/messages?limit=1&offset=1")
    assert (page["total"], len(page["messages"])) == (2, 1)


def test_messages_survive_a_restart_of_the_sandbox(mail: Sandbox) -> None:
    send(mail, letter())
    before = mail.json("/api/messages")
    mail.restart()
    assert mail.json("/api/messages") == before


def test_the_html_of_a_mail_runs_nothing_and_fetches_nothing(mail: Sandbox) -> None:
    send(mail, letter("<script>alert(2)</script>"))
    name = mail.json("/api/messages")["messages"][0]["id"]
    page = mail.request(f"/messages/{name}")[1].decode()
    assert "<iframe sandbox " in page
    assert "<script>" not in page
    assert "Sólo para desarrollo" in page
    with closing(http.client.HTTPConnection("127.0.0.1", mail.ports[1])) as connection:
        connection.request("GET", f"/messages/{name}/html")
        policy = connection.getresponse().headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")


def test_a_message_with_headers_nobody_can_parse_is_kept_and_shown(mail: Sandbox) -> None:
    raw = b"From: =?utf-8?q?=ff?= <\xff@\r\nTo: \r\nMessage-ID: <<>@[\r\nSubject: =?x-nope?b?!!?=\r\n\r\nhola\xff\r\n"
    with smtplib.SMTP("127.0.0.1", mail.ports[0], timeout=5) as link:
        link.sendmail("a@b.example", ["c@d.example"], raw)
    (summary,) = mail.json("/api/messages?to=c@d.example")["messages"]
    assert mail.request(f"/messages/{summary['id']}")[0] == 200
    assert mail.request("/")[0] == 200


@pytest.mark.parametrize(("mode", "code"), [("refuse_4xx", 451), ("refuse_5xx", 550)])
def test_a_refusal_is_said_and_nothing_is_kept(mail: Sandbox, mode: str, code: int) -> None:
    mail.fault(mode, count=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as caught:
            send(mail, letter())
        assert caught.value.smtp_code == code
    assert total(mail) == 0
    send(mail, letter())  # the fault is used up
    assert total(mail) == 1


@pytest.mark.parametrize(("mode", "kept"), [("drop_before_data", 0), ("drop_after_data", 1), ("hang_after_data", 1)])
def test_a_broken_connection_leaves_the_sender_uncertain(mail: Sandbox, mode: str, kept: int) -> None:
    mail.fault(mode, seconds=0.2)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail, letter())
    assert total(mail) == kept


def test_a_slow_server_answers_late(mail: Sandbox) -> None:
    mail.fault("delay", seconds=0.4)
    with smtplib.SMTP("127.0.0.1", mail.ports[0], timeout=0.2) as link, pytest.raises(OSError, match="timed out"):
        link.send_message(letter())


def test_a_server_that_does_not_listen_refuses_and_comes_back(mail: Sandbox) -> None:
    mail.fault("refuse_connection", count=None)

    def is_refused() -> bool:
        try:
            send(mail, letter())
        except ConnectionRefusedError:
            return True
        return False

    eventually(is_refused)
    mail.fault("none", count=None)
    eventually(lambda: not is_refused())


@pytest.mark.parametrize(
    "document",
    [
        {"mode": "unknown"},
        {},
        {"mode": "delay", "seconds": -1},
        {"mode": "delay", "count": 0},
        {"mode": "delay", "x": 1},
    ],
)
def test_a_wrong_switch_is_refused_and_changes_nothing(mail: Sandbox, document: dict[str, object]) -> None:
    status, body = mail.request("/api/faults", "POST", document)
    assert status == 422
    assert json.loads(body)["status"] == 422
    assert mail.json("/api/faults")["mode"] == "none"


def test_a_foreign_page_cannot_use_the_sandbox(mail: Sandbox) -> None:
    assert mail.request("/api/messages", headers={"Host": "evil.example"})[0] == 421
    assert mail.request("/api/faults", "POST", {"mode": "none"}, {"Content-Type": "text/plain"})[0] == 415


def test_what_does_not_exist_is_not_found(mail: Sandbox) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    for path in (
        f"/messages/{unknown}",
        f"/api/messages/{unknown}",
        f"/messages/{unknown}/raw",
        "/x",
        "/messages/../x",
    ):
        assert mail.request(path)[0] == 404
    assert mail.request("/api/messages", "PUT")[0] in (405, 501)


def test_a_message_can_be_deleted(mail: Sandbox) -> None:
    send(mail, letter())
    name = mail.json("/api/messages")["messages"][0]["id"]
    assert mail.json(f"/api/messages/{name}", "DELETE") == {"deleted": 1}
    assert total(mail) == 0
    assert mail.request(f"/api/messages/{name}", "DELETE")[0] == 404

"""The SMS sandbox: Kannel's interface, and delivery reports to a real receiver."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest

from deploy.local.ports import free_ports
from tests.integration.local.conftest import Sandbox
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

USER = {"username": "ventanilla", "password": "secret"}


class Receiver:
    """A web server that takes delivery reports, and can be told to be down."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self.paths: list[str] = []
        self.status = 200
        self._server: ThreadingHTTPServer | None = None

    def url(self, reference: str) -> str:
        return f"http://127.0.0.1:{self.port}/dlr?id={reference}&state=%d&reply=%A&to=%P&plus=%2B"

    def kinds(self, reference: str) -> list[str]:
        found = [parse_qs(urlsplit(path).query) for path in self.paths]
        return [query["state"][0] for query in found if query["id"] == [reference]]

    def start(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if receiver.status == 200:
                    receiver.paths.append(self.path)
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(autouse=True)
def _clean(sms: Sandbox) -> None:
    sms.fault("none", count=None)
    sms.json("/api/messages", "DELETE")


def send(sms: Sandbox, **parameters: str) -> tuple[int, str]:
    values = {**USER, "to": "+51987654321", "from": "VENTANILLA", "text": "Su consulta fue recibida", **parameters}
    query = urlencode({name.replace("_", "-"): value for name, value in values.items() if value is not None})
    status, body = sms.request(f"/cgi-bin/sendsms?{query}")
    return status, body.decode()


def test_an_accepted_message_is_on_the_phone(sms: Sandbox) -> None:
    assert send(sms, text="Código V-7K3M: mañana €") == (202, "0: Accepted for delivery")
    (message,) = sms.json("/api/messages?to=987654321&text=V-7K3M")["messages"]
    assert (message["to"], message["from"], message["alphabet"]) == ("+51987654321", "VENTANILLA", "GSM-7")
    assert message["segments"] == ["C?digo V-7K3M: mañana €"]  # GSM-7 has ñ and €, and no ó
    page = sms.request("/phones/+51987654321")[1].decode()
    assert "C?digo V-7K3M" in page
    assert "Sólo para desarrollo" in page
    assert "+51987654321" in sms.request("/")[1].decode()


def test_unicode_arrives_whole_and_in_shorter_segments(sms: Sandbox) -> None:
    text = "ó" * 71
    assert send(sms, text=text, coding="2", charset="UTF-8")[0] == 202
    (message,) = sms.json("/api/messages")["messages"]
    assert (message["alphabet"], [len(part) for part in message["segments"]]) == ("UCS-2", [67, 4])


def test_unicode_without_a_charset_is_utf16_big_endian(sms: Sandbox) -> None:
    raw = quote_plus("añó".encode("utf-16-be"))
    query = urlencode({**USER, "to": "51987654321", "from": "V", "coding": "2"}) + f"&text={raw}"
    assert sms.request(f"/cgi-bin/sendsms?{query}")[0] == 202
    assert sms.json("/api/messages")["messages"][0]["text"] == "añó"


def test_a_form_that_is_posted_works_too(sms: Sandbox) -> None:
    body = urlencode({**USER, "to": "51987654321", "from": "V", "text": "hola"})
    connection = http.client.HTTPConnection("127.0.0.1", sms.ports[0])
    connection.request("POST", "/cgi-bin/sendsms", body, {"Content-Type": "application/x-www-form-urlencoded"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (202, b"0: Accepted for delivery")
    connection.close()


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"password": "guess"}, 403, "Authorization failed for sendsms"),
        ({"username": "other"}, 403, "Authorization failed for sendsms"),
        ({"to": None}, 400, "Missing receiver number, rejected"),
        ({"to": " "}, 400, "Empty receiver number not allowed, rejected"),
        ({"to": "casa"}, 400, "Number(s) has/have been denied by white- and/or black-lists."),
        ({"from": ""}, 400, "Sender missing and no global set, rejected"),
        ({"dlr_url": "ftp://x", "dlr_mask": "31"}, 400, "DLR-URL field misformed, rejected"),
        ({"dlr_mask": "64"}, 400, "DLR-Mask field misformed, rejected"),
        ({"coding": "7"}, 400, "Coding field misformed, rejected"),
        ({"charset": "no-such"}, 400, "Charset or body misformed, rejected"),
    ],
)
def test_what_kannel_refuses_is_refused_in_its_words(
    sms: Sandbox, changes: dict[str, str], status: int, text: str
) -> None:
    assert send(sms, **changes) == (status, text)
    assert sms.json("/api/messages")["total"] == 0


def test_reports_arrive_in_order_with_the_codes_filled_in(sms: Sandbox, receiver: Receiver) -> None:
    send(sms, dlr_mask="31", dlr_url=receiver.url("a"))
    eventually(lambda: receiver.kinds("a") == ["8", "1"])
    query = parse_qs(urlsplit(receiver.paths[-1]).query)
    assert query["to"] == ["+51987654321"]
    assert query["reply"] == ["stat:DELIVRD err:000"]
    assert query["plus"] == ["+"]
    eventually(lambda: all(report["answered_at"] for report in sms.json("/api/messages")["messages"][0]["reports"]))


def test_only_reports_that_were_asked_for_are_sent(sms: Sandbox, receiver: Receiver) -> None:
    send(sms, dlr_mask="1", dlr_url=receiver.url("asked"))
    send(sms, dlr_url=receiver.url("none"))
    eventually(lambda: receiver.kinds("asked") == ["1"])
    assert sms.json("/api/messages")["messages"][0]["reports"] == []


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("dlr_failed", ["8", "2"]),
        ("dlr_rejected", ["16"]),
        ("dlr_buffered", ["8", "4", "1"]),
        ("dlr_twice", ["8", "8", "1", "1"]),
        ("dlr_out_of_order", ["1", "4", "8"]),
    ],
)
def test_reports_misbehave_as_told(sms: Sandbox, receiver: Receiver, mode: str, kinds: list[str]) -> None:
    sms.fault(mode)
    send(sms, dlr_mask="31", dlr_url=receiver.url(mode))
    send(sms, dlr_mask="31", dlr_url=receiver.url("next"))
    eventually(lambda: receiver.kinds(mode) == kinds)
    eventually(lambda: receiver.kinds("next") == ["8", "1"])


def test_a_report_is_repeated_until_its_receiver_is_back(sms: Sandbox, receiver: Receiver) -> None:
    receiver.stop()
    send(sms, dlr_mask="31", dlr_url=receiver.url("late"))
    receiver.status = 503
    receiver.start()
    eventually(lambda: sms.json("/api/messages")["total"] == 1)
    receiver.status = 200
    eventually(lambda: receiver.kinds("late") == ["8", "1"], within=20)


def test_reports_that_are_due_survive_a_restart_of_the_sandbox(sms: Sandbox, receiver: Receiver) -> None:
    receiver.stop()
    send(sms, dlr_mask="31", dlr_url=receiver.url("kept"))
    sms.restart()
    receiver.start()
    eventually(lambda: receiver.kinds("kept") == ["8", "1"], within=20)


def test_a_line_cut_short_by_a_crash_is_dropped(sms: Sandbox) -> None:
    send(sms, text="whole")
    with (sms.folder / "messages.jsonl").open("a") as file:
        file.write('{"sms": {"id": "torn')
    sms.restart()
    send(sms, text="after")
    sms.restart()
    assert [message["text"] for message in sms.json("/api/messages")["messages"]] == ["after", "whole"]


@pytest.mark.parametrize(("mode", "status"), [("error_500", 500), ("error_503", 503), ("too_many_429", 429)])
def test_an_error_keeps_nothing(sms: Sandbox, mode: str, status: int) -> None:
    sms.fault(mode)
    assert send(sms)[0] == status
    assert sms.json("/api/messages")["total"] == 0
    assert send(sms)[0] == 202


@pytest.mark.parametrize(
    ("mode", "kept"), [("drop_before_accept", 0), ("drop_after_accept", 1), ("hang_after_accept", 1)]
)
def test_a_broken_connection_leaves_the_sender_uncertain(sms: Sandbox, mode: str, kept: int) -> None:
    sms.fault(mode, seconds=0.1)
    with pytest.raises(http.client.RemoteDisconnected):
        send(sms)
    assert sms.json("/api/messages")["total"] == kept


def test_bodies_that_are_too_large_or_no_json_are_refused(sms: Sandbox) -> None:
    status, _ = sms.request("/api/faults", "POST", {"mode": "x" * (1 << 20)})
    assert status == 413
    connection = http.client.HTTPConnection("127.0.0.1", sms.ports[0])
    connection.request("POST", "/api/faults", "{", {"Content-Type": "application/json"})
    response = connection.getresponse()
    assert response.status == 400
    assert json.loads(response.read())["title"] == "Bad Request"
    connection.close()

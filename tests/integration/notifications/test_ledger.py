"""The ledger over HTTP: who may read it, what they see, and how what rests is sent again."""

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.notifications.entrypoints.gauges import LedgerCollector
from services.notifications.entrypoints.wsgi import build_app
from services.notifications.store import ledger
from shared.contracts.account import AccessLinkRequested
from shared.contracts.case import CaseAnswered
from shared.ids import new_id
from tests.integration.notifications.conftest import READ_TOKEN
from tests.support.events import an_event
from tests.support.notifications_desk import NotificationsDesk

pytestmark = pytest.mark.integration

MOBILE = "+51987654321"
UNKNOWN = "019ab000-0000-7000-8000-000000000001"
BEARER = {"Authorization": f"Bearer {READ_TOKEN}"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"operador:{READ_TOKEN}".encode()).decode()}


@pytest.fixture
def client(settings, notifications):
    return build_app(settings, notifications).test_client()


@pytest.fixture
def guest(settings, notifications):
    """Somebody on the machine that shows the demonstration, without a token."""
    demo = replace(settings, service=replace(settings.service, is_demo=True))
    return build_app(demo, notifications).test_client()


def listed(client, **query):
    answer = client.get("/api/v1/messages", query_string=query, headers=BEARER)
    assert answer.status_code == 200, answer.json
    return answer.json["messages"]


def resend(client, message_id, key="clave-de-prueba", headers=BEARER):
    return client.post(f"/api/v1/messages/{message_id}/resend", headers={**headers, "Idempotency-Key": key})


# --- who may read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/messages", f"/api/v1/messages/{UNKNOWN}", "/", f"/mensajes/{UNKNOWN}"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic bm86bm8="}])
def test_nobody_reads_without_the_token(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer" if path.startswith("/api") else "Basic ")


def test_without_a_token_configured_none_is_right(settings, notifications):
    client = build_app(replace(settings, read_token=""), notifications).test_client()
    for headers in ({"Authorization": "Bearer "}, {"Authorization": "Bearer x"}, {"Authorization": "Basic Og=="}):
        assert client.get("/", headers=headers).status_code == 401


def test_the_token_opens_the_api_as_bearer_and_the_pages_as_password(client, desk):
    desk.write()
    assert client.get("/api/v1/messages", headers=BEARER).json["messages"][0]["address"] == "maria@muni.example"
    assert client.get("/api/v1/messages", headers=BASIC).status_code == 401
    assert b"maria@muni.example" in client.get("/", headers=BASIC).data


def test_a_guest_of_the_demonstration_sees_masked_addresses(guest, desk):
    desk.write(phone=MOBILE)
    addresses = {message["address"] for message in guest.get("/api/v1/messages").json["messages"]}
    assert addresses == {"m***@muni.example", "+51 *** *** 321"}
    assert b"maria@muni.example" not in guest.get("/").data


@pytest.mark.parametrize("header", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}])
def test_a_stranger_behind_a_proxy_is_no_guest(guest, header):
    assert guest.get("/", headers=header).status_code == 401


def test_a_stranger_on_another_machine_is_no_guest(guest):
    assert guest.get("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 401


def test_a_guest_with_a_wrong_token_is_told_so(guest):
    assert guest.get("/api/v1/messages", headers={"Authorization": "Bearer wrong"}).status_code == 401


# --- what they see ---------------------------------------------------------------------------------------------


def test_the_messages_of_one_consultation_are_found_by_its_code(client, desk):
    desk.write(phone=MOBILE)
    desk.say(an_event(CaseAnswered, official_id=desk.an_official(), code="V-AAAA-BBBB"))
    found = listed(client, subject=" v-7k3m-92qx ")
    assert {message["channel"] for message in found} == {"email", "sms"}
    assert {(message["subject"], message["recipient_kind"]) for message in found} == {("V-7K3M-92QX", "official")}
    assert listed(client, subject="V-0000-0000") == []


def test_pages_of_the_ledger_go_on_where_the_last_one_ended(client, desk):
    written = desk.write(7)
    seen, cursor = [], None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/api/v1/messages", query_string=query, headers=BEARER).json
        seen += [message["id"] for message in answer["messages"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(message_id) for message_id in reversed(written)]


def test_the_ledger_is_filtered_by_state_and_channel(client, desk, mail):
    mail.misbehave("refuse_5xx", count=1)
    desk.write(2, phone=MOBILE)
    desk.drain(desk.a_sender())
    assert [m["state"] for m in listed(client, state="failed")] == ["failed"]
    assert len(listed(client, state="not_delivered")) == 3
    assert len(listed(client, state="not_delivered", channel="sms")) == 2
    assert [m["state"] for m in listed(client, state="submitted")] == ["submitted"]


@pytest.mark.parametrize(
    "query",
    [{"state": "lost"}, {"channel": "fax"}, {"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"},
     {"cursor": "WyJ4Il0"}, {"unknown": 1}, {"subject": "x" * 61}],
)  # fmt: skip
def test_a_wrong_question_is_explained(client, query):
    answer = client.get("/api/v1/messages", query_string=query, headers=BEARER)
    assert answer.status_code == 422
    assert answer.json["code"] == "invalid_fields"
    assert set(answer.json["errors"]) == set(query)


def test_the_sheet_shows_every_attempt(client, desk, mail):
    (message_id,) = desk.write()
    mail.misbehave("refuse_4xx", count=1)
    sender = desk.a_sender()
    desk.drain(sender)
    desk.make_due()
    desk.drain(sender)
    sheet = client.get(f"/api/v1/messages/{message_id}", headers=BEARER).json
    assert [attempt["outcome"] for attempt in sheet["tries"]] == ["unavailable", "accepted"]
    assert sheet["tries"][1]["reply"].startswith("250 ")
    assert sheet["text"].startswith("Hola, ")
    assert not sheet["may_resend"]
    page = client.get(f"/mensajes/{message_id}", headers=BASIC).text
    assert "proveedor no disponible" in page
    assert "451 4.3.0 Fallo temporal de prueba" in page


@pytest.mark.parametrize("message_id", [UNKNOWN, "x"])
def test_a_message_that_is_none_is_not_found(client, message_id):
    assert client.get(f"/api/v1/messages/{message_id}", headers=BEARER).status_code == 404


def test_nobody_reads_a_link_in_the_ledger(client, desk):
    desk.say(an_event(AccessLinkRequested, expires_at=datetime.now(UTC) + timedelta(minutes=5)))
    (message_id,) = desk.ids()
    assert client.get(f"/api/v1/messages/{message_id}", headers=BEARER).json["text"] is None
    assert "https://ventanilla.example/enlace" not in client.get(f"/mensajes/{message_id}", headers=BASIC).text


# --- sending again ---------------------------------------------------------------------------------------------


@pytest.fixture
def failed(desk: NotificationsDesk, mail):
    (message_id,) = desk.write()
    mail.misbehave("refuse_5xx", count=1)
    desk.drain(desk.a_sender())
    return message_id


def test_what_failed_is_sent_again_once_per_key(client, desk, mail, failed):
    assert client.get(f"/api/v1/messages/{failed}", headers=BEARER).json["may_resend"]
    first, second = resend(client, failed), resend(client, failed)
    assert (first.status_code, first.json) == (202, {"id": str(failed), "state": "pending"})
    assert second.json == first.json
    desk.drain(desk.a_sender())
    assert resend(client, failed).json == first.json  # even now: the same key, the same answer
    desk.drain(desk.a_sender())
    assert desk.outcomes(failed) == ["refused", "accepted"]
    assert len(mail.messages()) == 1
    assert desk.told("delivered") == [failed]


def test_what_was_held_by_the_cap_is_released_by_a_person(client, desk, mail):
    desk.with_cap(1)
    official = desk.an_official()
    desk.write(1, official_id=official)
    (held,) = desk.write(1, official_id=official)
    assert resend(client, held).status_code == 202
    desk.drain(desk.a_sender())
    assert desk.states() == {"submitted": 2}


def test_what_has_arrived_or_is_on_its_way_is_not_sent_again(client, desk):
    (message_id,) = desk.write()
    assert resend(client, message_id).status_code == 409
    desk.drain(desk.a_sender())
    answer = resend(client, message_id, key="otra-clave-más")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_sending_again_needs_a_key_and_a_message_and_the_token(client, failed):
    assert client.post(f"/api/v1/messages/{failed}/resend", headers=BEARER).status_code == 400
    assert resend(client, new_id()).status_code == 404
    assert resend(client, failed, headers={}).status_code == 401


def test_a_link_whose_text_is_gone_cannot_be_sent_again(client, desk):
    desk.say(an_event(AccessLinkRequested, expires_at=datetime.now(UTC) + timedelta(minutes=5)))
    (message_id,) = desk.ids()
    desk.change("UPDATE message SET state = 'failed', expires_at = NULL")
    desk.change("UPDATE message_content SET redacted_at = clock_timestamp()")
    assert resend(client, message_id).status_code == 409


def test_the_page_sends_again_with_its_form(client, desk, failed):
    page = client.get(f"/mensajes/{failed}", headers=BASIC).text
    fields = dict(re.findall(r'name="(csrf_token|form_token)" value="([^"]+)"', page))
    answer = client.post(f"/mensajes/{failed}/reenvio", data=fields, headers=BASIC)
    assert (answer.status_code, answer.location) == (303, f"/mensajes/{failed}?aviso=reenviado")
    assert "volvió a la cola" in client.get(answer.location, headers=BASIC).text
    assert desk.message(failed).state == "pending"


def test_a_form_of_another_site_is_refused(client, desk, failed):
    answer = client.post(f"/mensajes/{failed}/reenvio", data={"form_token": "x" * 20}, headers=BASIC)
    assert answer.status_code == 403
    assert desk.message(failed).state == "failed"


def test_the_page_of_the_ledger_says_what_is_going_on(client, desk, failed):
    page = client.get("/", headers=BASIC).text
    assert "No entregados (1)" in page
    assert "550 5.1.1 Rechazo definitivo de prueba" in page
    english = client.get("/?lang=en&estado=all", headers=BASIC).text
    assert "Message ledger" in english
    assert client.get("/?codigo=V-0000-0000", headers=BASIC).status_code == 200
    assert client.get("/?cursor=basura", headers=BASIC).status_code == 422
    assert client.get(f"/?codigo={'x' * 80}", headers=BASIC).status_code == 422


# --- figures ---------------------------------------------------------------------------------------------------


def test_the_gauges_tell_what_waits_and_what_rests(desk, failed):
    desk.write(2, phone=MOBILE)
    desk.change("UPDATE channel_breaker SET is_open = true WHERE channel = 'sms'")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in LedgerCollector(desk.parts.database).collect()
        for sample in metric.samples
    }
    prefix = "ventanilla_notifications_"
    assert samples[(f"{prefix}messages", "email", "pending")] == 2
    assert samples[(f"{prefix}messages", "sms", "pending")] == 2
    assert samples[(f"{prefix}messages", "email", "failed")] == 1
    assert samples[(f"{prefix}messages", "email", "held")] == 0
    assert samples[(f"{prefix}breaker_open", "sms")] == 1
    assert samples[(f"{prefix}breaker_open", "email")] == 0
    assert samples[(f"{prefix}oldest_pending_seconds", "email")] > 0


def test_what_is_not_delivered_is_found_through_its_own_index(desk):
    with desk.parts.database.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            row[0]
            for row in session.execute(
                text("""
                    EXPLAIN SELECT message_id FROM message
                     WHERE state = 'failed' AND state IN ('pending', 'sending', 'uncertain', 'failed', 'held')
                     ORDER BY message_id DESC LIMIT 50
                """)
            )
        )
        assert "message_not_delivered" in plan
        assert ledger.count_not_delivered(session) == {}

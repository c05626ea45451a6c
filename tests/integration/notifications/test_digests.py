"""Deadline notices: a burst is one letter per person, nothing goes out before the desk opens, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.notifications.entrypoints import events
from services.notifications.entrypoints.ledger_report import report_text, told_of
from services.notifications.entrypoints.wsgi import build_app
from shared.contracts.account import AccountRegistered
from shared.contracts.case import CaseEscalated, CaseRescheduled, SlaBreached, SlaWarning
from shared.ids import new_id
from shared.messaging.clock_process import ClockProcess
from shared.messaging.processes import build_consumer
from tests.integration.notifications.conftest import READ_TOKEN
from tests.support.events import an_envelope, an_event

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "digest_window", lambda: timedelta(minutes=1))


def a_supervisor(desk: Any) -> UUID:
    account_id = new_id()
    desk.say(an_event(AccountRegistered, account_id=account_id, role="supervisor", locale="es"))
    return account_id


def end_window(desk: Any) -> None:
    """The window ends: the clock writes what is due."""
    with desk.parts.database.transaction() as session:
        session.execute(
            text("UPDATE timer SET due_at = clock_timestamp(), try_at = clock_timestamp() WHERE state = 'armed'")
        )
    clock = ClockProcess(
        desk.parts.settings, desk.parts.units, build_consumer(desk.parts, events.handlers), events.timer_handlers
    )
    clock.fire_due()


def digests(desk: Any) -> list[Any]:
    return desk.rows(
        "SELECT recipient_id, subject, body_text FROM message JOIN message_content USING (message_id)"
        " WHERE template = 'sla_digest' ORDER BY message.created_at"
    )


def an_escalation(boss: UUID, number: int, **values: Any) -> CaseEscalated:
    made = {
        "supervisor_ids": (boss,),
        "advisor_id": None,
        "cause": "sla_breached",
        "notify_at": None,
        "late_seconds": 0,
    }
    return an_event(CaseEscalated, consultation_id=new_id(), code=f"V-0000-{number:04d}", **{**made, **values})


def test_two_hundred_breaches_at_once_are_one_letter_to_each_supervisor(desk: Any) -> None:
    boss = a_supervisor(desk)
    envelopes = [an_envelope(an_escalation(boss, number), source="routing") for number in range(200)]
    desk.handle(*envelopes[:120])
    desk.handle(*envelopes[120:])
    desk.handle(*envelopes[:5])
    assert digests(desk) == []
    end_window(desk)
    end_window(desk)
    [letter] = digests(desk)
    assert letter.recipient_id == boss
    assert "200 avisos de plazo" in letter.subject
    assert "y 100 más" in letter.body_text
    assert desk.rows("SELECT count(*) FROM digest_item WHERE told_at IS NULL")[0][0] == 0


def test_one_notice_alone_names_its_case_and_says_when_it_comes_late(desk: Any) -> None:
    boss = a_supervisor(desk)
    desk.say(an_escalation(boss, 7, late_seconds=7200))
    end_window(desk)
    [letter] = digests(desk)
    assert "V-0000-0007" in letter.subject
    assert "[aviso tardío]" in letter.body_text


def test_nothing_goes_out_before_the_desk_opens_and_what_is_urgent_does(desk: Any) -> None:
    boss = a_supervisor(desk)
    opening = datetime.now(UTC) + timedelta(hours=9)
    desk.say(an_escalation(boss, 1, notify_at=opening))
    end_window(desk)
    assert digests(desk) == []
    desk.say(an_escalation(boss, 2))
    end_window(desk)
    [letter] = digests(desk)
    assert "V-0000-0002" in letter.subject
    [timer] = desk.rows("SELECT due_at FROM timer WHERE state = 'armed' AND name = 'digest.send'")
    assert timer.due_at == opening


def test_each_step_goes_to_those_whom_the_ladder_names(desk: Any) -> None:
    advisor, boss = a_supervisor(desk), a_supervisor(desk)
    common = {"advisor_id": advisor, "notify_at": None, "late_seconds": 0, "clock": "first_response"}
    desk.say(an_event(SlaWarning, is_advisor_told=False, supervisor_ids=(boss,), fraction=0.5, **common))
    desk.say(an_event(SlaBreached, is_advisor_told=True, **common))
    end_window(desk)
    told = {row.recipient_id: row.body_text for row in digests(desk)}
    assert "50 % del plazo de primera respuesta" in told[boss]
    assert "venció el plazo de primera respuesta" in told[advisor]


def test_an_official_whose_date_other_rules_moved_is_told_why(desk: Any) -> None:
    official = desk.an_official()
    values = {"official_id": official, "promised_at": datetime(2026, 12, 29, 16, tzinfo=UTC)}
    desk.say(an_event(CaseRescheduled, reason="resumed", note="", **values))
    desk.say(an_event(CaseRescheduled, reason="calendar_changed", note="DS 150-2026-PCM", **values))
    [letter] = desk.rows(
        "SELECT body_text FROM message JOIN message_content USING (message_id) WHERE template = 'rescheduled'"
    )
    assert "DS 150-2026-PCM" in letter.body_text


@pytest.fixture
def operator(settings: Any, notifications: Any) -> Any:
    """Reads the ledger: the API's answers as values, the pages as text."""
    client = build_app(settings, notifications).test_client()

    def read(path: str, **query: Any) -> Any:
        answer = client.get(path, query_string=query, headers={"Authorization": f"Bearer {READ_TOKEN}"})
        assert answer.status_code == 200, answer.text
        return answer.get_json() if path.startswith("/api") else answer.text

    return read


def test_the_ledger_shows_what_waits_for_a_digest_and_then_the_digest_by_each_of_its_cases(
    desk: Any, operator: Any
) -> None:
    boss = a_supervisor(desk)
    for number in (1, 2):
        desk.say(an_escalation(boss, number))
    [waiting] = operator("/api/v1/notices", subject="v-0000-0001")["notices"]
    [row] = desk.rows("SELECT min(send_at) AS send_at FROM digest_item")
    assert (waiting["state"], waiting["message_id"]) == ("waiting", None)
    assert datetime.fromisoformat(waiting["send_at"]) == row.send_at, "both go out in the letter of the first"
    assert operator("/api/v1/messages", subject="V-0000-0001")["messages"] == []
    for page in (operator("/", codigo="V-0000-0002"), operator("/", estado="gathered")):
        assert "Retenido: en el resumen de las" in page
        assert "venció un plazo" in page
    assert "En espera de resumen (2)" in operator("/")
    end_window(desk)
    [letter] = operator("/api/v1/messages", subject="V-0000-0001")["messages"]
    assert letter == operator("/api/v1/messages", subject="V-0000-0002")["messages"][0]
    assert (letter["subject"], letter["subjects"]) == (None, ["V-0000-0001", "V-0000-0002"])
    [told] = operator("/api/v1/notices", subject="V-0000-0002", state="told")["notices"]
    assert told["message_id"] == letter["id"]
    assert operator("/api/v1/notices", state="waiting")["notices"] == []
    page = operator("/", codigo="V-0000-0002")
    assert f'href="/mensajes/{letter["id"]}">En el resumen de las' in page
    sheet = operator(f"/mensajes/{letter['id']}")
    assert "Casos de este resumen" in sheet
    assert "2 casos" in sheet
    assert "Ningún aviso espera un resumen." in operator("/", estado="gathered")
    assert "In the digest of" in operator("/", codigo="V-0000-0002", lang="en")


def test_a_digest_is_still_found_by_its_cases_when_its_notices_are_forgotten(desk: Any, operator: Any) -> None:
    boss = a_supervisor(desk)
    for number in (1, 2, 3, 4):
        desk.say(an_escalation(boss, number))
    desk.say(an_escalation(boss, 4))
    end_window(desk)
    desk.change("DELETE FROM digest_item")
    [letter] = operator("/api/v1/messages", subject="V-0000-0004")["messages"]
    assert letter["subjects"] == [f"V-0000-000{number}" for number in (1, 2, 3, 4)]
    page = operator("/", codigo="V-0000-0004")
    assert "y 1 caso más" in page
    assert "V-0000-0003" in operator(f"/mensajes/{letter['id']}")


def test_a_notice_for_somebody_who_left_before_its_letter_is_shown_as_not_sent(desk: Any, operator: Any) -> None:
    boss = a_supervisor(desk)
    desk.say(an_escalation(boss, 1))
    desk.change("UPDATE contact SET is_active = false WHERE person_id = :id", id=boss)
    end_window(desk)
    [dropped] = operator("/api/v1/notices", state="dropped")["notices"]
    assert (dropped["subject"], dropped["message_id"]) == ("V-0000-0001", None)
    assert "No se envió: la persona ya no está" in operator("/", codigo="V-0000-0001")


def test_the_command_line_tells_what_was_said_of_a_case_and_what_waits(desk: Any) -> None:
    boss = a_supervisor(desk)
    for number in (1, 2):
        desk.say(an_escalation(boss, number))
    end_window(desk)
    desk.say(an_escalation(boss, 1, cause="urgent"))
    report = told_of(desk.parts.database, "v-0000-0001", "es")
    [letter], (waiting, told) = report["messages"], report["notices"]
    assert letter["subjects"] == ["V-0000-0001", "V-0000-0002"]
    assert (waiting["state"], told["state"], told["message_id"]) == ("waiting", "told", letter["id"])
    text_es = report_text(report, "es")
    assert "Avisos de plazo reunidos (2)  email  supervisor m***@" in text_es
    assert "es urgente  supervisor  retenido: en el resumen de las" in text_es
    assert "held: in the digest of" in report_text(told_of(desk.parts.database, "V-0000-0001", "en"), "en")
    assert report_text(told_of(desk.parts.database, "V-0000-0009", "es"), "es").startswith("Ningún mensaje")


def test_notices_go_by_pages(desk: Any, operator: Any) -> None:
    boss = a_supervisor(desk)
    for number in range(5):
        desk.say(an_escalation(boss, number))
    seen, cursor = [], None
    while True:
        page = operator("/api/v1/notices", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["subject"] for one in page["notices"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"V-0000-{number:04d}" for number in reversed(range(5))]

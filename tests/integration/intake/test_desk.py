"""What the desk reports is shown: in every order of arrival, however often, and only the newest of each thing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.entrypoints.events import handlers
from shared.contracts.case import Attachment, Citation
from shared.contracts.envelope import Envelope, batch_of
from shared.contracts.message import MessageFailed
from shared.ids import new_id
from shared.messaging.processes import Parts, build_consumer
from shared.messaging.retry import NotYet
from shared.messaging.signing import Signatures
from tests.integration.intake.conftest import DUE, LUIS, NOW, ROSA, Desk, Official
from tests.support.settings import peer_keys

pytestmark = pytest.mark.integration


@pytest.fixture
def who(official: Callable[..., Official]) -> Official:
    return official()


@pytest.fixture
def code(who: Official) -> str:
    return who.ask()


@pytest.fixture
def at_desk(desk: Callable[..., Desk], who: Official, code: str) -> Desk:
    return desk(who, code)


def test_there_is_a_handler_for_every_event_that_intake_receives() -> None:
    handlers.require_complete()


def test_a_consultation_goes_its_way_from_receipt_to_answer(who: Official, code: str, at_desk: Desk) -> None:
    assert who.sheet(code)["status"] == "received"
    at_desk.tell(at_desk.classified())
    shown = who.sheet(code)
    assert (shown["status"], shown["topic"]["code"], shown["promised_at"]) == (
        "in_review",
        "presupuesto",
        DUE.isoformat(),
    )
    at_desk.tell(at_desk.assigned())
    assert who.sheet(code)["advisor"]["full_name"] == "Rosa Huamán"
    at_desk.tell(at_desk.asked_back())
    shown = who.sheet(code)
    assert (shown["status"], shown["promised_at"]) == ("waiting_for_you", None)
    assert who.post(f"/consultations/{code}/messages", {"body": "Del 2024."}).json["status"] == "assigned"
    at_desk.tell(at_desk.rescheduled("resumed", DUE + timedelta(hours=3)))
    assert who.sheet(code)["promised_at"] == (DUE + timedelta(hours=3)).isoformat()
    at_desk.tell(at_desk.answered("Así se hace."), at_desk.closed())
    shown = who.sheet(code)
    assert shown["status"] == "closed"
    assert [(m["author"], m["body"]) for m in shown["messages"]] == [
        ("advisor", "¿De qué año es?"), ("official", "Del 2024."), ("advisor", "Así se hace."),
    ]  # fmt: skip
    assert {entry["type"] for entry in shown["timeline"]} >= {"consultation.submitted", "case.assigned", "case.closed"}
    assert all(entry["text"] for entry in shown["timeline"])


def test_any_order_of_arrival_and_any_repetition_end_the_same(
    official: Callable[..., Official], desk: Callable[..., Desk]
) -> None:
    who = official()
    randomness = random.Random(20261123)  # noqa: S311 - an order of arrival, not a secret

    def final(order: Callable[[list[Envelope]], list[Envelope]]) -> dict[str, Any]:
        code = who.ask()
        at = desk(who, code)
        events = [
            at.classified(topic=None, needs_triage=True, promised_at=None), at.classified(), at.assigned(),
            at.reassigned(LUIS), at.rescheduled("reclassified", DUE + timedelta(days=1)),
            at.answered(at=NOW + timedelta(hours=1)), at.delivered(),
        ]  # fmt: skip
        at.deliver(*order([at.envelope(event) for event in events]))
        shown = who.sheet(code)
        own = {"id", "code", "submitted_at", "timeline", "messages"}
        values = {name: value for name, value in shown.items() if name not in own}
        values["told"] = sorted(entry["type"] for entry in shown["timeline"])
        values["said"] = [message["body"] for message in shown["messages"]]
        return values

    straight = final(lambda envelopes: envelopes)
    assert (straight["status"], straight["advisor"]["full_name"]) == ("answered", "Luis Paz"), (
        "his it is, though Rosa answered"
    )
    for _ in range(12):
        assert final(lambda envelopes: randomness.sample(envelopes * 3, len(envelopes) * 3)) == straight


def test_an_older_event_that_comes_late_changes_nothing_that_a_newer_one_set(
    who: Official, code: str, at_desk: Desk
) -> None:
    older, newer = at_desk.envelope(at_desk.assigned(ROSA)), at_desk.envelope(at_desk.reassigned(LUIS))
    at_desk.deliver(newer, older)
    assert who.sheet(code)["advisor"]["full_name"] == "Luis Paz"


def test_what_only_an_older_event_tells_is_kept_though_it_comes_late(who: Official, code: str, at_desk: Desk) -> None:
    assigned, answered = at_desk.envelope(at_desk.assigned()), at_desk.envelope(at_desk.answered())
    at_desk.deliver(answered, assigned)
    shown = who.sheet(code)
    assert (shown["status"], shown["topic"]["code"]) == ("answered", "presupuesto")


def test_a_withdrawn_consultation_stays_withdrawn_whatever_the_desk_still_says(
    who: Official, code: str, at_desk: Desk
) -> None:
    who.post(f"/consultations/{code}/withdraw", {})
    at_desk.tell(at_desk.assigned(), at_desk.answered(), at_desk.closed("withdrawn"))
    shown = who.sheet(code)
    assert (shown["status"], shown["allowed"], shown["promised_at"]) == ("withdrawn", [], None)


def test_a_reopened_consultation_comes_back_to_the_desk_and_is_answered_again(
    who: Official, code: str, at_desk: Desk
) -> None:
    at_desk.tell(at_desk.assigned(), at_desk.answered())
    who.post(f"/consultations/{code}/reopen", {"reason": "No dice el plazo."})
    at_desk.tell(at_desk.rescheduled("reopened"))
    assert who.sheet(code)["status"] == "reopened"
    at_desk.tell(at_desk.answered("El plazo es de 10 días."))
    assert who.sheet(code)["status"] == "answered"


def test_a_desk_that_closed_before_it_heard_of_the_reopening_is_put_right_by_its_next_word(
    who: Official, code: str, at_desk: Desk
) -> None:
    at_desk.tell(at_desk.answered())
    closed = at_desk.envelope(at_desk.closed())
    who.post(f"/consultations/{code}/reopen", {"reason": "No dice el plazo."})
    at_desk.deliver(closed)
    at_desk.tell(at_desk.rescheduled("reopened"))
    assert who.sheet(code)["status"] == "reopened"


def test_the_official_sees_the_proof_of_their_own_messages_and_of_nobody_elses(
    who: Official, code: str, at_desk: Desk
) -> None:
    at_desk.tell(at_desk.delivered(channel="sms"), at_desk.delivered(recipient=ROSA.id))
    deliveries = who.sheet(code)["deliveries"]
    assert [(d["channel"], d["state"], d["text"]) for d in deliveries] == [("sms", "delivered", "SMS entregado")]


def test_the_newest_word_on_a_message_counts(who: Official, code: str, at_desk: Desk) -> None:
    delivered = at_desk.delivered()
    failed = MessageFailed(
        message_id=delivered.message_id, consultation_id=delivered.consultation_id, recipient_id=who.id,
        channel="email", template="answered", reason="550", failed_at=NOW,
    )  # fmt: skip
    newer, older = at_desk.envelope(delivered, 9), at_desk.envelope(failed, 8)
    at_desk.deliver(newer, older)
    assert [d["state"] for d in who.sheet(code)["deliveries"]] == ["delivered"]


def test_news_of_a_consultation_that_is_not_here_waits(at_desk: Desk) -> None:
    at_desk.case = {**at_desk.case, "consultation_id": new_id()}
    with pytest.raises(NotYet):
        at_desk.tell(at_desk.classified())


def test_a_batch_that_comes_thrice_is_applied_once_by_the_real_consumer(
    intake: Parts, who: Official, code: str, at_desk: Desk, rows: Any
) -> None:
    consumer = build_consumer(intake, handlers)
    envelopes = [at_desk.envelope(event) for event in (at_desk.classified(), at_desk.assigned(), at_desk.answered())]
    batch, published_at = batch_of(envelope.to_json() for envelope in envelopes), NOW.isoformat()
    signature = Signatures("routing", peer_keys("routing")).sign("intake", "events", f"{published_at}\n{batch}")
    for _ in range(3):
        consumer.deliver("routing", published_at, batch, signature)
    assert who.sheet(code)["status"] == "answered"
    assert rows("SELECT status, count(*) FROM inbox GROUP BY status") == [("applied", 3)]
    assert len(who.sheet(code)["timeline"]) == 4
    consumer.close()


def test_the_norms_and_files_of_an_answer_are_shown_with_it(who: Official, code: str, at_desk: Desk) -> None:
    checked = date(2026, 11, 23)
    cited = (
        Citation(text="Ley N.° 27972, art. 41", title="LOM", url="", validity="in_force", checked_on=checked),
        Citation(
            text="Ley N.° 30225", title="LCE", url="", validity="repealed", checked_on=checked,
            reason="Se convocó antes.", valid_until=date(2025, 4, 22), repealed_by="Ley N.° 32069",
        ),
    )  # fmt: skip
    file = Attachment(name="modelo.docx", media_type="x/y", byte_count=1, sha256="ab", path="/adjuntos/abc")
    at_desk.tell(at_desk.classified(), replace(at_desk.answered(), citations=cited, attachments=(file,)))
    [message] = who.sheet(code)["messages"]
    assert [one["text"] for one in message["citations"]] == ["Ley N.° 27972, art. 41", "Ley N.° 30225"]
    told = [one["validity_text"] for one in message["citations"]]
    assert told == ["vigente al 23/11/2026", "derogada desde el 22/04/2025 por Ley N.° 32069"]
    assert message["citations"][1]["reason"] == "Se convocó antes."
    assert [one["url"] for one in message["attachments"]] == ["http://127.0.0.1:8002/adjuntos/abc"]

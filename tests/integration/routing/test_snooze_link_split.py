"""Snoozing, linking, splitting, and the note of a hand-over, on the real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from services.routing.store.advisors import LIMA
from services.routing.use_cases import answering, assigning, linking, snoozing, splitting
from shared.accounts.people import Person
from shared.contracts.case import CaseAssigned, CaseClassified, CaseSplit
from shared.contracts.consultation import ConsultationSubmitted
from tests.integration.routing.test_api import Caller
from tests.integration.routing.test_pages import Browser
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


def wait_for_official(desk: Desk, sent: ConsultationSubmitted, person: Person) -> None:
    """Paused, so that no deadline stands against sleeping."""
    with desk.work() as work:
        version = desk.case(sent.consultation_id).version
        answering.ask_for_clarification(work, sent.code, person, version=version, body="¿De qué año?")


def snooze(desk: Desk, sent: ConsultationSubmitted, person: Person, days: int = 3) -> None:
    with desk.work() as work:
        snoozing.snooze(
            work, sent.code, person, version=desk.case(sent.consultation_id).version, reason="Espero la directiva.",
            until=(datetime.now(LIMA) + timedelta(days=days)).date(),
        )  # fmt: skip


def test_a_snoozed_case_leaves_mine_keeps_its_place_and_its_clocks_and_returns_once(
    desk: Desk, client: FlaskClient
) -> None:
    rosa = desk.advisor("Rosa")
    me, sent = Caller(client, desk.token(rosa)), desk.submit()
    wait_for_official(desk, sent, rosa)
    snooze(desk, sent, rosa)
    case = desk.case(sent.consultation_id)
    assert case.snoozed_until is not None
    assert (me.codes("mine"), me.codes("snoozed")) == ([], [sent.code])
    counts = me.get("/cases", view="mine").json["counts"]
    assert (counts["mine"], counts["snoozed"], counts["waiting"]) == (0, 1, 1)
    desk.assert_loads_are_true()
    assert case.snoozed_until.astimezone(LIMA).hour >= 8, "when the desk opens"

    desk.run("UPDATE casefile SET snoozed_until = clock_timestamp() WHERE case_id = :id", id=sent.consultation_id)
    desk.run(
        "UPDATE timer SET due_at = clock_timestamp(), try_at = clock_timestamp()"
        " WHERE name = 'case.snooze' AND state = 'armed'"
    )
    assert desk.tick() == 1
    assert desk.tick() == 0
    assert (me.codes("mine"), me.codes("snoozed")) == ([sent.code], [])
    lines = [line for line in me.sheet(sent.code)["timeline"] if line["type"] in ("snoozed", "awoken")]
    assert [line["details"].get("cause", "snoozed") for line in lines] == ["snoozed", "due"]


def test_whatever_happens_to_a_snoozed_case_wakes_it_and_its_timer_then_does_nothing(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    sent = desk.submit()
    wait_for_official(desk, sent, rosa)
    snooze(desk, sent, rosa)
    desk.clarify(sent.consultation_id, "Del 2025.")
    case = desk.case(sent.consultation_id)
    assert (case.snoozed_until, case.state) == (None, "assigned")
    causes = desk.rows("SELECT data ->> 'cause' AS cause FROM case_history WHERE kind = 'awoken'")
    assert [row.cause for row in causes] == ["official_wrote"]
    version = case.version
    desk.make_timers_due(sent.consultation_id)
    desk.run("DELETE FROM timer WHERE name <> 'case.snooze'")
    desk.tick()
    assert desk.case(sent.consultation_id).version == version


@pytest.mark.parametrize(
    ("days", "sentence"), [(-1, snoozing.PAST), (90, snoozing.TOO_LONG), (45, snoozing.BEYOND_DEADLINE)]
)
def test_nobody_sleeps_into_the_past_for_ever_or_past_a_deadline(desk: Desk, days: int, sentence: str) -> None:
    rosa = desk.advisor("Rosa")
    sent = desk.submit()
    with pytest.raises(snoozing.SnoozeRefusedError) as refused:
        snooze(desk, sent, rosa, days)
    assert refused.value.sentence == sentence
    assert desk.case(sent.consultation_id).snoozed_until is None


def test_links_are_seen_from_both_sides_and_taken_away(desk: Desk, client: FlaskClient) -> None:
    me = Caller(client, desk.token(desk.advisor("Rosa")))
    one, two = desk.submit(), desk.submit()

    def version(sent: ConsultationSubmitted) -> int:
        return desk.case(sent.consultation_id).version

    answer = me.post(f"/cases/{one.code}/links", other=two.code, kind="follows", version=version(one))
    assert answer.status_code == 200, answer.text
    assert [(x["code"], x["kind"]) for x in me.sheet(one.code)["relations"]["links"]] == [(two.code, "follows")]
    assert [(x["code"], x["kind"]) for x in me.sheet(two.code)["relations"]["links"]] == [(one.code, "followed")]
    again = me.post(f"/cases/{two.code}/links", other=one.code, version=version(two))
    assert (again.status_code, again.json["detail"]) == (409, linking.ALREADY)
    assert me.post(f"/cases/{one.code}/links", other=one.code, version=version(one)).status_code == 409
    assert me.post(f"/cases/{one.code}/links", other="V-NADA", version=version(one)).status_code == 409
    gone = me.post(f"/cases/{two.code}/unlink", other=one.code, version=version(two))
    assert gone.status_code == 200, gone.text
    assert me.sheet(one.code)["relations"]["links"] == []
    assert me.post(f"/cases/{two.code}/unlink", other=one.code, version=version(two)).status_code == 409


def test_a_part_comes_back_from_intake_sorted_linked_and_owed_since_the_whole_came(desk: Desk) -> None:
    """Edge case 49."""
    rosa = desk.advisor("Rosa")
    luis = desk.advisor("Luis", contrataciones=2)
    whole = desk.submit(submitted_at=datetime.now(UTC) - timedelta(hours=20))
    due_before = desk.case(whole.consultation_id).next_due_at
    with desk.work() as work:
        splitting.split(
            work, whole.code, rosa, version=desk.case(whole.consultation_id).version, subject="Penalidad",
            body="Además: ¿corresponde penalidad por mora?", topic="contrataciones", kind="tramite", is_urgent=False,
        )  # fmt: skip
    [told] = desk.events(whole.consultation_id, CaseSplit)
    assert desk.rows("SELECT 1 FROM casefile WHERE case_id = :id", id=told.new_consultation_id) == []

    part = desk.a_consultation(
        consultation_id=told.new_consultation_id, subject_line=told.subject_line, body=told.body, channel="desk",
        submitted_at=told.submitted_at, asker=whole.asker,
    )  # fmt: skip
    desk.deliver(part, times=3)
    case = desk.case(told.new_consultation_id)
    assert (case.topic, case.state, case.advisor_id, case.submitted_at) == (
        "contrataciones", "assigned", luis.id, whole.submitted_at,
    )  # fmt: skip
    [classified] = desk.events(case.case_id, CaseClassified)
    assert classified.decided_by == str(rosa.id)
    assert len(desk.events(case.case_id, CaseAssigned)) == 1
    assert desk.case(whole.consultation_id).next_due_at == due_before, "the whole is owed as before"
    [link] = desk.rows("SELECT case_id, other_id, kind FROM case_link")
    assert (link.case_id, link.other_id, link.kind) == (case.case_id, whole.consultation_id, "split")
    desk.assert_loads_are_true()


def test_a_consultation_that_only_claims_to_come_from_the_desk_is_classified_like_any_other(desk: Desk) -> None:
    desk.advisor("Rosa")
    sent = desk.submit(channel="desk")
    assert desk.case(sent.consultation_id).decided_by == "model"


def test_the_note_of_a_hand_over_stands_on_top_for_the_receiver_and_no_room_is_said_with_the_reason(
    desk: Desk, client: FlaskClient
) -> None:
    rosa = desk.advisor("Rosa Huamán", capacity=3)
    sent = desk.submit()
    luis = desk.advisor("Luis Paz", capacity=1)
    me = Caller(client, desk.token(rosa))

    def hand_over(**changes: Any) -> Any:
        version = desk.case(sent.consultation_id).version
        return me.post(f"/cases/{sent.code}/assign", **{"version": version, "advisor_id": str(luis.id), **changes})

    assert hand_over().status_code == 422
    assert hand_over(note="Ya le pedí el año; falta la base legal.").status_code == 200
    handover = Caller(client, desk.token(luis)).sheet(sent.code)["handover"]
    assert (handover["note"], handover["by"]) == ("Ya le pedí el año; falta la base legal.", "Rosa Huamán")

    other = desk.submit()
    assert desk.case(other.consultation_id).advisor_id == rosa.id
    refused = me.post(
        f"/cases/{other.code}/assign", version=desk.case(other.consultation_id).version, advisor_id=str(luis.id),
        note="¿Puedes?",
    )  # fmt: skip
    assert refused.status_code == 409
    assert "Luis Paz tiene 1 de 1" in refused.json["detail"]
    with desk.work() as work, pytest.raises(assigning.NoteRequiredError):
        assigning.assign(
            work, other.code, rosa, version=desk.case(other.consultation_id).version, advisor_id=luis.id, note=""
        )


def test_the_sheet_offers_it_all_in_forms(desk: Desk, client: FlaskClient) -> None:
    rosa, browser = desk.advisor("Rosa"), Browser(client)
    sent, other = desk.submit(), desk.submit()
    wait_for_official(desk, sent, rosa)
    browser.enter(rosa)
    base = f"/casos/{sent.code}"
    browser.open(base)
    past = browser.send(f"{base}/posponer", until="2020-01-02", reason="Después.")
    assert past.status_code == 409
    assert "Elija un día y una hora por venir." in past.text
    day = (datetime.now(LIMA) + timedelta(days=2)).date().isoformat()
    done = browser.send(f"{base}/posponer", until=day, at="10:30", reason="Espero la directiva.")
    assert "El caso quedó pospuesto" in done.text
    assert "Los plazos corren igual" in done.text
    assert sent.code in browser.open("/casos?vista=snoozed")
    browser.open(base)
    assert "de vuelta entre los suyos" in browser.send(f"{base}/volver").text
    assert "quedaron relacionados" in browser.send(f"{base}/relacion", other=other.code, kind="duplicate").text
    assert "La relación se quitó" in browser.send(f"{base}/sin-relacion").text
    same = browser.send(f"{base}/division", body=sent.body, topic="contrataciones")
    assert same.status_code == 409
    split = browser.send(f"{base}/division", body="¿Y la penalidad?", topic="contrataciones")
    assert "tendrá su propio código" in split.text
    assert "todavía sin código" in split.text

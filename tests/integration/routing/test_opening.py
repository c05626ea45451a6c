"""A consultation arrives: its case is classified, promised, given out, and all of it once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.routing.store.models import Case
from services.routing.use_cases.clocks import read_clocks
from shared.contracts.case import AssignmentUnstaffed, CaseAssigned, CaseClassified
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def test_a_clear_consultation_goes_to_the_advisor_who_knows_its_topic(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=3)
    desk.advisor("Luis Paredes", contrataciones=3)

    sent = desk.submit("presupuesto")

    case = desk.case(sent.consultation_id)
    assert (case.state, case.topic, case.advisor_id) == ("assigned", "presupuesto", rosa.id)
    assert case.assignment_reason_es.startswith(
        "A Rosa Huamán: conoce Presupuesto y planeamiento (nivel 3), 0 de 8 abiertos, aún sin asignaciones"
    )
    assert case.assignment_reason_en.startswith("To Rosa Huamán: knows Budget and planning (level 3), 0 of 8 open")
    assert desk.types(case.case_id) == ["case.classified", "case.assigned"]
    desk.assert_loads_are_true()


def test_the_official_is_promised_the_first_answer(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit()
    case = desk.case(sent.consultation_id)
    [classified] = desk.events(case.case_id, CaseClassified)
    [assigned] = desk.events(case.case_id, CaseAssigned)
    with desk.work() as work:
        states = {state.name: state for state in read_clocks(work.session, case, work.now)}
    first = states["first_response"]
    assert classified.promised_at == assigned.promised_at == case.promised_at == first.due_at
    assert case.next_due_at == first.due_at
    assert case.risk_at == first.warn_at
    assert first.due_at > sent.submitted_at
    assert set(states) == {"first_response", "resolution"}


def test_delivered_three_times_a_consultation_opens_one_case_and_takes_one_place(desk: Desk) -> None:
    desk.advisor()
    event = desk.a_consultation()
    desk.deliver(event, times=3)
    assert desk.rows("SELECT count(*) FROM casefile")[0][0] == 1
    assert desk.rows("SELECT open_count FROM advisor")[0][0] == 1
    assert desk.types(event.consultation_id) == ["case.classified", "case.assigned"]


def test_a_batch_is_opened_together_and_shared_out(desk: Desk) -> None:
    people = {desk.advisor(name, capacity=10).id for name in ("Ana", "Beto", "Carla")}
    events = [desk.a_consultation() for _ in range(9)]
    desk.deliver(*events)
    loads = {row.account_id: row.open_count for row in desk.rows("SELECT account_id, open_count FROM advisor")}
    assert loads == dict.fromkeys(people, 3)
    desk.assert_loads_are_true()


def test_an_uncertain_consultation_waits_in_triage_with_its_candidates(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit_unclear()
    case = desk.case(sent.consultation_id)
    assert case.needs_triage
    assert (case.state, case.advisor_id) == ("triage", None)
    assert len(case.candidates) >= 2
    [classified] = desk.events(case.case_id)
    assert classified.needs_triage
    assert classified.promised_at == case.promised_at is not None
    assert desk.rows("SELECT open_count FROM advisor")[0][0] == 0


def test_the_topic_an_official_believes_in_is_offered_and_never_decides(desk: Desk) -> None:
    rosa = desk.advisor("Rosa", presupuesto=1)
    sure = desk.submit("presupuesto", topic_hint="contrataciones")
    case = desk.case(sure.consultation_id)
    assert (case.topic, case.advisor_id) == ("presupuesto", rosa.id)
    assert case.candidates[-1] == {"topic": "contrataciones", "confidence": 0.0, "is_hint": True}
    nonsense = desk.submit("presupuesto", topic_hint="no_existe")
    assert "no_existe" not in desk.case(nonsense.consultation_id).candidate_topics


def test_what_is_out_of_scope_is_never_dropped_but_decided_by_a_person(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit("fuera_de_alcance")
    case = desk.case(sent.consultation_id)
    assert (case.state, case.topic, case.needs_triage) == ("triage", "fuera_de_alcance", True)
    assert case.topic_confidence > 0.9


def test_nobody_eligible_is_said_once_to_the_supervisors(desk: Desk) -> None:
    boss = desk.supervisor()
    desk.advisor("Luis Paredes", contrataciones=3)
    sent = desk.submit("presupuesto")
    case = desk.case(sent.consultation_id)
    assert case.state == "unstaffed"
    [told] = desk.events(case.case_id, AssignmentUnstaffed)
    assert told.supervisor_ids == (boss.id,)
    assert told.reason == "Nadie tiene Presupuesto y planeamiento entre sus temas"


def test_a_consultation_from_an_unknown_place_still_gets_a_case(desk: Desk) -> None:
    desk.advisor()
    event = desk.a_consultation()
    strange = desk.a_consultation(asker=type(event.asker)(**{**_fields(event.asker), "ubigeo": "99"}))
    desk.deliver(strange)
    assert desk.case(strange.consultation_id).promised_at is not None


def test_bodies_of_any_size_and_kind_open_a_case(desk: Desk) -> None:
    desk.advisor()
    for body in ("a", "¿" * 8000, "🙏" * 50, "<script>alert(1)</script> " * 200, "0" * 8000):
        sent = desk.submit(body=body)
        assert isinstance(desk.case(sent.consultation_id), Case)


def test_the_rules_of_the_promise_are_kept_with_the_case(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit()
    case = desk.case(sent.consultation_id)
    kept = {(row.kind, row.version) for row in desk.rows("SELECT kind, version FROM sla_rules")}
    assert {("policy", case.policy_version), ("calendar", case.calendar_version)} <= kept


def test_a_consultation_sent_long_ago_is_promised_from_then(desk: Desk) -> None:
    """The desk was away for days: the official's time did not stop."""
    desk.advisor()
    sent = desk.submit(submitted_at=datetime(2026, 7, 27, 21, 0, tzinfo=UTC))
    case = desk.case(sent.consultation_id)
    assert case.promised_at is not None
    assert case.promised_at < datetime(2026, 8, 5, tzinfo=UTC)


def _fields(asker: object) -> dict[str, object]:
    return {name: getattr(asker, name) for name in type(asker).__dataclass_fields__}  # type: ignore[attr-defined]  # a dataclass

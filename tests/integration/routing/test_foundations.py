"""What the rest stands on: the schema, the rules kept for old cases, the jobs of the clock, the demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import inspect

from services.routing.domain.sla_policy import content_of, policy_of
from services.routing.entrypoints.gauges import CaseCollector
from services.routing.store import advisors, rule_versions
from services.routing.store.holiday_source import desk_calendar
from services.routing.store.models import Base
from services.routing.store.sla_policy_source import default_policy
from services.routing.use_cases import assigning, demo, sheet, staff
from services.routing.use_cases.clocks import read_clocks
from services.routing.use_cases.staff import AdvisorChange
from services.routing.use_cases.topics import topics
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def test_the_models_are_what_the_migrations_make(desk: Desk) -> None:
    inspector = inspect(desk.parts.database.engine)
    for table in Base.metadata.sorted_tables:
        made = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert made.keys() == {column.name for column in table.columns}, table.name
        for column in table.columns:
            assert made[column.name]["nullable"] == column.nullable, (table.name, column.name)
            compiled = str(column.type.compile(desk.parts.database.engine.dialect))
            found = str(made[column.name]["type"].compile(desk.parts.database.engine.dialect))
            assert _normal(found) == _normal(compiled), (table.name, column.name)


def _normal(name: str) -> str:
    return {"BIGINT": "INTEGER", "DOUBLE PRECISION": "FLOAT", "VARCHAR": "TEXT"}.get(name, name)


def test_a_policy_and_a_calendar_survive_being_kept() -> None:
    policy, calendar = default_policy(), desk_calendar("080101")
    assert policy_of(content_of(policy)) == policy
    read = rule_versions.read_calendar(calendar.version, rule_versions.calendar_content(calendar))
    assert read == calendar
    assert read.fingerprint == calendar.fingerprint


def test_an_old_case_is_counted_on_the_rules_it_was_received_under(desk: Desk) -> None:
    """As if a later release had another policy and other closed days."""
    desk.advisor()
    sent = desk.submit()
    case = desk.case(sent.consultation_id)
    desk.run("""
        UPDATE sla_rules SET version = 'old',
               content = jsonb_set(replace(content::text, '57600', '28800')::jsonb, '{version}', '"old"')
         WHERE kind = 'policy'
    """)
    desk.run("UPDATE casefile SET policy_version = 'old'")
    with desk.work() as work:
        old = read_clocks(work.session, desk.case(sent.consultation_id), work.now)
        new = read_clocks(work.session, case, work.now)
    assert {state.policy_version for state in old} == {"old"}
    assert old[0].target_seconds == 28_800
    assert new[0].target_seconds == 57_600


def test_a_case_that_quotes_rules_nobody_kept_is_an_error_not_a_guess(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit()
    desk.run("UPDATE casefile SET calendar_version = 'lost'")
    with desk.work() as work, pytest.raises(rule_versions.UnknownRulesError):
        read_clocks(work.session, desk.case(sent.consultation_id), work.now)


def test_the_regular_look_assigns_who_waits_when_a_leave_ends(desk: Desk) -> None:
    rosa = desk.advisor()
    today = date.today()  # noqa: DTZ011 - only to lie around the present
    with desk.work() as work:
        staff.change_advisor(work, rosa.id, AdvisorChange(leave=(today - timedelta(days=3), today + timedelta(days=3))))
    sent = desk.submit()
    assert desk.case(sent.consultation_id).state == "unstaffed"
    assert "de licencia hasta" in desk.case(sent.consultation_id).assignment_reason_es
    desk.run("UPDATE advisor_leave SET starts_on = '2026-01-01', ends_on = '2026-01-02'")
    with desk.work() as work:
        assigning.assign_waiting(work)
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    desk.assert_loads_are_true()


def test_waiting_cases_are_told_of_once_per_spell(desk: Desk) -> None:
    sent = desk.submit()
    for _ in range(3):
        with desk.work() as work:
            assigning.assign_waiting(work)
    assert desk.types(sent.consultation_id).count("assignment.unstaffed") == 1


def test_loads_edited_by_hand_are_set_right(desk: Desk) -> None:
    desk.advisor()
    desk.submit()
    desk.run("UPDATE advisor SET open_count = 7")
    with desk.work() as work:
        assert advisors.recount_loads(work.session) == 1
    desk.assert_loads_are_true()


def test_the_demonstration_knows_every_topic_twice_and_is_seeded_once(desk: Desk) -> None:
    with desk.work() as work:
        made = demo.seed(work, capacity=40)
    with desk.work() as work:
        again = demo.seed(work, capacity=40)
    known = {
        row.topic: row.number for row in desk.rows("SELECT topic, count(*) AS number FROM advisor_skill GROUP BY 1")
    }
    assert (made, again) == (15, 0)
    assert known.keys() == topics().keys()
    assert min(known.values()) >= 2


def test_gauges_count_what_there_is(desk: Desk) -> None:
    desk.advisor(capacity=1)
    desk.submit()
    desk.submit()
    desk.submit("fuera_de_alcance")
    registry = CollectorRegistry()
    registry.register(CaseCollector(desk.parts.database))
    text = generate_latest(registry).decode()
    assert 'ventanilla_routing_open_cases{state="assigned",topic="presupuesto"} 1.0' in text
    assert 'ventanilla_routing_open_cases{state="unstaffed",topic="presupuesto"} 1.0' in text
    assert 'ventanilla_routing_open_cases{state="triage",topic="fuera_de_alcance"} 1.0' in text
    assert 'ventanilla_routing_sla_cases{state="in_time"} 3.0' in text
    assert "ventanilla_routing_full_advisors 1.0" in text


def test_the_report_of_a_case_says_the_holidays_it_skipped(desk: Desk) -> None:
    desk.advisor()
    boss = desk.supervisor()
    sent = desk.submit(submitted_at=datetime(2026, 7, 27, 21, tzinfo=UTC))
    with desk.parts.database.transaction() as session:
        report = sheet.read_clock_report(session, sent.code, boss, "es")
    skipped = {one["reason"] for clock in report["clocks"] for one in clock["skipped"]}
    assert "Fiestas Patrias" in skipped

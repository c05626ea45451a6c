"""The console and its API: what an operator sees, and who sees nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from services.insights.domain.telemetry import Look, Sample, Target
from services.insights.use_cases import telemetry
from shared.accounts import people
from shared.contracts.message import MessageDelivered, MessageFailed
from shared.ids import new_id
from tests.support.insights_stories import ROSA, Story, envelope

pytestmark = pytest.mark.integration

CLOCK = Target("routing", "clock", "routing-clock-1", "127.0.0.1:9")
WORKER = Target("routing", "worker", "routing-worker-1", "127.0.0.1:9")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def overview(client, token, period="today"):
    answer = client.get(f"/api/v1/overview?period={period}", headers=bearer(token))
    assert answer.status_code == 200, answer.json
    return answer.json


def message(kind, channel, sequence=1, message_id=None, **values):
    return envelope(
        kind(
            message_id=message_id or new_id(), consultation_id=None, recipient_id=ROSA.id, channel=channel,
            template="received", **values,
        ),
        "notifications",
        sequence,
    )  # fmt: skip


@pytest.fixture
def busy(apply):
    """Three consultations: one answered, one late with its advisor, one that nobody can take."""
    now = datetime.now(UTC)
    done = Story(now, code="V-2222-222A")
    done.submitted()
    done.classified(0)
    done.assigned(0)
    done.answered(0)
    late = Story(now - timedelta(hours=5), code="V-3333-333B")
    late.submitted()
    late.classified(1)
    late.assigned(1)
    late.breached(late.at(240))
    stuck = Story(now, code="V-4444-444C")
    stuck.submitted()
    stuck.classified(0)
    stuck.unstaffed(0)
    stuck.warned(0, now + timedelta(hours=1))
    failed = new_id()
    apply([*done.envelopes, *late.envelopes, *stuck.envelopes])
    apply(
        [
            message(MessageDelivered, "email", evidence="250", delivered_at=now),
            message(MessageDelivered, "email", evidence="250", delivered_at=now),
            message(MessageFailed, "sms", message_id=failed, reason="", failed_at=now),
        ]
    )


def test_strangers_are_led_to_the_sign_in_page_and_programs_get_a_problem(stranger):
    assert stranger.get("/").status_code == 303
    assert stranger.get("/live").status_code == 303
    answer = stranger.get("/api/v1/overview")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_people_of_another_role_see_nothing(app, insights):
    with insights.units.begin() as work:
        person = people.create(work.session, email="x@ventanilla.example", password=None, full_name="X", role="advisor")
        other = people.open_session(work.session, person.id, kind="api")
    assert app.test_client().get("/api/v1/overview", headers=bearer(other)).status_code == 403


def test_totals_are_the_sums_of_their_lists(stranger, token, busy):
    seen = overview(stranger, token, "week")
    assert {flow["measure"]: flow["total"] for flow in seen["flow"]} == {
        "submitted": 3, "classified": 3, "assigned": 2, "answered": 1,
    }  # fmt: skip
    for flow in seen["flow"]:
        assert flow["total"] == sum(hour["count"] for hour in flow["hours"])
        assert len(flow["hours"]) == 7 * 24
    assert seen["open"]["total"] == sum(state["count"] for state in seen["open"]["by_state"])
    assert seen["open"]["total"] == sum(group["count"] for group in seen["open"]["groups"]) == 2


def test_deadlines_name_the_cases_behind_the_numbers(stranger, token, busy):
    deadlines = overview(stranger, token)["deadlines"]
    assert (deadlines["at_risk"], deadlines["breached"]) == (1, 1)
    assert deadlines["at_risk_cases"][0]["code"] == "V-4444-444C"
    assert deadlines["breached_cases"][0]["code"] == "V-3333-333B"


def test_an_answer_takes_the_case_off_the_lists_and_keeps_the_breach_counted(stranger, token, apply):
    story = Story(datetime.now(UTC) - timedelta(minutes=10))
    story.submitted()
    story.assigned(0)
    story.breached(story.at(5))
    story.answered(6)
    apply(story.envelopes)
    deadlines = overview(stranger, token, "week")["deadlines"]
    assert (deadlines["breached"], deadlines["breaches_in_period"]) == (0, 1)


def test_a_message_that_failed_and_was_delivered_later_is_no_longer_troubled(stranger, token, apply):
    now, message_id = datetime.now(UTC), new_id()
    failed = message(MessageFailed, "sms", 1, message_id, reason="", failed_at=now)
    delivered = message(MessageDelivered, "sms", 2, message_id, evidence="ok", delivered_at=now)
    apply([delivered, failed])
    assert overview(stranger, token)["messages"]["troubled"] == []


def test_signs_name_what_stands_still(stranger, token, busy):
    assert {sign["name"] for sign in overview(stranger, token)["signs"]} == {"UnstaffedCases", "SlaBreachesOpen"}


def test_telemetry_becomes_queues_processes_and_signs(insights, stranger, token):
    with insights.units.begin() as work:
        telemetry.record(
            work,
            [
                Look(WORKER, "TimeoutError"),
                Look(
                    CLOCK,
                    None,
                    (
                        Sample("outbox_oldest_seconds", {"subscriber": "intake"}, 75.0),
                        Sample("outbox_unpublished", {"subscriber": "intake"}, 3.0),
                        Sample("inbox_events", {"status": "dead"}, 2.0),
                        Sample("queue_messages", {"subscriber": "intake"}, 4.0),
                    ),
                ),
            ],
        )
    seen = overview(stranger, token)
    assert [sign["name"] for sign in seen["signs"]] == ["DeadLetters", "OutboxStuck", "ProcessDown"]
    (queue,) = seen["queues"]
    assert (queue["unpublished"], queue["dead_letters"], queue["timers_overdue_seconds"]) == (3.0, 2.0, None)
    assert seen["broker_queues"] == [{"subscriber": "intake", "messages": 4.0}]
    by_process = {line["process"]: line for line in seen["processes"]}
    assert by_process["worker"]["silent"] == ["routing-worker-1"]
    assert (by_process["clock"]["alive"], by_process["clock"]["total"]) == (1, 1)


def test_a_clock_that_does_not_answer_leaves_its_figures_unknown(insights, stranger, token):
    answered = Look(CLOCK, None, (Sample("outbox_unpublished", {"subscriber": "intake"}, 3.0),))
    for look in (answered, Look(CLOCK, "ConnectionRefusedError")):
        with insights.units.begin() as work:
            telemetry.record(work, [look])
    (queue,) = overview(stranger, token)["queues"]
    assert queue["is_known"] is False
    assert queue["unpublished"] is None
    assert queue["read_at"] is not None


def test_targets_that_are_no_longer_listed_are_forgotten(insights, stranger, token):
    for looks in ([Look(CLOCK, None), Look(WORKER, None)], [Look(CLOCK, None)]):
        with insights.units.begin() as work:
            telemetry.record(work, looks)
    assert [line["process"] for line in overview(stranger, token)["processes"]] == ["clock"]


def test_an_unknown_period_is_a_problem_with_words(stranger, token):
    answer = stranger.get("/api/v1/overview?period=year", headers=bearer(token))
    assert answer.status_code == 422
    assert "period" in answer.json["errors"]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("period", ["hoy", "semana", "<script>"])
def test_the_page_shows_every_panel_in_both_languages(operator, busy, language, period):
    answer = operator.get("/", query_string={"periodo": period, "lang": language})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for name in ("signs", "tiles", "flow", "open", "deadlines", "messages", "queues", "processes"):
        assert f'id="panel-{name}"' in page
    assert page.count("<svg viewBox") == 4
    assert "V-3333-333B" in page
    assert "<script>" not in page
    assert ("Consultas abiertas" in page) == (language == "es")


def test_nothing_in_the_page_breaks_the_policy_of_no_inline_script_or_style(operator, busy):
    answer = operator.get("/")
    page = answer.get_data(as_text=True)
    assert "style=" not in page
    assert "<style" not in page
    assert " onclick" not in page
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_first_load_fits_a_slow_link(operator, busy):
    names = [
        "/?periodo=semana",
        "/static/ventanilla.css",
        "/static/console.css",
        "/static/console.js",
        "/static/icon.svg",
    ]
    sizes = {}
    for name in names:
        with operator.get(name) as answer:
            sizes[name] = len(answer.data)
    assert sum(sizes.values()) <= 50_000, sizes


def test_without_a_script_the_page_asks_again_and_the_reader_can_stop_it(operator):
    assert 'http-equiv="refresh"' in operator.get("/").get_data(as_text=True)
    assert 'http-equiv="refresh"' not in operator.get("/?pausa=1").get_data(as_text=True)


def test_only_what_changed_is_sent_again(operator, insights, busy):
    first = operator.get("/panel").json
    assert set(first["panels"]) == set(first["seen"])
    seen = ".".join(f"{name}-{digest}" for name, digest in first["seen"].items())
    assert operator.get("/panel", query_string={"visto": seen}).json["panels"] == {}
    assert set(operator.get("/panel", query_string={"visto": seen + "x"}).json["panels"]) <= set(first["panels"])


def test_the_stream_tells_changes_with_an_id_to_go_on_from(operator, busy):
    answer = operator.get("/live", buffered=False)
    assert answer.mimetype == "text/event-stream"
    parts = iter(answer.response)
    assert next(parts) == b"retry: 2000\n\n"
    event = next(parts).decode()
    identifier = event.split("id: ")[1].split("\n")[0]
    data = json.loads(event.split("data: ")[1])
    assert set(data["panels"]) == set(data["seen"])
    answer.close()
    again = operator.get("/live", headers={"Last-Event-ID": identifier}, buffered=False)
    following = iter(again.response)
    next(following)
    assert next(following).decode().startswith("event: time")
    again.close()


def test_streams_beyond_the_limit_are_refused_and_free_again_when_one_ends(operator):
    opened = [operator.get("/live", buffered=False) for _ in range(3)]
    assert operator.get("/live", buffered=False).status_code == 503
    for each in opened:
        each.close()
    freed = operator.get("/live", buffered=False)
    assert freed.status_code == 200
    freed.close()

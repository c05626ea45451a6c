"""The processes of insights: gauges, commands, and events that arrive over the real broker format."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from services.insights.entrypoints.events import handlers
from services.insights.entrypoints.gauges import ReadModelCollector
from shared.contracts.envelope import batch_of
from shared.messaging.processes import build_consumer
from shared.messaging.signing import Signatures
from tests.support.insights_stories import Story
from tests.support.settings import peer_keys

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]


def exposed(insights) -> str:
    registry = CollectorRegistry()
    registry.register(ReadModelCollector(insights.database))
    return generate_latest(registry).decode()


def test_gauges_count_from_rows_and_show_zeroes(insights, apply):
    assert 'ventanilla_insights_cases{state="unstaffed"} 0.0' in exposed(insights)
    story = Story(datetime.now(UTC) - timedelta(minutes=5))
    story.submitted()
    apply(story.envelopes)
    shown = exposed(insights)
    assert 'ventanilla_insights_cases{state="received"} 1.0' in shown
    age = float(shown.split("ventanilla_insights_unclassified_oldest_seconds ")[-1].split("\n")[0])
    assert 300 <= age < 330
    assert 'ventanilla_insights_messages_troubled{channel="sms",state="held"} 0.0' in shown


def test_without_its_database_the_gauges_are_absent_and_the_scrape_is_answered(insights, servers):
    url = insights.settings.database_url
    servers.drop_database(url)
    assert exposed(insights) == ""


def test_a_signed_batch_is_stored_once_and_applied_once_however_often_it_comes(insights):
    story = Story()
    story.submitted()
    story.withdrawn(5)
    batch = batch_of(each.to_json() for each in story.envelopes)
    now = datetime.now(UTC).isoformat()
    signature = Signatures("intake", peer_keys("intake")).sign("insights", "events", f"{now}\n{batch}")
    consumer = build_consumer(insights, handlers)
    for _ in range(3):
        consumer.deliver("intake", now, batch, signature)
    with insights.database.transaction() as session:
        assert session.execute(text("SELECT state FROM consultation")).scalars().all() == ["withdrawn"]
        assert session.execute(text("SELECT status FROM inbox")).scalars().all() == ["applied", "applied"]


def run_cli(insights, command, *, is_demo):
    keys = ",".join(f"{peer}={key.hex()}" for peer, (key,) in peer_keys("insights").items())
    environment = {
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "INSIGHTS_SECRET_KEY": "x", "INSIGHTS_PEER_KEYS": keys,
        "INSIGHTS_DATABASE_URL": insights.settings.database_url, "INSIGHTS_REDIS_URL": insights.settings.redis_url,
        "INSIGHTS_PUBLIC_URL": "http://127.0.0.1", "INSIGHTS_DEMO_MODE": str(is_demo),
    }  # fmt: skip
    arguments = [sys.executable, "-m", "services.insights.entrypoints.cli", command]
    return subprocess.run(arguments, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_demonstrations_operator_is_made_once_and_only_in_demo_mode(insights):
    refused = run_cli(insights, "seed-demo", is_demo=False)
    assert refused.returncode == 1
    assert "INSIGHTS_DEMO_MODE" in refused.stderr
    for expected in ("created", "already there"):
        done = run_cli(insights, "seed-demo", is_demo=True)
        assert (done.returncode, expected in done.stdout) == (0, True), done.stderr
    with insights.database.transaction() as session:
        assert session.execute(text("SELECT role FROM account")).scalars().all() == ["operator"]


def test_migrating_twice_is_harmless(insights):
    for _ in range(2):
        done = run_cli(insights, "migrate", is_demo=True)
        assert done.returncode == 0, done.stderr


def test_the_questions_of_the_console_use_indexes_at_a_year_of_rows(insights):
    """A hundred thousand answered consultations: open cases are found through their own small index."""
    with insights.database.transaction() as session:
        session.execute(
            text("""
                INSERT INTO consultation (consultation_id, code, submitted_at, classified_at, assigned_at, advisor_id,
                                          first_answered_at, last_answered_at)
                SELECT gen_random_uuid(), 'V-' || n, at, at, at, gen_random_uuid(), at, at
                  FROM (SELECT n, now() - n * interval '5 minutes' AS at FROM generate_series(1, 100000) AS n) AS rows
            """)
        )
        session.execute(text("ANALYZE consultation"))
        plan = "\n".join(
            session.execute(
                text("""
                    EXPLAIN SELECT state, count(*) FROM consultation
                     WHERE state NOT IN ('answered', 'closed', 'withdrawn') GROUP BY 1
                """)
            ).scalars()
        )
    assert "consultation_open" in plan

"""What is asked many times a second stays cheap when much is owed and much was received.

The plans are PostgreSQL's for any parameters (as it uses them for prepared statements), on rows that lie as badly as
they can: half of the deliveries were published to a subscriber that is away, none is fresh for another one.
"""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from shared.messaging import dead_letters, deliveries, inbox, timers
from tests.support.explaining import explained

_FEW_BLOCKS = 60
"""Of 8 kB: a handful of index levels over five partitions. A table of the size below has thousands."""

_FILL = """
    INSERT INTO outbox_event (event_id, subject, sequence, type, version, envelope)
    SELECT uuidv7(), uuidv7(), 1, 'case.assigned', 1, repeat('x', 300) FROM generate_series(1, :count);

    INSERT INTO outbox_delivery (event_id, subscriber, attempts, published_at, next_at)
    SELECT event_id, subscriber, 1, CASE WHEN subscriber = 'intake' THEN clock_timestamp() - interval '5 minutes' END,
           CASE WHEN subscriber = 'intake' THEN clock_timestamp() - interval '1 minute' ELSE '-infinity' END
      FROM outbox_event, unnest(ARRAY['intake', 'insights']) AS subscriber;

    INSERT INTO relay_state (subscriber, incarnation, last_confirmed_publication)
    VALUES ('intake', 'x', clock_timestamp() - interval '5 minutes');

    INSERT INTO inbox (event_id, source, subject, sequence, type, version, envelope, status, attempts, next_at)
    SELECT uuidv7(), 'intake', uuidv7(), 1, 'consultation.submitted', 1, repeat('x', 300),
           CASE WHEN n % 20 = 0 THEN 'pending' WHEN n % 21 = 0 THEN 'waiting' ELSE 'applied' END, 1,
           clock_timestamp() + interval '1 hour'
      FROM generate_series(1, :count) AS n;

    INSERT INTO timer (timer_id, name, subject, generation, due_at, try_at, data, state)
    SELECT uuidv7(), 'warning', uuidv7(), 1, moment, moment, '{}', CASE WHEN n % 5 = 0 THEN 'armed' ELSE 'fired' END
      FROM generate_series(1, :count) AS n, (SELECT clock_timestamp() + interval '1 hour' AS moment) AS later
"""


@pytest.fixture(params=[10_000, pytest.param(500_000, marks=pytest.mark.slow)], ids=lambda count: f"{count} rows")
def session(request, messaging_parts):
    parts = messaging_parts("routing")
    with parts.database.transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = '120s'"))
        for statement in _FILL.split(";"):
            session.execute(text(statement), {"count": request.param} if ":count" in statement else {})
    url = parts.settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE outbox_event, outbox_delivery, inbox, timer")
    with parts.database.transaction() as session:
        yield session


def test_what_is_asked_all_the_time_looks_at_a_few_blocks_and_changes_nothing(session):
    polls = {
        "is anything fresh": lambda: deliveries.subscribers_with_fresh(session, ["intake", "notifications"]),
        "is anything lost": lambda: deliveries.lease_lost(
            session, "intake", limit=1000, retry_seconds=10, max_retry_seconds=20, is_queue_empty=False, slack_seconds=5
        ),
        "is it another broker": lambda: deliveries.notice_incarnation(session, "intake", "x"),
        "is a retry due": lambda: inbox.take_due(session, lease_seconds=5),
        "is a timer due": lambda: timers.lease_due(session, ["warning"], lease_seconds=5),
        "is anything known now": lambda: inbox.release_known(session, [("consultation.submitted", 1)]),
        "is anything dead": lambda: dead_letters.find(session),
    }
    for name, poll in polls.items():
        with explained(session) as statements:
            assert not poll(), name
        assert sum(each.blocks for each in statements) <= _FEW_BLOCKS, (name, statements[0].plan)


def test_the_work_of_a_batch_grows_with_the_batch_and_not_with_the_tables(session):
    published = _ids(session, "SELECT event_id FROM outbox_event ORDER BY random() LIMIT 100")
    pending = _ids(session, "SELECT event_id FROM inbox WHERE status = 'pending' ORDER BY random() LIMIT 100")
    subjects = _ids(session, "SELECT subject FROM inbox ORDER BY random() LIMIT 100")
    steps = {
        "lease 100": lambda: deliveries.lease_fresh(session, "insights", limit=100, retry_seconds=10),
        "confirm 100": lambda: deliveries.confirm(session, "intake", published, datetime.now(UTC)),
        "claim 100": lambda: inbox.claim(session, pending, attempts=1),
        "wake whoever waits for 100": lambda: inbox.wake_waiting(session, subjects),
        "set a timer": lambda: timers.arm(session, "warning", subjects[0], datetime.now(UTC), {}),
        "cancel timers": lambda: timers.disarm(session, subjects[0], ()),
    }
    for name, step in steps.items():
        with explained(session) as statements:
            step()
        for statement in statements:
            assert statement.blocks <= 40 * 100, (name, statement.plan)
            assert not statement.scanned_tables & _LARGE_TABLES, (name, statement.scanned_tables)


_THIS_MONTH = f"{datetime.now(UTC):%Y_%m}"
_LARGE_TABLES = {"outbox_delivery", "timer", f"outbox_event_{_THIS_MONTH}", f"inbox_{_THIS_MONTH}"}


def _ids(session, query):
    return list(session.execute(text(query)).scalars())

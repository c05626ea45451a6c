"""The tables of event delivery, as every service's first migration creates them.

Outbox events and inbox rows are partitioned by month through the time inside their UUIDv7: the key stays unique
within a partition because an identifier never changes its month, and old months are dropped, not deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import op

from shared.messaging.partitions import statements_for_coming_months

_TABLES = """
CREATE TABLE outbox_stream (
    subject uuid PRIMARY KEY,
    sequence bigint NOT NULL
);

CREATE TABLE outbox_event (
    event_id uuid PRIMARY KEY,
    subject uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    envelope text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) PARTITION BY RANGE (event_id);
CREATE TABLE outbox_event_default PARTITION OF outbox_event DEFAULT;

CREATE TABLE outbox_delivery (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    subscriber text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    published_at timestamptz,
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (subscriber, event_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
-- The order of emission is found in this index alone: with another on seq, PostgreSQL may walk half a million
-- published rows in search of a fresh one.
CREATE INDEX outbox_delivery_fresh ON outbox_delivery (subscriber, seq) WHERE published_at IS NULL;
CREATE INDEX outbox_delivery_unconfirmed ON outbox_delivery (subscriber, published_at) WHERE published_at IS NOT NULL;

CREATE TABLE relay_state (
    subscriber text PRIMARY KEY,
    incarnation text,
    resets integer NOT NULL DEFAULT 0,
    lost_before timestamptz,
    last_confirmed_publication timestamptz,
    probed_at timestamptz
);

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    source text NOT NULL,
    subject uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    envelope text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'waiting', 'applied', 'dead', 'unknown', 'discarded')),
    attempts integer NOT NULL,
    next_at timestamptz NOT NULL,
    last_error text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_at timestamptz
) PARTITION BY RANGE (event_id);
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
CREATE INDEX inbox_due ON inbox (next_at) WHERE status IN ('pending', 'waiting');
CREATE INDEX inbox_waiting ON inbox (subject) WHERE status = 'waiting';
CREATE INDEX inbox_troubled ON inbox (status, received_at) WHERE status IN ('dead', 'unknown');

CREATE TABLE quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL,
    reason text NOT NULL,
    digest text NOT NULL UNIQUE,
    body text NOT NULL
);

CREATE TABLE timer (
    timer_id uuid PRIMARY KEY,
    name text NOT NULL,
    subject uuid NOT NULL,
    generation integer NOT NULL,
    due_at timestamptz NOT NULL,
    try_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    state text NOT NULL DEFAULT 'armed' CHECK (state IN ('armed', 'fired', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    fired_at timestamptz,
    late_ms bigint,
    last_error text,
    UNIQUE (subject, name, generation)
);
CREATE INDEX timer_due ON timer (try_at) WHERE state = 'armed';
CREATE INDEX timer_oldest ON timer (due_at) WHERE state = 'armed';

CREATE TABLE process_heartbeat (
    instance text NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (instance, kind)
);

CREATE TABLE job_run (
    name text NOT NULL,
    period_start timestamptz NOT NULL,
    PRIMARY KEY (name, period_start)
);
"""

TABLE_NAMES = frozenset(
    {
        "outbox_stream", "outbox_event", "outbox_delivery", "relay_state", "inbox", "quarantine", "timer",
        "process_heartbeat", "job_run",
    }
)  # fmt: skip


def create_messaging_tables() -> None:
    """Create the tables and the partitions of the coming months; called inside a migration."""
    op.execute(_TABLES)
    for statement in statements_for_coming_months(datetime.now(UTC)):
        op.execute(statement)

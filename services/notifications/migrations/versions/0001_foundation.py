"""Event delivery, contact points, consultations, messages, attempts, receipts, breakers."""

from alembic import op

from shared.http.idempotency import IDEMPOTENCY_TABLE
from shared.messaging.schema import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
-- Where people can be written to: the newest event about each wins.
CREATE TABLE contact (
    person_id uuid PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('official', 'advisor', 'supervisor', 'admin')),
    full_name text NOT NULL,
    email text NOT NULL,
    phone text,
    locale text NOT NULL,
    is_active boolean NOT NULL,
    sequence bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What later letters about a consultation need to know of it.
CREATE TABLE consultation (
    consultation_id uuid PRIMARY KEY,
    code text NOT NULL,
    official_id uuid NOT NULL,
    subject_line text NOT NULL,
    submitted_at timestamptz NOT NULL,
    -- Set with the letter that says "received": there is exactly one, with the promised date or without.
    acknowledged_at timestamptz
);

-- The narrow, often updated half of a message; its texts lie in message_content and are written once.
CREATE TABLE message (
    message_id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    correlation_id text NOT NULL,
    consultation_id uuid,
    code text,
    recipient_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    template text NOT NULL,
    locale text NOT NULL,
    address text NOT NULL,
    recipient_kind text NOT NULL,
    recipient_name text NOT NULL,
    segments integer NOT NULL DEFAULT 1,
    state text NOT NULL
        CHECK (state IN ('pending', 'sending', 'uncertain', 'submitted', 'delivered', 'failed', 'held')),
    attempts integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    doubts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    lease_until timestamptz,
    sending_at timestamptz,
    sender text,
    is_outage boolean NOT NULL DEFAULT false,
    last_reply text,
    -- Which message.* event about this state is still to be emitted.
    untold text CHECK (untold IN ('delivered', 'failed', 'held')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    submitted_at timestamptz,
    settled_at timestamptz,
    UNIQUE (event_id, recipient_id, channel, template)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX message_due ON message (channel, next_at) WHERE state = 'pending';
CREATE INDEX message_in_doubt ON message (channel, state) WHERE state IN ('sending', 'uncertain');
CREATE INDEX message_untold ON message (channel) WHERE untold IS NOT NULL;
CREATE INDEX message_expiring ON message (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX message_of_recipient ON message (recipient_id, channel, created_at);
CREATE INDEX message_of_consultation ON message (code, message_id);
CREATE INDEX message_not_delivered ON message (message_id)
    WHERE state IN ('pending', 'sending', 'uncertain', 'failed', 'held');

CREATE TABLE message_content (
    message_id uuid PRIMARY KEY REFERENCES message,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    -- Set when a text that opened a door was taken out of the ledger.
    redacted_at timestamptz
);

CREATE TABLE message_attempt (
    message_id uuid NOT NULL REFERENCES message,
    number integer NOT NULL,
    sender text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('accepted', 'deferred', 'unavailable', 'refused', 'uncertain')),
    reply text NOT NULL,
    PRIMARY KEY (message_id, number)
);

CREATE TABLE message_receipt (
    message_id uuid NOT NULL REFERENCES message,
    attempt integer NOT NULL,
    type integer NOT NULL,
    answer text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    raw text NOT NULL,
    PRIMARY KEY (message_id, attempt, type)
);
CREATE INDEX message_receipt_newest ON message_receipt (received_at);

CREATE TABLE channel_breaker (
    channel text PRIMARY KEY CHECK (channel IN ('email', 'sms')),
    is_open boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    counting_since timestamptz,
    probe_at timestamptz
);
INSERT INTO channel_breaker (channel) VALUES ('email'), ('sms');
"""


def upgrade() -> None:
    create_messaging_tables()
    op.execute(IDEMPOTENCY_TABLE)
    op.execute(_TABLES)

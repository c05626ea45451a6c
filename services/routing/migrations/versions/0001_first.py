"""Event delivery, accounts, idempotency, and the tables of cases and advisors."""

from alembic import op

from shared.accounts.schema import ACCOUNT_TABLES
from shared.http.idempotency import IDEMPOTENCY_TABLE
from shared.messaging.schema import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PEOPLE = """
CREATE TABLE official (
    official_id uuid PRIMARY KEY,
    full_name text NOT NULL,
    position text NOT NULL,
    ubigeo text NOT NULL,
    municipality text NOT NULL,
    locale text NOT NULL,
    sequence bigint NOT NULL
);

CREATE TABLE advisor (
    account_id uuid PRIMARY KEY REFERENCES account,
    is_available boolean NOT NULL DEFAULT true,
    leave_from date,
    leave_until date,
    capacity integer NOT NULL CHECK (capacity BETWEEN 0 AND 100000),
    open_count integer NOT NULL DEFAULT 0 CHECK (open_count >= 0),
    last_assigned_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CHECK (leave_from <= leave_until AND (leave_from IS NULL) = (leave_until IS NULL))
) WITH (fillfactor = 50);

CREATE TABLE advisor_skill (
    account_id uuid NOT NULL REFERENCES advisor,
    topic text NOT NULL,
    level integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    PRIMARY KEY (account_id, topic)
);
CREATE INDEX advisor_skill_topic ON advisor_skill (topic);
"""

_CASES = """
CREATE TABLE casefile (
    case_id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    official_id uuid NOT NULL,
    asker_name text NOT NULL,
    asker_position text NOT NULL,
    asker_locale text NOT NULL,
    ubigeo text NOT NULL,
    municipality text NOT NULL,
    subject_line text NOT NULL,
    body text NOT NULL,
    channel text NOT NULL,
    submitted_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('triage', 'unstaffed', 'assigned', 'waiting', 'answered', 'closed')),
    outcome text CHECK (outcome IN ('answered', 'withdrawn', 'out_of_scope', 'abandoned')),
    topic text NOT NULL,
    kind text NOT NULL,
    is_urgent boolean NOT NULL,
    needs_triage boolean NOT NULL,
    topic_confidence double precision NOT NULL,
    kind_confidence double precision NOT NULL,
    urgency_confidence double precision NOT NULL,
    candidates jsonb NOT NULL,
    candidate_topics text[] NOT NULL,
    reasons jsonb NOT NULL,
    model_version text NOT NULL,
    decided_by text NOT NULL,
    advisor_id uuid REFERENCES advisor,
    last_advisor_id uuid REFERENCES advisor,
    assigned_at timestamptz,
    assignment_reason_es text NOT NULL DEFAULT '',
    assignment_reason_en text NOT NULL DEFAULT '',
    waiting_since timestamptz,
    is_unstaffed_told boolean NOT NULL DEFAULT false,
    policy_version text NOT NULL,
    calendar_version text NOT NULL,
    promised_at timestamptz,
    next_due_at timestamptz,
    risk_at timestamptz,
    due_key timestamptz NOT NULL,
    first_answered_at timestamptz,
    ended_at timestamptz,
    rating_score integer CHECK (rating_score BETWEEN 1 AND 5),
    rating_comment text,
    rated_at timestamptz,
    rated_sequence bigint NOT NULL DEFAULT 0,
    intake_sequence bigint NOT NULL DEFAULT 0,
    history_count integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    CHECK (state NOT IN ('assigned', 'waiting') OR advisor_id IS NOT NULL),
    CHECK (state NOT IN ('triage', 'unstaffed') OR advisor_id IS NULL),
    CHECK (state <> 'closed' OR outcome IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX casefile_open ON casefile (due_key, case_id)
    WHERE state IN ('triage', 'unstaffed', 'assigned', 'waiting');
CREATE INDEX casefile_mine ON casefile (advisor_id, due_key, case_id) WHERE state IN ('assigned', 'waiting');
CREATE INDEX casefile_pool ON casefile (topic, is_urgent DESC, waiting_since) WHERE state = 'unstaffed';
CREATE INDEX casefile_ended ON casefile (ended_at DESC, case_id) WHERE state IN ('answered', 'closed');
CREATE INDEX casefile_official ON casefile (official_id, submitted_at);

CREATE TABLE case_history (
    case_id uuid NOT NULL REFERENCES casefile,
    sequence integer NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL DEFAULT '',
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (case_id, sequence)
);

CREATE TABLE case_message (
    message_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES casefile,
    kind text NOT NULL CHECK (kind IN ('answer', 'clarification_request', 'clarification', 'reopening')),
    author_id uuid,
    author_name text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX case_message_case ON case_message (case_id, at);

CREATE TABLE case_note (
    note_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES casefile,
    author_id uuid NOT NULL REFERENCES account,
    author_name text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX case_note_case ON case_note (case_id, at);

CREATE TABLE case_alarm (
    case_id uuid NOT NULL REFERENCES casefile,
    key text NOT NULL,
    at timestamptz NOT NULL,
    given_at timestamptz NOT NULL,
    late_seconds integer NOT NULL,
    is_covered boolean NOT NULL DEFAULT false,
    PRIMARY KEY (case_id, key)
);

CREATE TABLE sla_rules (
    kind text NOT NULL CHECK (kind IN ('policy', 'calendar')),
    version text NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (kind, version)
);
"""


def upgrade() -> None:
    create_messaging_tables()
    for tables in (ACCOUNT_TABLES, IDEMPOTENCY_TABLE, _PEOPLE, _CASES):
        op.execute(tables)

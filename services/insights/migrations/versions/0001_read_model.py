"""The read model: cases, their clocks, messages, people by municipality, the newest telemetry; and the accounts."""

from alembic import op

from shared.accounts.schema import ACCOUNT_TABLES
from shared.messaging.schema import create_messaging_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Every column is a fact that some event states, and each is merged by a rule that gives the same result whatever
# the order and number of arrivals (services/insights/store/consultations.py). The state is computed from the facts by
# the database, so it can never disagree with them.
_CONSULTATION = """
CREATE TABLE consultation (
    consultation_id uuid PRIMARY KEY,
    code text NOT NULL,
    official_id uuid,
    ubigeo text,
    municipality text,
    channel text,
    submitted_at timestamptz,
    clarified_at timestamptz,
    reopened_at timestamptz,
    withdrawn_at timestamptz,
    score integer,
    rating_sequence bigint,
    classified_at timestamptz,
    topic_code text,
    topic_name_es text,
    topic_name_en text,
    kind text,
    is_urgent boolean,
    confidence double precision,
    needs_triage boolean,
    classified_sequence bigint,
    unstaffed_since timestamptz,
    assigned_at timestamptz,
    advisor_id uuid,
    advisor_name text,
    advisor_sequence bigint,
    promised_at timestamptz,
    promise_sequence bigint,
    asked_at timestamptz,
    first_answered_at timestamptz,
    last_answered_at timestamptz,
    escalated_at timestamptz,
    closed_at timestamptz,
    outcome text,
    closed_sequence bigint,
    state text NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN withdrawn_at IS NOT NULL AND (reopened_at > withdrawn_at) IS NOT TRUE THEN 'withdrawn'
            WHEN closed_at IS NOT NULL AND (reopened_at > closed_at) IS NOT TRUE THEN 'closed'
            WHEN last_answered_at IS NOT NULL
                 AND (greatest(reopened_at, clarified_at, asked_at) > last_answered_at) IS NOT TRUE THEN 'answered'
            WHEN asked_at IS NOT NULL
                 AND (greatest(reopened_at, clarified_at) >= asked_at) IS NOT TRUE THEN 'waiting'
            WHEN advisor_id IS NOT NULL THEN 'assigned'
            WHEN unstaffed_since IS NOT NULL THEN 'unstaffed'
            WHEN needs_triage THEN 'triage'
            WHEN classified_at IS NOT NULL THEN 'classified'
            ELSE 'received'
        END
    ) STORED
);
CREATE INDEX consultation_submitted ON consultation (submitted_at);
CREATE INDEX consultation_classified ON consultation (classified_at);
CREATE INDEX consultation_assigned ON consultation (assigned_at);
CREATE INDEX consultation_first_answered ON consultation (first_answered_at);
CREATE INDEX consultation_open ON consultation (state, topic_code)
    INCLUDE (submitted_at, promised_at) WHERE state NOT IN ('answered', 'closed', 'withdrawn');
CREATE INDEX consultation_ubigeo ON consultation (ubigeo);
"""

_OTHERS = """
CREATE TABLE sla_clock (
    consultation_id uuid NOT NULL,
    clock text NOT NULL,
    due_at timestamptz NOT NULL,
    warned_at timestamptz,
    breached_at timestamptz,
    recorded_at timestamptz,
    PRIMARY KEY (consultation_id, clock, due_at)
);
CREATE INDEX sla_clock_breached ON sla_clock (breached_at) WHERE breached_at IS NOT NULL;
CREATE INDEX sla_clock_warned ON sla_clock (due_at) WHERE breached_at IS NULL;

CREATE TABLE message (
    message_id uuid PRIMARY KEY,
    consultation_id uuid,
    channel text NOT NULL,
    template text NOT NULL,
    state text NOT NULL CHECK (state IN ('delivered', 'failed', 'held')),
    changed_at timestamptz NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX message_changed ON message (changed_at) INCLUDE (channel, state);
CREATE INDEX message_troubled ON message (state) WHERE state <> 'delivered';

CREATE TABLE official (
    official_id uuid PRIMARY KEY,
    ubigeo text NOT NULL,
    municipality text NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX official_ubigeo ON official (ubigeo);

CREATE TABLE staff (
    account_id uuid PRIMARY KEY,
    role text NOT NULL,
    is_active boolean NOT NULL,
    sequence bigint NOT NULL
);

CREATE TABLE telemetry_target (
    service text NOT NULL,
    process text NOT NULL,
    instance text NOT NULL,
    address text NOT NULL,
    is_up boolean NOT NULL,
    problem text,
    checked_at timestamptz NOT NULL,
    answered_at timestamptz,
    samples jsonb NOT NULL,
    PRIMARY KEY (service, process, instance)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

CREATE TABLE telemetry_turn (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    next_at timestamptz NOT NULL
);
INSERT INTO telemetry_turn (next_at) VALUES ('-infinity');
"""


def upgrade() -> None:
    create_messaging_tables()
    op.execute(ACCOUNT_TABLES)
    op.execute(_CONSULTATION)
    op.execute(_OTHERS)

"""Officials, municipalities, consultations with their thread, timeline and proof of delivery."""

from alembic import op
from sqlalchemy.orm import Session

from services.intake.store.municipalities import load
from shared.accounts.schema import ACCOUNT_TABLES
from shared.http.idempotency import IDEMPOTENCY_TABLE
from shared.messaging.schema import create_messaging_tables

revision = "0001"
down_revision = None

_TABLES = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE municipality (
    ubigeo text PRIMARY KEY CHECK (ubigeo ~ '^[0-9]{6}$'),
    department text NOT NULL,
    province text NOT NULL,
    district text NOT NULL,
    search_text text NOT NULL
);
CREATE INDEX municipality_search ON municipality USING gin (search_text gin_trgm_ops);

CREATE TABLE official (
    account_id uuid PRIMARY KEY REFERENCES account,
    ubigeo text NOT NULL REFERENCES municipality,
    position text NOT NULL
);
CREATE INDEX official_ubigeo ON official (ubigeo);

-- A column that the desk (routing) decides carries the number of the event that set it, so that the newest event
-- that speaks of it wins, whatever the order in which events arrive.
CREATE TABLE consultation (
    consultation_id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    official_id uuid NOT NULL REFERENCES official,
    channel text NOT NULL,
    subject_line text NOT NULL,
    body text NOT NULL,
    topic_hint text,
    submitted_at timestamptz NOT NULL,
    status text NOT NULL,
    status_sequence bigint NOT NULL DEFAULT 0,
    topic jsonb,
    topic_sequence bigint NOT NULL DEFAULT 0,
    advisor jsonb,
    advisor_sequence bigint NOT NULL DEFAULT 0,
    promised_at timestamptz,
    promise_sequence bigint NOT NULL DEFAULT 0,
    answered_at timestamptz,
    closed_at timestamptz,
    rating_score integer CHECK (rating_score BETWEEN 1 AND 5),
    rating_comment text,
    first_rated_at timestamptz,
    rated_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX consultation_of_official ON consultation (official_id, consultation_id DESC);

CREATE TABLE thread_message (
    message_id uuid PRIMARY KEY,
    consultation_id uuid NOT NULL REFERENCES consultation,
    author text NOT NULL CHECK (author IN ('official', 'advisor')),
    author_name text NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX thread_message_consultation ON thread_message (consultation_id, sent_at);

CREATE TABLE timeline_entry (
    consultation_id uuid NOT NULL REFERENCES consultation,
    entry_id uuid NOT NULL,
    type text NOT NULL,
    happened_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (consultation_id, entry_id)
);

-- No reference to consultation: proof may arrive for messages that are about none, and is kept whoever they went to.
CREATE TABLE delivery_proof (
    message_id uuid PRIMARY KEY,
    consultation_id uuid,
    recipient_id uuid NOT NULL,
    channel text NOT NULL,
    template text NOT NULL,
    state text NOT NULL CHECK (state IN ('delivered', 'failed', 'held')),
    note text NOT NULL,
    happened_at timestamptz NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX delivery_proof_consultation ON delivery_proof (consultation_id) WHERE consultation_id IS NOT NULL;
"""


def upgrade() -> None:
    create_messaging_tables()
    op.execute(ACCOUNT_TABLES)
    op.execute(IDEMPOTENCY_TABLE)
    op.execute(_TABLES)
    with Session(op.get_bind()) as session:
        load(session)
        session.flush()

"""Review of answers before they are sent, and who needs it."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE answer_review (
    review_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES casefile,
    author_id uuid NOT NULL REFERENCES account,
    author_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'returned', 'sent', 'ended')),
    round integer NOT NULL CHECK (round >= 1),
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX answer_review_open ON answer_review (case_id) WHERE state IN ('pending', 'returned');
CREATE INDEX answer_review_queue ON answer_review (changed_at, review_id) WHERE state IN ('pending', 'returned');

CREATE TABLE answer_review_round (
    review_id uuid NOT NULL REFERENCES answer_review,
    round integer NOT NULL,
    body text NOT NULL,
    citations jsonb NOT NULL DEFAULT '[]',
    seen text NOT NULL,
    submitted_at timestamptz NOT NULL,
    decision text CHECK (decision IN ('approved', 'returned')),
    comment text NOT NULL DEFAULT '',
    reviewer_id uuid REFERENCES account,
    reviewer_name text NOT NULL DEFAULT '',
    decided_at timestamptz,
    PRIMARY KEY (review_id, round)
);

-- Whoever knows a topic less than this level does not send without review; '' is every topic that has no row.
CREATE TABLE review_rule (
    topic text PRIMARY KEY,
    least_level integer NOT NULL CHECK (least_level BETWEEN 0 AND 4),
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
"""


def upgrade() -> None:
    op.execute(_TABLES)

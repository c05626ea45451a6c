"""Drafts of staff kept on the server, and who looks at a case at the moment."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE case_draft (
    case_id uuid NOT NULL REFERENCES casefile,
    author_id uuid NOT NULL REFERENCES account,
    kind text NOT NULL CHECK (kind IN ('answer', 'clarification', 'note')),
    body text NOT NULL,
    citations jsonb NOT NULL DEFAULT '[]',
    seen_version integer NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, author_id, kind)
);
CREATE INDEX case_draft_author ON case_draft (author_id, saved_at DESC);

-- Worth a minute: not logged, so that a heartbeat costs no flush; empty after a crash, which nobody notices.
CREATE UNLOGGED TABLE case_presence (
    case_id uuid NOT NULL,
    person_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    answering_at timestamptz,
    PRIMARY KEY (case_id, person_id)
) WITH (fillfactor = 50);
"""


def upgrade() -> None:
    op.execute(_TABLES)

"""Whom notes call."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE case_mention (
    note_id uuid NOT NULL REFERENCES case_note,
    person_id uuid NOT NULL REFERENCES account,
    case_id uuid NOT NULL REFERENCES casefile,
    at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (note_id, person_id)
);
CREATE INDEX case_mention_person ON case_mention (person_id, at DESC);
CREATE INDEX case_mention_unread ON case_mention (person_id, case_id) WHERE read_at IS NULL;
"""


def upgrade() -> None:
    op.execute(_TABLES)

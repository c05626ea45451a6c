"""The register of norms with every version of each, and which answer cites which."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_REGISTER = """
CREATE TABLE norm (
    norm_id uuid PRIMARY KEY,
    identity text NOT NULL UNIQUE,
    kind text NOT NULL,
    number text NOT NULL,
    title text NOT NULL,
    short_name text NOT NULL DEFAULT '',
    other_names text[] NOT NULL DEFAULT '{}',
    issuer text NOT NULL DEFAULT '',
    issued_on date,
    url text NOT NULL DEFAULT '',
    valid_from date,
    valid_until date,
    repealed_by_id uuid REFERENCES norm,
    amendments text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    is_checked boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    CHECK (valid_until > valid_from)
);
CREATE INDEX norm_repealed_by ON norm (repealed_by_id) WHERE repealed_by_id IS NOT NULL;

CREATE TABLE norm_version (
    norm_id uuid NOT NULL REFERENCES norm,
    version integer NOT NULL,
    content jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (norm_id, version)
);
"""

_CITATIONS = """
CREATE TABLE answer_citation (
    message_id uuid NOT NULL REFERENCES case_message,
    position integer NOT NULL,
    norm_id uuid NOT NULL REFERENCES norm,
    section text NOT NULL,
    article text NOT NULL,
    numeral text NOT NULL,
    literal text NOT NULL,
    paragraph text NOT NULL,
    text text NOT NULL,
    checked_on date NOT NULL,
    was_in_force boolean NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (message_id, position)
);
CREATE INDEX answer_citation_norm ON answer_citation (norm_id, message_id DESC);
"""


def upgrade() -> None:
    op.execute(_REGISTER)
    op.execute(_CITATIONS)

"""Acts on many cases at once: what was asked, and what became of each case."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BULK = """
CREATE TABLE bulk_run (
    run_id uuid PRIMARY KEY,
    actor_id uuid NOT NULL REFERENCES account,
    token text NOT NULL,
    act text NOT NULL,
    params jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    UNIQUE (actor_id, token)
);

CREATE TABLE bulk_item (
    run_id uuid NOT NULL REFERENCES bulk_run,
    position integer NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    outcome text CHECK (outcome IN ('done', 'refused')),
    sentence text NOT NULL DEFAULT '',
    PRIMARY KEY (run_id, position)
);
"""


def upgrade() -> None:
    op.execute(_BULK)

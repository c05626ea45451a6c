"""The shared library of canned texts and macros, every version of each kept."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE library_item (
    item_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('text', 'macro')),
    topic text NOT NULL,
    name text NOT NULL,
    content jsonb NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
CREATE UNIQUE INDEX library_item_name ON library_item (kind, topic, lower(name)) WHERE is_active;

CREATE TABLE library_version (
    item_id uuid NOT NULL REFERENCES library_item,
    version integer NOT NULL,
    topic text NOT NULL,
    name text NOT NULL,
    content jsonb NOT NULL,
    is_active boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (item_id, version)
);
"""


def upgrade() -> None:
    op.execute(_TABLES)

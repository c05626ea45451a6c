"""Merging, snoozing, linking and splitting cases."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MERGED = """
ALTER TABLE casefile
    ADD COLUMN merged_into_id uuid REFERENCES casefile,
    ADD COLUMN merged_at timestamptz,
    ADD COLUMN snoozed_until timestamptz,
    DROP CONSTRAINT casefile_state_check,
    ADD CONSTRAINT casefile_state_check
        CHECK (state IN ('triage', 'unstaffed', 'assigned', 'waiting', 'answered', 'closed', 'merged')),
    ADD CONSTRAINT casefile_merged_check
        CHECK ((state = 'merged') = (merged_into_id IS NOT NULL) AND (state <> 'merged' OR advisor_id IS NULL)),
    ADD CONSTRAINT casefile_snoozed_check CHECK (snoozed_until IS NULL OR state IN ('assigned', 'waiting'));
CREATE INDEX casefile_merged_into ON casefile (merged_into_id) WHERE merged_into_id IS NOT NULL;
"""

_RELATIONS = """
CREATE TABLE case_link (
    case_id uuid NOT NULL REFERENCES casefile,
    other_id uuid NOT NULL REFERENCES casefile,
    kind text NOT NULL CHECK (kind IN ('related', 'duplicate', 'follows', 'split')),
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, other_id),
    CHECK (case_id <> other_id)
);
CREATE INDEX case_link_other ON case_link (other_id);

-- No reference for new_case_id: the case opens when intake has given the consultation its code.
CREATE TABLE case_split (
    new_case_id uuid PRIMARY KEY,
    parent_id uuid NOT NULL REFERENCES casefile,
    topic text NOT NULL,
    kind text NOT NULL,
    is_urgent boolean NOT NULL,
    split_by uuid NOT NULL REFERENCES account,
    split_by_name text NOT NULL,
    split_at timestamptz NOT NULL,
    opened_at timestamptz
);
CREATE INDEX case_split_parent ON case_split (parent_id);
"""


def upgrade() -> None:
    op.execute(_MERGED)
    op.execute(_RELATIONS)

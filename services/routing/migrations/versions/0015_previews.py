"""A recalculation can be previewed on the cases as they are today: a run of its own that writes to no case."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_CHECKS = """
ALTER TABLE sla_run
    DROP CONSTRAINT sla_run_purpose_check,
    DROP CONSTRAINT sla_run_check,
    DROP CONSTRAINT sla_run_check1,
    ADD CONSTRAINT sla_run_purpose_check CHECK (purpose IN ('trial', 'preview', 'recalculation')),
    -- A trial is of a draft; a preview and a recalculation are of an edition.
    ADD CONSTRAINT sla_run_of_draft CHECK ((purpose = 'trial') = (draft_version IS NOT NULL)),
    ADD CONSTRAINT sla_run_of_edition CHECK ((purpose <> 'trial') = (edition_number IS NOT NULL));
"""


def upgrade() -> None:
    op.execute(_CHECKS)

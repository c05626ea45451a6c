"""Snoozed cases are few and looked for by advisor."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX casefile_snoozed ON casefile (advisor_id) WHERE snoozed_until IS NOT NULL")

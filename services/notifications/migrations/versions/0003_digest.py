"""What staff are to be told of deadlines, gathered into one letter per person and window."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE digest_item (
            item_id uuid PRIMARY KEY,
            event_id uuid NOT NULL,
            recipient_id uuid NOT NULL,
            content jsonb NOT NULL,
            not_before timestamptz NOT NULL,
            send_at timestamptz NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            told_at timestamptz,
            UNIQUE (event_id, recipient_id)
        );
        CREATE INDEX digest_item_waiting ON digest_item (recipient_id, not_before) WHERE told_at IS NULL;
    """)

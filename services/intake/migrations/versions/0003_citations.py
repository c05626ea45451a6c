"""The norms that an answer cites, kept with it as the desk told them."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE thread_message ADD COLUMN citations jsonb NOT NULL DEFAULT '[]'")

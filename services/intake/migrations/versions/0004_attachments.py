"""The files of an answer, as the desk told of them; the bytes stay at the desk."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE thread_message ADD COLUMN attachments jsonb NOT NULL DEFAULT '[]'")

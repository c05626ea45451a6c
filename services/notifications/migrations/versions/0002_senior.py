"""Seniors are people one can write to."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One role more."""
    op.execute("ALTER TABLE contact DROP CONSTRAINT contact_role_check")
    op.execute("""
        ALTER TABLE contact ADD CONSTRAINT contact_role_check
            CHECK (role IN ('official', 'advisor', 'senior', 'supervisor', 'admin')) NOT VALID
    """)
    op.execute("ALTER TABLE contact VALIDATE CONSTRAINT contact_role_check")

"""The audit of what people do; sessions one can see and end, a second factor, invitations."""

from alembic import op

from shared.accounts.audit_schema import AUDIT_TABLES
from shared.accounts.staff_schema import STAFF_ACCOUNT_TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(AUDIT_TABLES)
    op.execute(STAFF_ACCOUNT_TABLES)

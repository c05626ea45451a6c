"""The audit of what people do; sessions one can see and end, a second factor, invitations."""

from alembic import op

from shared.accounts.audit_schema import AUDIT_TABLES
from shared.accounts.staff_schema import STAFF_ACCOUNT_TABLES

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(AUDIT_TABLES)
    op.execute(STAFF_ACCOUNT_TABLES)
    op.execute("""
        -- What other services said of their chains; compared with them by `ventanilla audit verify`.
        CREATE TABLE peer_audit_anchor (
            service text NOT NULL,
            seq bigint NOT NULL,
            hash bytea NOT NULL,
            anchored_at timestamptz NOT NULL,
            PRIMARY KEY (service, seq)
        );
        CREATE TRIGGER peer_audit_anchor_is_kept BEFORE UPDATE OR DELETE ON peer_audit_anchor
            FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """)

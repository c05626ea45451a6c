"""Plans to spread the backlog over advisors."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE rebalance_plan (
            plan_id uuid PRIMARY KEY,
            made_at timestamptz NOT NULL,
            made_by uuid NOT NULL REFERENCES account,
            made_by_name text NOT NULL,
            state text NOT NULL CHECK (state IN ('previewed', 'applying', 'applied')),
            content jsonb NOT NULL,
            reason text NOT NULL DEFAULT '',
            position integer NOT NULL DEFAULT 0,
            moved integer NOT NULL DEFAULT 0,
            passed_over integer NOT NULL DEFAULT 0
        );
        CREATE INDEX rebalance_plan_made ON rebalance_plan (made_at);
    """)

"""Whose turn it is: the latest assignment tells whether nobody has a case, a resumed clock whether the wait is over."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX consultation_open")
    op.execute("ALTER TABLE consultation DROP COLUMN state")
    op.execute("ALTER TABLE consultation ADD COLUMN last_assigned_at timestamptz, ADD COLUMN resumed_at timestamptz")
    op.execute("UPDATE consultation SET last_assigned_at = assigned_at")
    op.execute("""
        ALTER TABLE consultation ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
            CASE
                WHEN withdrawn_at IS NOT NULL AND (reopened_at > withdrawn_at) IS NOT TRUE THEN 'withdrawn'
                WHEN closed_at IS NOT NULL AND (reopened_at > closed_at) IS NOT TRUE THEN 'closed'
                WHEN last_answered_at IS NOT NULL
                     AND (greatest(reopened_at, clarified_at, asked_at) > last_answered_at) IS NOT TRUE THEN 'answered'
                WHEN asked_at IS NOT NULL
                     AND (greatest(reopened_at, clarified_at, resumed_at) >= asked_at) IS NOT TRUE THEN 'waiting'
                WHEN unstaffed_since IS NOT NULL AND (last_assigned_at >= unstaffed_since) IS NOT TRUE
                     AND needs_triage IS NOT TRUE THEN 'unstaffed'
                WHEN advisor_id IS NOT NULL THEN 'assigned'
                WHEN needs_triage THEN 'triage'
                WHEN classified_at IS NOT NULL THEN 'classified'
                ELSE 'received'
            END
        ) STORED
    """)
    op.execute("""
        CREATE INDEX consultation_open ON consultation (state, topic_code)
            INCLUDE (submitted_at, promised_at) WHERE state NOT IN ('answered', 'closed', 'withdrawn')
    """)

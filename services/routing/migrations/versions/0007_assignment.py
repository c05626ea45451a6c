"""Teams, leaves, languages and hours of advisors; effort, language and idleness of cases."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STAFF = """
CREATE TABLE team (
    team_id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE,
    version integer NOT NULL DEFAULT 1
);

ALTER TABLE advisor
    ADD COLUMN open_effort integer NOT NULL DEFAULT 0 CHECK (open_effort >= 0),
    ADD COLUMN team_id uuid REFERENCES team,
    ADD COLUMN languages text[] NOT NULL DEFAULT '{es}',
    ADD COLUMN hours text;
UPDATE advisor SET open_effort = open_count * 100;

CREATE TABLE advisor_leave (
    leave_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES advisor,
    starts_on date NOT NULL,
    ends_on date NOT NULL CHECK (ends_on >= starts_on),
    kind text NOT NULL CHECK (kind IN ('vacation', 'health', 'training', 'errand', 'family', 'other')),
    note text NOT NULL DEFAULT '',
    approved_by uuid REFERENCES account,
    approved_by_name text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    begun_at timestamptz,
    ended_at timestamptz,
    cancelled_at timestamptz
);
CREATE INDEX advisor_leave_valid ON advisor_leave (account_id, ends_on) WHERE cancelled_at IS NULL;
INSERT INTO advisor_leave (leave_id, account_id, starts_on, ends_on, kind, created_at)
SELECT gen_random_uuid(), account_id, leave_from, leave_until, 'other', clock_timestamp()
  FROM advisor WHERE leave_from IS NOT NULL;
ALTER TABLE advisor DROP COLUMN leave_from, DROP COLUMN leave_until;
"""

_CASES = """
ALTER TABLE casefile
    ADD COLUMN language text NOT NULL DEFAULT 'es',
    ADD COLUMN effort integer NOT NULL DEFAULT 100,
    ADD COLUMN idle_at timestamptz;
CREATE INDEX casefile_idle ON casefile (idle_at) WHERE state = 'assigned' AND idle_at IS NOT NULL;
CREATE INDEX casefile_office ON casefile (ubigeo, ended_at DESC)
    WHERE state IN ('answered', 'closed') AND last_advisor_id IS NOT NULL;
CREATE INDEX case_history_given ON case_history (at) WHERE kind IN ('assigned', 'reassigned', 'unstaffed');
"""


def upgrade() -> None:
    op.execute(_STAFF)
    op.execute(_CASES)

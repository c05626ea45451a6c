"""Rules that supervisors edit: published editions, drafts, trials and recalculations; since when alarms are watched."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE sla_edition (
    kind text NOT NULL CHECK (kind IN ('policy', 'calendar')),
    number integer NOT NULL CHECK (number > 1),
    content jsonb NOT NULL,
    reason text NOT NULL,
    changes jsonb NOT NULL,
    trial_id uuid NOT NULL,
    published_by uuid NOT NULL REFERENCES account,
    published_name text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (kind, number)
);

-- A published edition never changes, whoever asks.
CREATE FUNCTION refuse_edition_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published edition never changes';
END $$;
CREATE TRIGGER sla_edition_frozen BEFORE UPDATE OR DELETE ON sla_edition
    FOR EACH ROW EXECUTE FUNCTION refuse_edition_change();

CREATE TABLE sla_draft (
    kind text PRIMARY KEY CHECK (kind IN ('policy', 'calendar')),
    content jsonb NOT NULL,
    version integer NOT NULL,
    changed_by uuid NOT NULL REFERENCES account,
    changed_name text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE sla_run (
    run_id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('trial', 'recalculation')),
    kind text NOT NULL CHECK (kind IN ('policy', 'calendar')),
    content jsonb NOT NULL,
    draft_version integer,
    edition_number integer,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done')),
    total integer NOT NULL,
    done integer NOT NULL,
    result jsonb NOT NULL,
    asked_by uuid NOT NULL REFERENCES account,
    asked_name text NOT NULL,
    asked_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK ((purpose = 'trial') = (draft_version IS NOT NULL)),
    CHECK ((purpose = 'recalculation') = (edition_number IS NOT NULL))
);
CREATE INDEX sla_run_newest ON sla_run (asked_at DESC);
-- One recalculation of a kind at a time: two would race for the same cases.
CREATE UNIQUE INDEX sla_run_one_recalculation ON sla_run (kind) WHERE purpose = 'recalculation' AND state = 'running';

CREATE TABLE sla_run_item (
    run_id uuid NOT NULL REFERENCES sla_run ON DELETE CASCADE,
    case_id uuid NOT NULL REFERENCES casefile,
    is_done boolean NOT NULL DEFAULT false,
    is_changed boolean NOT NULL DEFAULT false,
    result jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (run_id, case_id)
);
CREATE INDEX sla_run_item_waiting ON sla_run_item (run_id, case_id) WHERE NOT is_done;
CREATE INDEX sla_run_item_changed ON sla_run_item (run_id, case_id) WHERE is_changed;

CREATE TABLE sla_watch (
    watch_id integer PRIMARY KEY CHECK (watch_id = 1),
    since timestamptz NOT NULL
);
-- A desk that has worked before has watched since its first case; a new one begins now, so that old data make no noise.
INSERT INTO sla_watch SELECT 1, coalesce((SELECT min(opened_at) FROM casefile), clock_timestamp());
CREATE INDEX casefile_submitted ON casefile (submitted_at);
"""


def upgrade() -> None:
    op.execute(_TABLES)

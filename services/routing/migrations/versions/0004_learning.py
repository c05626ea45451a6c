"""What people corrected, the models learnt from it, which one decides, and how it came to that."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CORRECTIONS = """
CREATE TABLE classification_correction (
    correction_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES casefile,
    at timestamptz NOT NULL,
    by_id uuid,
    by_name text NOT NULL,
    reason text NOT NULL,
    model_version text NOT NULL,
    model_topic text NOT NULL,
    model_kind text NOT NULL,
    model_is_urgent boolean NOT NULL,
    model_confidence double precision NOT NULL,
    from_topic text NOT NULL,
    from_kind text NOT NULL,
    from_is_urgent boolean NOT NULL,
    to_topic text NOT NULL,
    to_kind text NOT NULL,
    to_is_urgent boolean NOT NULL,
    was_triage boolean NOT NULL,
    is_confirmation boolean NOT NULL,
    is_superseded boolean NOT NULL DEFAULT false,
    is_held_back boolean NOT NULL,
    text_digest text NOT NULL,
    subject_line text,
    body text
);
CREATE INDEX classification_correction_log ON classification_correction (at DESC, correction_id DESC);
CREATE INDEX classification_correction_case ON classification_correction (case_id);
CREATE INDEX casefile_opened ON casefile USING brin (opened_at);
"""

_MODELS = """
CREATE TABLE model_version (
    version text PRIMARY KEY,
    origin text NOT NULL CHECK (origin IN ('built', 'trained')),
    parent text REFERENCES model_version,
    code_key text NOT NULL,
    taxonomy_version text NOT NULL,
    corpus_hash text NOT NULL,
    learnt_count integer NOT NULL,
    judged_count integer NOT NULL,
    metrics jsonb NOT NULL,
    comparison jsonb,
    decision text NOT NULL CHECK (decision IN ('built', 'promoted', 'waiting', 'refused')),
    reasons jsonb NOT NULL,
    trained_by text NOT NULL,
    trained_at timestamptz NOT NULL,
    train_seconds double precision NOT NULL
);

CREATE TABLE model_artefact (
    version text PRIMARY KEY REFERENCES model_version,
    document text NOT NULL,
    arrays bytea NOT NULL
);

CREATE TABLE model_choice (
    choice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL REFERENCES model_version,
    previous text REFERENCES model_version,
    act text NOT NULL CHECK (act IN ('adopted', 'promoted', 'rolled_back')),
    by_id uuid,
    by_name text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE training_run (
    run_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('asked', 'running', 'done', 'failed')),
    cause text NOT NULL CHECK (cause IN ('scheduled', 'person')),
    by_name text NOT NULL,
    asked_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    new_corrections integer,
    corrections_until timestamptz,
    version text REFERENCES model_version,
    error text
);
CREATE INDEX training_run_asked ON training_run (asked_at DESC);
"""


def upgrade() -> None:
    op.execute(_CORRECTIONS)
    op.execute(_MODELS)

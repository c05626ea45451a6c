"""Queues at any size: covering indexes, counters, the search documents with their vocabulary, saved views.

What is derived from cases (counters, the feed of changes, search documents) is kept by triggers, in the transaction
of the act itself: no act, present or future, can forget it.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = "('triage', 'unstaffed', 'assigned', 'waiting')"
# Everything that a list filters by or asks about who may see a case: lists pick their page from an index alone.
_FILTERED = "state, topic, kind, is_urgent, ubigeo, advisor_id, last_advisor_id, submitted_at, triage_topics"

_INDEXES = f"""
ALTER TABLE casefile ADD COLUMN triage_topics text[]
    GENERATED ALWAYS AS (CASE WHEN state = 'triage' THEN candidate_topics END) STORED;

DROP INDEX casefile_open;
DROP INDEX casefile_mine;
DROP INDEX casefile_ended;
CREATE INDEX casefile_open ON casefile (due_key, case_id) INCLUDE ({_FILTERED}, next_due_at, risk_at)
    WHERE state IN {_OPEN};
CREATE INDEX casefile_mine ON casefile (advisor_id, due_key, case_id)
    INCLUDE (state, topic, kind, is_urgent, ubigeo, last_advisor_id, submitted_at, triage_topics, next_due_at, risk_at)
    WHERE state IN ('assigned', 'waiting');
CREATE INDEX casefile_unstaffed ON casefile (due_key, case_id) INCLUDE ({_FILTERED}) WHERE state = 'unstaffed';
CREATE INDEX casefile_triage ON casefile (due_key, case_id) INCLUDE ({_FILTERED}, waiting_since)
    WHERE state = 'triage';
CREATE INDEX casefile_waiting ON casefile (due_key, case_id) INCLUDE ({_FILTERED}) WHERE state = 'waiting';
CREATE INDEX casefile_ended ON casefile (ended_at, case_id) INCLUDE ({_FILTERED}) WHERE state IN ('answered', 'closed');
CREATE INDEX casefile_all ON casefile (due_key, case_id) INCLUDE ({_FILTERED});
CREATE INDEX casefile_received ON casefile (submitted_at, case_id)
    INCLUDE (state, topic, kind, is_urgent, ubigeo, advisor_id, last_advisor_id, triage_topics, next_due_at, risk_at,
             ended_at);
"""

# A row of case_change says what a case was and is. Old rows are folded into case_tally, so that a count is the sum of
# a small table and the latest changes: nobody waits for anybody's counter row.
_COUNTERS = """
CREATE TABLE case_change (
    change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    case_id uuid NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    was_state text,
    was_topic text,
    was_advisor_id uuid,
    was_last_advisor_id uuid,
    state text,
    topic text,
    advisor_id uuid,
    last_advisor_id uuid,
    triage_topics text[]
);
CREATE INDEX case_change_transaction ON case_change (transaction_id);

CREATE TABLE case_tally (
    state text NOT NULL,
    topic text NOT NULL,
    advisor_id uuid,
    last_advisor_id uuid,
    number bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (state, topic, advisor_id, last_advisor_id)
) WITH (fillfactor = 50);

CREATE FUNCTION note_case_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO case_change (case_id, code, version, state, topic, advisor_id, last_advisor_id, triage_topics)
        VALUES (NEW.case_id, NEW.code, NEW.version, NEW.state, NEW.topic, NEW.advisor_id, NEW.last_advisor_id,
                NEW.triage_topics);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO case_change (case_id, code, version, was_state, was_topic, was_advisor_id, was_last_advisor_id)
        VALUES (OLD.case_id, OLD.code, OLD.version, OLD.state, OLD.topic, OLD.advisor_id, OLD.last_advisor_id);
    ELSE
        INSERT INTO case_change (case_id, code, version, was_state, was_topic, was_advisor_id, was_last_advisor_id,
                                 state, topic, advisor_id, last_advisor_id, triage_topics)
        VALUES (NEW.case_id, NEW.code, NEW.version, OLD.state, OLD.topic, OLD.advisor_id, OLD.last_advisor_id,
                NEW.state, NEW.topic, NEW.advisor_id, NEW.last_advisor_id, NEW.triage_topics);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_change_noted AFTER INSERT OR DELETE ON casefile FOR EACH ROW EXECUTE FUNCTION note_case_change();
CREATE TRIGGER case_change_noted_on_update AFTER UPDATE ON casefile FOR EACH ROW
    WHEN ((OLD.state, OLD.topic, OLD.advisor_id, OLD.last_advisor_id, OLD.version, OLD.next_due_at)
          IS DISTINCT FROM (NEW.state, NEW.topic, NEW.advisor_id, NEW.last_advisor_id, NEW.version, NEW.next_due_at))
    EXECUTE FUNCTION note_case_change();

INSERT INTO case_tally (state, topic, advisor_id, last_advisor_id, number)
    SELECT state, topic, advisor_id, last_advisor_id, count(*) FROM casefile GROUP BY 1, 2, 3, 4;
"""

_SEARCH = r"""
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Words as search compares them: no accents, no capitals, nothing but letters and digits. The stemmer knows -ción and
-- -sión by their accent only, which half of the writers leave out: it is put back for all of them.
CREATE FUNCTION fold_words(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(
        btrim(regexp_replace(lower(public.unaccent('public.unaccent', given)), '[^a-z0-9]+', ' ', 'g')),
        '([cs])ion\M', '\1ión', 'g')
$$;

CREATE TABLE case_search (
    case_id uuid PRIMARY KEY REFERENCES casefile ON DELETE CASCADE,
    document tsvector NOT NULL
);

-- Bounded parts: a tsvector holds one megabyte at most.
CREATE FUNCTION case_document(wanted uuid) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('pg_catalog.simple', fold_words(code)), 'A')
        || setweight(to_tsvector('pg_catalog.spanish', fold_words(left(subject_line, 10000))), 'A')
        || setweight(to_tsvector('pg_catalog.spanish', fold_words(left(body, 100000))), 'B')
        || setweight(to_tsvector('pg_catalog.spanish', fold_words(coalesce(
               (SELECT left(string_agg(left(said.body, 20000), ' ' ORDER BY said.at), 200000)
                  FROM case_message AS said WHERE said.case_id = wanted), ''))), 'C')
        || setweight(to_tsvector('pg_catalog.spanish', fold_words(municipality || ' ' || asker_name)), 'D')
      FROM casefile WHERE case_id = wanted
$$;

-- Cases whose words the vocabulary does not have yet; is_new: they count as one more document of each word.
CREATE TABLE search_pending (
    case_id uuid NOT NULL,
    is_new boolean NOT NULL,
    PRIMARY KEY (case_id, is_new)
);
CREATE TABLE search_word (
    word text PRIMARY KEY,
    stem text NOT NULL,
    documents integer NOT NULL
) WITH (fillfactor = 70);

CREATE FUNCTION write_case_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_search (case_id, document) VALUES (NEW.case_id, case_document(NEW.case_id))
        ON CONFLICT (case_id) DO UPDATE SET document = excluded.document;
    INSERT INTO search_pending (case_id, is_new) VALUES (NEW.case_id, TG_OP = 'INSERT') ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER case_document_written AFTER INSERT OR UPDATE OF code, subject_line, body, municipality, asker_name
    ON casefile FOR EACH ROW EXECUTE FUNCTION write_case_document();

CREATE FUNCTION rewrite_case_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    concerned uuid[];
BEGIN
    IF TG_OP = 'DELETE' THEN concerned := ARRAY[OLD.case_id];
    ELSIF TG_OP = 'UPDATE' THEN concerned := ARRAY[OLD.case_id, NEW.case_id];
    ELSE concerned := ARRAY[NEW.case_id];
    END IF;
    UPDATE case_search SET document = case_document(case_id) WHERE case_id = ANY (concerned);
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_pending (case_id, is_new) VALUES (NEW.case_id, false) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_document_rewritten AFTER INSERT OR DELETE OR UPDATE OF case_id, body
    ON case_message FOR EACH ROW EXECUTE FUNCTION rewrite_case_document();

INSERT INTO case_search (case_id, document) SELECT case_id, case_document(case_id) FROM casefile;
INSERT INTO search_pending (case_id, is_new) SELECT case_id, true FROM casefile;
-- A long list of what is not merged yet would be read by every search.
CREATE INDEX case_search_document ON case_search USING gin (document) WITH (gin_pending_list_limit = 512);
CREATE INDEX search_word_alike ON search_word USING gin (word gin_trgm_ops);
CREATE INDEX search_word_stem ON search_word (stem) INCLUDE (documents);
"""

_VIEWS = """
CREATE TABLE saved_view (
    view_id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES account,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    is_shared boolean NOT NULL DEFAULT false,
    query jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX saved_view_name ON saved_view (owner_id, lower(name));
CREATE INDEX saved_view_shared ON saved_view (lower(name)) WHERE is_shared;
"""


def upgrade() -> None:
    for statements in (_INDEXES, _COUNTERS, _SEARCH, _VIEWS):
        op.execute(statements)

"""The words of all cases, with how many cases have each: what slips are corrected to, and what is rare.

Cases wait in `search_pending` until a job of the clock reads their words: search finds them by exact words at once,
only the correction of slips learns of new words a little later.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_AT_ONCE = 2_000

_LEARN = text("""
    WITH taken AS (
        DELETE FROM search_pending WHERE (case_id, is_new) IN (
            SELECT case_id, is_new FROM search_pending ORDER BY case_id, is_new LIMIT :most FOR UPDATE SKIP LOCKED)
        RETURNING case_id, is_new),
    used AS (
        SELECT DISTINCT case_id, is_new, word
          FROM taken JOIN casefile USING (case_id)
          CROSS JOIN LATERAL regexp_split_to_table(fold_words(
            left(subject_line, 10000) || ' ' || left(body, 50000) || ' ' || municipality || ' ' || coalesce(
                (SELECT left(string_agg(left(said.body, 20000), ' '), 100000) FROM case_message AS said
                  WHERE said.case_id = casefile.case_id), '')), ' ') AS word
         WHERE length(word) BETWEEN 3 AND 30 AND word ~ '^[a-zó]+$'),
    learned AS (
        INSERT INTO search_word AS known (word, stem, documents)
        SELECT word, coalesce((ts_lexize('pg_catalog.spanish_stem', word))[1], ''), count(*) FILTER (WHERE is_new)
          FROM used GROUP BY word ORDER BY word
            ON CONFLICT (word) DO UPDATE SET documents = known.documents + excluded.documents
         WHERE excluded.documents > 0)
    SELECT count(*) FROM taken
""")


def learn(session: Session, most: int = MOST_AT_ONCE) -> int:
    """Read the words of the cases that wait; returns how many cases that were (fewer than `most`: none is left)."""
    return int(session.execute(_LEARN, {"most": most}).scalar_one())

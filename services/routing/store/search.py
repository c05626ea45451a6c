"""Full-text search: Spanish, blind to accents, forgiving slips, within the cases a person may see.

A query is analysed once (its stems, and for words that few or no cases have the words like them), then the newest
matches are picked. Up to `RANKED` of them are ordered by how well they match; where there are more, rank says little,
and the newest come first.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import prod, sqrt
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    Row,
    Select,
    String,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
    true,
    tuple_,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.routing.domain.case_filter import CaseFilter
from services.routing.domain.search_words import Piece, pieces_of
from services.routing.store.cases import visible_to
from services.routing.store.models import Case, CaseMessage
from services.routing.store.queue import AFTER, BEFORE, FIRST, LAST, is_in, listed, narrowed
from shared.accounts.people import Person

RANKED = 500
"""Matches that are ordered by rank, at most."""

_document = table("case_search", column("case_id"), column("document"))
_MOST_ALIKE = 3
_ALIKE = 0.4
_LONGEST_TEXT = 4_000
_FEW = 4_000


@dataclass(frozen=True, slots=True)
class Analysed:
    """A query as PostgreSQL takes it; empty when nothing but stop words was given.

    `is_rare`: so few cases have these words, by the vocabulary, that reading all of them is quicker than walking from
    the newest case until enough were found. (The planner guesses this badly for words it has no statistics of.)

    `stems` are what to highlight; `also` the words that were searched too, because they look like what was typed.
    """

    tsquery: str
    stems: frozenset[str]
    also: tuple[str, ...]
    is_rare: bool = True


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """Where a page of matches lies; `key` is (rank or None, case)."""

    where: str = "first"
    key: tuple[Decimal | None, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of matches. `is_ranked`: by how well they match, else newest first."""

    rows: list[Row[Any]]
    is_ranked: bool
    has_previous: bool
    has_next: bool


# Alternatives only for words that are rare among the cases, and only words that ten times as many cases have.
_ANALYSE = text("""
    WITH given AS (
        SELECT ordinal, piece, is_code, fold_words(piece) AS folded
          FROM unnest(CAST(:pieces AS text[]), CAST(:codes AS boolean[]))
               WITH ORDINALITY AS g (piece, is_code, ordinal)),
    known AS (
        SELECT given.*, is_code OR folded ~ ' ' AS is_phrase,
               coalesce((SELECT min((SELECT coalesce(sum(documents), 0) FROM search_word
                                      WHERE stem = (ts_lexize('pg_catalog.spanish_stem', one))[1]))
                           FROM regexp_split_to_table(folded, ' ') AS one
                          WHERE ts_lexize('pg_catalog.spanish_stem', one) <> '{}'), 0) AS documents
          FROM given)
    SELECT CAST(CASE WHEN is_code THEN phraseto_tsquery('pg_catalog.simple', folded)
                     ELSE phraseto_tsquery('pg_catalog.spanish', folded) END AS text) AS base,
           tsvector_to_array(to_tsvector('pg_catalog.spanish', folded)) AS stems,
           alike.words, alike.queries, alike.stems AS alike_stems, known.documents,
           greatest((SELECT reltuples FROM pg_class WHERE oid = CAST('case_search' AS regclass)), 1) AS of_documents
      FROM known
      LEFT JOIN LATERAL (
        SELECT array_agg(word) AS words, array_agg(stem) AS stems,
               array_agg(CAST(plainto_tsquery('pg_catalog.spanish', word) AS text)) AS queries
          FROM (SELECT word, stem FROM search_word
                 WHERE word % known.folded AND similarity(word, known.folded) >= :alike
                   AND search_word.documents > 10 * known.documents AND stem <> ''
                 ORDER BY similarity(word, known.folded) DESC, search_word.documents DESC LIMIT :most) AS best
      ) AS alike ON NOT is_phrase AND length(folded) > 3 AND known.documents <= 5
     ORDER BY ordinal
""")

# One plan for all words, as a statement gets that a connection ran often, reads every case that has a common word.
_PLANNED_FOR_ITS_WORDS = text("SET LOCAL plan_cache_mode = force_custom_plan")


def analyse(session: Session, query: str) -> Analysed:
    """What to look for."""
    pieces = pieces_of(query)
    rows = session.execute(
        _ANALYSE,
        {
            "pieces": [one.text for one in pieces],
            "codes": [one.is_code for one in pieces],
            "alike": _ALIKE,
            "most": _MOST_ALIKE,
        },
    ).all()
    parts: list[str] = []
    stems: set[str] = set()
    also: list[str] = []
    numbers: list[float] = []
    total = 1.0
    for piece, row in zip(pieces, rows, strict=True):
        part = _part(piece, row)
        if not part:
            continue
        parts.append(part)
        if not piece.is_excluded:
            total = float(row.of_documents)
            numbers.append(min(float(row.documents), total))
            stems.update(row.stems or ())
            stems.update(row.alike_stems or ())
            also.extend(row.words or ())
    if all(part.startswith("!") for part in parts):
        return Analysed("", frozenset(), ())
    is_rare = _matches(numbers, total) <= _FEW
    return Analysed(" & ".join(parts), frozenset(stems), tuple(dict.fromkeys(also)), is_rare=is_rare)


def _matches(numbers: list[float], total: float) -> float:
    """About how many cases have all of some words: between words without relation and words that go together."""
    apart = total * prod(number / total for number in numbers)
    return sqrt(apart * min(numbers))


def _part(piece: Piece, row: Row[Any]) -> str:
    """A piece of the query; every text in it was written by PostgreSQL, so it needs no more quoting."""
    alternatives = [one for one in (row.base, *(row.queries or ())) if one]
    if not alternatives:
        return ""
    joined = "(" + " | ".join(alternatives) + ")"
    return f"!{joined}" if piece.is_excluded else joined


def find(
    session: Session,
    person: Person,
    view: str,
    analysed: Analysed,
    *,
    limit: int,
    chosen: CaseFilter,
    is_ranked: bool,
    position: SearchPosition,
) -> Found:
    """One page of the matches in a view."""
    if not analysed.tsquery:
        return Found([], is_ranked=False, has_previous=False, has_next=False)
    session.execute(_PLANNED_FOR_ITS_WORDS)
    wanted = cast(bindparam("tsquery", analysed.tsquery, String), TSQUERY)
    is_match = _document.c.document.op("@@")(wanted)
    conditions = (is_in(view, person), visible_to(person), narrowed(chosen))
    matching: Select[Any]
    if analysed.is_rare:
        hits = select(_document.c.case_id).where(is_match).cte("hits").prefix_with("MATERIALIZED")
        # One by one: with the limit no other order of joining is left to the planner.
        seen = select(Case.version).where(Case.case_id == hits.c.case_id, *conditions).limit(1).lateral("seen")
        matching, here = select(hits.c.case_id).join(seen, true()), hits.c.case_id
    else:
        here = _document.c.case_id
        matching = select(here).join(Case, Case.case_id == here).where(is_match, *conditions)
    if is_ranked and (position.key is None or position.key[0] is not None):
        newest = matching.order_by(here.desc()).limit(RANKED + 1).cte("newest")
        found = _ranked(session, newest, wanted, limit, position)
        if found is not None:
            return found
        position = SearchPosition(position.where)  # there are too many: the same end of the other order
    goes_down = position.where not in (BEFORE, LAST)
    picked: Any = matching.with_only_columns(here, literal_column("NULL").label("rank"))
    if position.key is not None:
        picked = picked.where(here < position.key[1] if goes_down else here > position.key[1])
    picked = picked.order_by(here.desc() if goes_down else here).limit(limit + 1)
    keys = picked.subquery("picked")
    rows = list(
        session.execute(
            listed(keys, keys.c.rank, _body()).order_by(keys.c.case_id.desc() if goes_down else keys.c.case_id)
        )
    )
    return _cut(rows, limit, position, is_ranked=False)


def _ranked(
    session: Session, newest: CTE, wanted: ColumnElement[Any], limit: int, position: SearchPosition
) -> Found | None:
    """A page by rank. Where there are more matches than are ranked: the newest ones, or None for another page."""
    matches = func.count().over()
    # Rounded, so that a cursor names a rank exactly; none where there are too many, so that the newest come first.
    rank = func.round(cast(func.ts_rank_cd(_document.c.document, wanted, 1), Numeric), 6)
    ranked = (
        select(newest.c.case_id, case((matches > RANKED, None), else_=rank).label("rank"), matches.label("matches"))
        .join(_document, _document.c.case_id == newest.c.case_id)
        .cte("ranked")
    )
    key = tuple_(ranked.c.rank, ranked.c.case_id)
    goes_down = position.where not in (BEFORE, LAST)
    picked: Select[Any] = select(ranked.c.case_id, ranked.c.rank, ranked.c.matches)
    if position.key is not None:
        picked = picked.where(key < position.key if goes_down else key > position.key)
    order = (ranked.c.rank, ranked.c.case_id)
    picked = picked.order_by(*(one.desc() for one in order) if goes_down else order).limit(limit + 1)
    keys = picked.subquery("picked")
    order = (keys.c.rank, keys.c.case_id)
    rows = list(
        session.execute(
            listed(keys, keys.c.rank, keys.c.matches, _body()).order_by(
                *(one.desc() for one in order) if goes_down else order
            )
        )
    )
    if rows and rows[0].matches > RANKED:
        return _cut(rows, limit, position, is_ranked=False) if position.where == FIRST else None
    return _cut(rows, limit, position, is_ranked=True)


def _body() -> ColumnElement[str]:
    return func.left(Case.body, _LONGEST_TEXT).label("body")


def _cut(rows: list[Row[Any]], limit: int, position: SearchPosition, *, is_ranked: bool) -> Found:
    has_more = len(rows) > limit
    rows = rows[:limit]
    if position.where in (BEFORE, LAST):
        return Found(rows[::-1], is_ranked, has_previous=has_more, has_next=position.where == BEFORE)
    return Found(rows, is_ranked, has_previous=position.where == AFTER, has_next=has_more)


def thread_texts(session: Session, case_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """What was said in cases after the consultation itself, oldest first, each bounded."""
    found: dict[UUID, list[str]] = {}
    rows = session.execute(
        select(CaseMessage.case_id, func.left(CaseMessage.body, _LONGEST_TEXT))
        .where(CaseMessage.case_id.in_(case_ids))
        .order_by(CaseMessage.at)
    )
    for case_id, body in rows:
        found.setdefault(case_id, []).append(body)
    return found


def hits_among(session: Session, words: Iterable[str], stems: Collection[str]) -> frozenset[str]:
    """Which of these (folded) words have one of the stems looked for."""
    rows = session.execute(
        text("""
            SELECT word FROM json_array_elements_text(CAST(:words AS json)) AS w (word)
             WHERE coalesce((ts_lexize('pg_catalog.spanish_stem', word))[1], word) = ANY (CAST(:stems AS text[]))
        """),
        {"words": json.dumps(sorted(set(words)), ensure_ascii=False), "stems": sorted(stems)},
    )
    return frozenset(rows.scalars())

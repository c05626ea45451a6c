"""Finding answered cases like a given one by the words that tell it apart.

A word tells the more the fewer cases have it. Only words whose cases together are few are looked for by themselves;
of commoner ones three must stand together. So the number of cases that are read and ranked stays bounded, whatever
the number of cases there are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, Subquery, Text, bindparam, cast, column, func, select, table, text, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.routing.store.cases import visible_to
from services.routing.store.models import Case, CaseMessage
from shared.accounts.people import Person

_document = table("case_search", column("case_id"), column("document"))
_MOST_READ = 1_500
_LONGEST_TEXT = 4_000


class Term(NamedTuple):
    """A stem with the number of cases that have it, about; `word` is how it was written."""

    stem: str
    word: str
    documents: int


def terms_of(session: Session, words: Collection[str]) -> list[Term]:
    """The stems of (folded) words that the vocabulary knows from at least two cases, rarest first."""
    rows = session.execute(
        text("""
            SELECT stem, min(word) AS word,
                   (SELECT sum(documents) FROM search_word WHERE search_word.stem = given.stem) AS documents
              FROM (SELECT word, (ts_lexize('pg_catalog.spanish_stem', word))[1] AS stem
                      FROM json_array_elements_text(CAST(:words AS json)) AS w (word)) AS given
             WHERE stem <> '' GROUP BY stem
        """),
        {"words": json.dumps(sorted(set(words)), ensure_ascii=False)},
    )
    known = [Term(row.stem, row.word, int(row.documents)) for row in rows if row.documents and row.documents > 1]
    return sorted(known, key=lambda term: (term.documents, term.stem))


def quoted(stem: str) -> str:
    """A stem as a tsquery has it."""
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"


def candidates(
    session: Session,
    person: Person,
    case: Case,
    tsquery: str,
    weights: Sequence[tuple[str, float]],
    *,
    topic_bonus: float,
    limit: int,
) -> list[Row[Any]]:
    """Answered cases that match, best first, each with `score`: the weights of the stems it has, and the bonus."""
    matching = _matching(person, case, tsquery)
    score: Any = 0.0
    for position, (stem, weight) in enumerate(weights):
        has_it = matching.c.document.op("@@")(cast(bindparam(f"stem{position}", quoted(stem), Text), TSQUERY))
        score = score + func.coalesce(cast(has_it, Integer), 0) * weight
    wanted = cast(bindparam("tsquery", tsquery, Text), TSQUERY)
    rank = func.ts_rank(matching.c.document, wanted, 1)
    told = (
        select(CaseMessage.message_id, CaseMessage.body, CaseMessage.at)
        .where(CaseMessage.case_id == Case.case_id, CaseMessage.kind == "answer")
        .order_by(CaseMessage.at.desc())
        .limit(1)
        .lateral("told")
    )
    bonus = cast(matching.c.topic == case.topic, Integer) * topic_bonus
    best = (
        select(matching.c.case_id, (score + bonus).label("score"), rank.label("rank"))
        .join(Case, Case.case_id == matching.c.case_id)
        .order_by((score + bonus).desc(), rank.desc(), matching.c.case_id.desc())
        .limit(limit)
        .subquery("best")
    )
    return list(
        session.execute(
            select(
                Case.code, Case.subject_line, Case.topic, Case.asker_name, Case.municipality, best.c.score, best.c.rank,
                func.left(Case.body, _LONGEST_TEXT).label("body"), told.c.body.label("answer"),
                told.c.message_id, told.c.at.label("answered_at"),
            )
            .join(best, best.c.case_id == Case.case_id)
            .join(told, true())
            .order_by(best.c.score.desc(), best.c.rank.desc(), best.c.case_id.desc())
        )
    )  # fmt: skip


def _matching(person: Person, case: Case, tsquery: str) -> Subquery:
    """The newest answered cases that match and that the person may see, with document and topic."""
    # First the matches, from the index of words alone: the planner would rather walk through all cases.
    hits = (
        select(_document.c.case_id, _document.c.document)
        .where(_document.c.document.op("@@")(cast(bindparam("tsquery", tsquery, Text), TSQUERY)))
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    seen = (
        select(Case.topic)
        .where(
            Case.case_id == hits.c.case_id,
            Case.case_id != case.case_id,
            Case.state.in_(("answered", "closed")),
            Case.first_answered_at.is_not(None),
            visible_to(person),
        )
        .limit(1)  # and then the cases one by one: with the limit no other order of joining is left
        .lateral("seen")
    )
    return (
        select(hits.c.case_id, hits.c.document, seen.c.topic)
        .join(seen, true())
        .order_by(hits.c.case_id.desc())
        .limit(_MOST_READ)
        .subquery("matching")
    )

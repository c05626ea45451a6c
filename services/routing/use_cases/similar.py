"""Answered cases like the one at hand, to start an answer from.

Only cases that the person may see anyway are offered. Still, what is offered is made to be reused in an answer to
somebody else, so it does not say who asked: names, addresses, phones and identity numbers are masked in it, and the
office is not named. The case itself, one press away, has everything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import log
from typing import Any

from sqlalchemy.orm import Session

from services.routing.domain.masking import masked
from services.routing.domain.search_words import excerpt, fold, words_of
from services.routing.store import cases, similar
from services.routing.store.models import Case
from services.routing.store.similar import Term
from services.routing.use_cases import citing, drafts, topics
from services.routing.use_cases.acting import CaseNotFoundError
from shared.accounts.people import Person
from shared.messaging.work import Work

ANSWER = "answer"
LONGEST_DRAFT = 12_000
SHOWN = 5
_MOST_TERMS = 10
_MOST_MATCHES = 2_000
"""How many cases the words that are looked for by themselves may have together."""
_FEWEST_TERMS = 3
_SHORTEST_WORD = 3
_LONGEST_TEXT = 8_000
_TOPIC_BONUS = 0.15
_REASON_FACTOR = 1.5
_LOWEST_SCORE = 0.2


def similar_to(session: Session, code: str, person: Person, locale: str, *, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The answered cases most like a case, best first.

    :raises CaseNotFoundError: there is no such case, or the person may not see it.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    return similar_to_case(session, case, person, locale, limit=limit)


def similar_to_case(
    session: Session, case: Case, person: Person, locale: str, *, limit: int = SHOWN
) -> list[dict[str, Any]]:
    """As `similar_to`, for a case at hand that the person may see."""
    told = {word for reason in case.reasons for word, _, _ in words_of(str(reason["text"]))}
    words = {word for word, _, _ in words_of(f"{case.subject_line} {case.body[:_LONGEST_TEXT]}")} | told
    terms = similar.terms_of(session, {word for word in words if len(word) >= _SHORTEST_WORD})[:_MOST_TERMS]
    if not terms:
        return []
    weights = _weights(terms, told)
    rows = similar.candidates(
        session, person, case, _tsquery(terms), list(weights.items()), topic_bonus=_TOPIC_BONUS, limit=limit
    )
    found = [row for row in rows if row.score >= _LOWEST_SCORE]
    cited = citing.of_messages(session, [row.message_id for row in found], citing.today(datetime.now(UTC)))
    return [_line(row, terms, locale) | {"citations": cited.get(row.message_id, [])} for row in found]


def use(work: Work, code: str, other: str, person: Person) -> None:
    """Put the answer of another case, with the norms it cites, into the person's draft, after what is there already.

    :raises CaseNotFoundError: one of the two is not there, or invisible, or the other was never answered.
    """
    case, source = cases.find_visible(work.session, code, person), cases.find_visible(work.session, other, person)
    told = [] if source is None else cases.messages_of(work.session, source.case_id)
    answers = [one for one in told if one.kind == ANSWER]
    if case is None or source is None or not answers:
        raise CaseNotFoundError(code)
    before = drafts.read(work.session, code, person).get(ANSWER)
    text = masked(answers[-1].body, names=(source.asker_name,))
    cited = [*(before.citations if before else []), *citing.items_of_message(work.session, answers[-1].message_id)]
    if before is not None and before.body.strip():
        text = f"{before.body.rstrip()}\n\n{text}"
    drafts.save(
        work, code, person, kind=ANSWER, body=text[:LONGEST_DRAFT], revision=before.revision if before else 0,
        seen_version=case.version, citations=citing.read(work.session, cited)[: citing.MOST_A_TEXT],
    )  # fmt: skip


def _weights(terms: list[Term], told: set[str]) -> dict[str, float]:
    """Stem to its share of what can be reached without the bonus: rare words weigh more, so do deciding ones."""
    most = max(term.documents for term in terms) + 1
    raw = {
        term.stem: (1 + log(most / term.documents)) * (_REASON_FACTOR if term.word in told else 1.0) for term in terms
    }
    total = sum(raw.values())
    return {stem: (1 - _TOPIC_BONUS) * weight / total for stem, weight in raw.items()}


def _tsquery(terms: list[Term]) -> str:
    alone: list[Term] = []
    for term in terms:
        if sum(one.documents for one in alone) + term.documents > _MOST_MATCHES:
            break
        alone.append(term)
    together = terms[len(alone) :][:_FEWEST_TERMS]
    parts = [similar.quoted(term.stem) for term in alone]
    if together:
        parts.append("(" + " & ".join(similar.quoted(term.stem) for term in together) + ")")
    return " | ".join(parts)


def _line(row: Any, terms: list[Term], locale: str) -> dict[str, Any]:
    named = topics.named(row.topic)
    names = (row.asker_name,)
    wanted = {fold(term.word) for term in terms}
    body = masked(row.body, names=names)
    shared = [
        term.word for term in terms if term.word in {word for word, _, _ in words_of(f"{row.subject_line} {row.body}")}
    ]
    return {
        "code": row.code,
        "subject": masked(row.subject_line, names=names) or " ".join(body.split())[:80],
        "topic": {"code": named.code, "name": named.name(locale)},
        "answered_at": row.answered_at,
        "score": round(min(float(row.score), 1.0), 3),
        "terms": shared,
        "excerpt": "".join(one.text for one in excerpt([body], wanted)),
        "answer": masked(row.answer, names=names),
    }

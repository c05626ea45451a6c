"""A page of a queue as people and programs see it: lines, where to go from here, and how much each queue holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.routing.domain.case_filter import BEST, NO_FILTER, CaseFilter, sorts_of
from services.routing.domain.search_words import excerpt, marked, words_of
from services.routing.store import changes, presence, queue, search
from services.routing.store.queue import AFTER, BEFORE, FIRST, LAST, Position, QueuePage
from services.routing.store.search import Found, SearchPosition
from services.routing.use_cases.sheet import queue_line
from shared.accounts.people import Person

Cursor = tuple[str, str, str]
"""Where a page lies (after, before, last), the sort key and the case at its edge; texts, as a cursor carries them."""

START: Cursor = (FIRST, "", "")
END: Cursor = (LAST, "", "")


class BadCursorError(ValueError):
    """A cursor that we did not make, or made for another order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of which queue."""

    view: str
    chosen: CaseFilter = NO_FILTER
    sort: str | None = None
    cursor: Cursor = START
    limit: int = 25

    @property
    def order(self) -> str:
        """The order asked for, or the view's usual one where that makes no sense there."""
        possible = sorts_of(self.view, is_search=self.chosen.q is not None)
        return self.sort if self.sort in possible else possible[0]


@dataclass(frozen=True, slots=True)
class Shown:
    """One page. Cursors are None where there is nothing further; `also`: words searched beside those typed."""

    lines: list[dict[str, Any]]
    counts: Mapping[str, int]
    now: datetime
    order: str
    first: Cursor | None
    previous: Cursor | None
    next: Cursor | None
    last: Cursor | None
    also: tuple[str, ...] = ()
    is_ranked: bool = False
    newest_change: int = 0


def read_queue(session: Session, person: Person, wanted: Wanted, locale: str) -> Shown:
    """One page of a queue, and how many cases every queue holds.

    :raises BadCursorError: the cursor is not one of ours.
    """
    if wanted.chosen.q is not None:
        return _read_search(session, person, wanted, locale)
    found = queue.find_page(
        session, person, wanted.view, limit=wanted.limit, chosen=wanted.chosen, sort=wanted.order,
        position=_position(wanted.cursor),
    )  # fmt: skip
    now, newest = _now(session)
    edges = _edges(found, lambda row: row.sort_at.isoformat())
    around = presence.others(session, [row.case_id for row in found.rows], person.id)
    lines = [queue_line(row, now, locale) | {"others": around.get(row.case_id, [])} for row in found.rows]
    return Shown(lines, queue.counts(session, person), now, wanted.order, *edges, newest_change=newest)


def _read_search(session: Session, person: Person, wanted: Wanted, locale: str) -> Shown:
    analysed = search.analyse(session, wanted.chosen.q or "")
    found = search.find(
        session, person, wanted.view, analysed, limit=wanted.limit, chosen=wanted.chosen,
        is_ranked=wanted.order == BEST, position=_search_position(wanted.cursor),
    )  # fmt: skip
    now, newest = _now(session)
    threads = search.thread_texts(session, [row.case_id for row in found.rows])
    texts = {row.case_id: [row.body, *threads.get(row.case_id, ())] for row in found.rows}
    words = {
        word for row in found.rows for one in (row.subject_line, *texts[row.case_id]) for word, _, _ in words_of(one)
    }
    hits = search.hits_among(session, words, analysed.stems)
    around = presence.others(session, [row.case_id for row in found.rows], person.id)
    lines = []
    for row in found.rows:
        line = queue_line(row, now, locale) | {"others": around.get(row.case_id, [])}
        title = line["title"] if row.subject_line else None
        lines.append(
            line
            | {
                "title_segments": marked(title, hits) if title else [],
                "excerpt": excerpt(texts[row.case_id], hits),
            }
        )
    edges = _edges(found, lambda row: "" if row.rank is None else str(row.rank))
    return Shown(
        lines, queue.counts(session, person), now, wanted.order, *edges, also=analysed.also, is_ranked=found.is_ranked,
        newest_change=newest,
    )  # fmt: skip


def _now(session: Session) -> tuple[datetime, int]:
    row = session.execute(text(f"SELECT clock_timestamp() AS now, {changes.NEWEST} AS newest")).one()
    return row.now, int(row.newest)


def _edges(
    found: QueuePage | Found, key: Callable[[Row[Any]], str]
) -> tuple[Cursor | None, Cursor | None, Cursor | None, Cursor | None]:
    """Cursors of the first, previous, next and last page."""
    rows = found.rows
    previous = (BEFORE, key(rows[0]), str(rows[0].case_id)) if rows and found.has_previous else None
    following = (AFTER, key(rows[-1]), str(rows[-1].case_id)) if rows and found.has_next else None
    return START if previous else None, previous, following, END if following else None


def _position(cursor: Cursor) -> Position:
    where, moment, case_id = cursor
    if where in (FIRST, LAST):
        return Position(where)
    try:
        return Position(_beside(where), (datetime.fromisoformat(moment), UUID(case_id)))
    except ValueError:
        raise BadCursorError(cursor) from None


def _search_position(cursor: Cursor) -> SearchPosition:
    where, rank, case_id = cursor
    if where in (FIRST, LAST):
        return SearchPosition(where)
    try:
        return SearchPosition(_beside(where), (Decimal(rank) if rank else None, UUID(case_id)))
    except (ValueError, InvalidOperation):
        raise BadCursorError(cursor) from None


def _beside(where: str) -> str:
    if where not in (AFTER, BEFORE):
        raise ValueError(where)
    return where

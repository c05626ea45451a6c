"""The books notice what they exist for: one missing thing, one thing too many, one view that is behind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.reconciliation.books import Allowances, Books
from deploy.local.reconciliation.cases import Case, CaseBooks, View
from deploy.local.reconciliation.events import EventBooks, Published
from deploy.local.reconciliation.letters import Letter, LetterBooks
from deploy.local.reconciliation.logs import LogWatch
from deploy.local.reconciliation.receipts import Receipt
from deploy.local.reconciliation.stillness import Stillness
from deploy.local.reconciliation.timers import TimerBooks
from shared.contracts.catalog import SERVICES, contract_of
from shared.ids import new_id

CONSULTATION, OFFICIAL, ADVISOR = new_id(), new_id(), new_id()
CODE = "V-7K3M-92QX"


def published(event_type: str, subject: UUID, sequence: int) -> Published:
    return Published(new_id(), event_type, 1, subject, sequence)


SUBMITTED = published("consultation.submitted", CONSULTATION, 1)
CLASSIFIED = published("case.classified", CONSULTATION, 1)
ASSIGNED = published("case.assigned", CONSULTATION, 2)


def letter(event: Published, recipient: UUID, channel: str, template: str) -> Letter:
    return Letter(new_id(), event.event_id, CONSULTATION, recipient, channel, template, "submitted", is_doubtful=False)


RECEIVED = letter(CLASSIFIED, OFFICIAL, "email", "received")
LETTERS = (
    RECEIVED,
    letter(CLASSIFIED, OFFICIAL, "sms", "received"),
    letter(ASSIGNED, OFFICIAL, "email", "assigned"),
    letter(ASSIGNED, ADVISOR, "email", "case_assigned"),
)


@pytest.fixture
def books() -> Books:
    """Everything as it should be after one consultation."""
    by_producer = {"intake": [SUBMITTED], "routing": [CLASSIFIED, ASSIGNED], "notifications": [], "insights": []}
    received: dict[str, dict[UUID, tuple[str, str]]] = {service: {} for service in SERVICES}
    for producer, events in by_producer.items():
        for event in events:
            contract = contract_of(event.type, event.version)
            assert contract is not None
            for subscriber in contract.subscribers:
                received[subscriber][event.event_id] = (producer, "applied")
    view = View(CODE, str(ADVISOR), 2, "promise")
    cases = CaseBooks(
        stored={CONSULTATION: view},
        told=frozenset({CLASSIFIED.event_id, ASSIGNED.event_id}),
        cases={CONSULTATION: Case(CODE, "assigned", str(ADVISOR), "promise")},
        seen={CONSULTATION: view},
        classified={CONSULTATION: 1},
    )
    letters = LetterBooks({each.message_id: each for each in LETTERS}, {each.message_id: 1 for each in LETTERS}, ())
    receipt = Receipt(CONSULTATION, CODE, "key", has_phone=True, seconds=0.1)
    return Books(
        receipts={CONSULTATION: receipt},
        stillness=Stillness({}),
        events=EventBooks(by_producer, received),
        cases=cases,
        letters=letters,
        timers=TimerBooks(0, 0, 0, 0),
    )


def told(books: Books) -> list[str]:
    return [f"{each.invariant} {each.kind}" for each in books.differences()]


def test_books_that_balance_say_so_in_one_line(books: Books) -> None:
    assert books.differences() == []
    assert books.line(7.44) == (
        "submitted=1 stored=1 classified=1 assigned_or_triaged=1 notified=1 doubles=0 lost=0 recovered_in=7.4s"
    )


def test_a_receipt_without_a_consultation_is_a_loss(books: Books) -> None:
    other = Receipt(new_id(), "V-0000-0000", "other", has_phone=False, seconds=0.1)
    books = replace(books, receipts={**books.receipts, other.consultation_id: other})
    assert told(books) == ["I1 lost", "I6 lost"]
    assert (books.submitted, books.stored, books.classified, books.notified) == (2, 1, 1, 1)


def test_a_consultation_nobody_asked_for_is_a_double(books: Books) -> None:
    stored = {**books.cases.stored, new_id(): View("V-1111-1111", None, 0, None)}
    books = replace(books, cases=replace(books.cases, stored=stored))
    assert "I1 doubled" in told(books)
    assert books.doubles == 1


@pytest.mark.parametrize("subscriber", ["intake", "notifications", "insights"])
def test_an_event_missing_in_one_inbox_is_a_loss(books: Books, subscriber: str) -> None:
    received = {service: dict(rows) for service, rows in books.events.received.items()}
    del received[subscriber][ASSIGNED.event_id]
    books = replace(books, events=replace(books.events, received=received))
    assert told(books) == ["I2 lost"]
    assert books.lost == 1


def test_an_event_that_was_buried_is_a_loss(books: Books) -> None:
    received = {service: dict(rows) for service, rows in books.events.received.items()}
    received["insights"][ASSIGNED.event_id] = ("routing", "dead")
    assert told(replace(books, events=replace(books.events, received=received))) == ["I2 lost"]


def test_an_event_from_nowhere_is_wrong(books: Books) -> None:
    received = {service: dict(rows) for service, rows in books.events.received.items()}
    received["routing"][new_id()] = ("intake", "applied")
    assert told(replace(books, events=replace(books.events, received=received))) == ["I2 wrong"]


def test_a_case_assigned_twice_is_a_double(books: Books) -> None:
    again = published("case.assigned", CONSULTATION, 3)
    events = replace(
        books.events,
        published={**books.events.published, "routing": [CLASSIFIED, ASSIGNED, again]},
        received={
            service: {**rows, again.event_id: ("routing", "applied")} if service != "routing" else rows
            for service, rows in books.events.received.items()
        },
    )
    assert "I3 doubled" in told(replace(books, events=events))


def test_a_view_that_is_behind_is_wrong(books: Books) -> None:
    behind = {CONSULTATION: replace_view(books.cases.seen[CONSULTATION], sequence=1)}
    assert told(replace(books, cases=replace(books.cases, seen=behind))) == ["I4 wrong"]
    other = {CONSULTATION: replace_view(books.cases.stored[CONSULTATION], promised_at="another promise")}
    assert told(replace(books, cases=replace(books.cases, stored=other))) == ["I4 wrong"]


def replace_view(view: View, **changes: object) -> View:
    return replace(view, **changes)


def test_what_still_moves_is_not_done(books: Books) -> None:
    assert told(replace(books, stillness=Stillness({"routing.events": 3}))) == ["I5 lost"]


def arrived(books: Books, key: UUID, count: int) -> Books:
    return replace(books, letters=replace(books.letters, arrived={**books.letters.arrived, key: count}))


def test_a_mail_that_never_arrived_is_a_loss(books: Books) -> None:
    absent = {key: count for key, count in books.letters.arrived.items() if key != RECEIVED.message_id}
    books = replace(books, letters=replace(books.letters, arrived=absent))
    assert told(books) == ["I6 lost", "I6 lost"]
    assert books.notified == 0


def test_a_mail_that_was_never_written_is_a_loss(books: Books) -> None:
    letters = {key: each for key, each in books.letters.letters.items() if key != RECEIVED.message_id}
    arrivals = dict.fromkeys(letters, 1)
    assert told(replace(books, letters=LetterBooks(letters, arrivals, ()))) == ["I6 lost"]


def test_a_mail_that_arrived_twice_is_a_double_unless_the_doubt_is_recorded(books: Books) -> None:
    twice = arrived(books, RECEIVED.message_id, 2)
    assert "I6 doubled" in told(twice)
    doubtful = {**twice.letters.letters, RECEIVED.message_id: replace(RECEIVED, is_doubtful=True)}
    settled = replace(twice, letters=replace(twice.letters, letters=doubtful))
    assert told(settled) == []
    assert settled.letters.repeated_in_doubt == 1


def test_a_mail_that_nobody_wrote_is_wrong(books: Books) -> None:
    assert told(arrived(books, new_id(), 1)) == ["I6 wrong"]


def test_a_message_that_failed_counts_as_lost_unless_the_fault_meant_it_to(books: Books) -> None:
    failed = {**books.letters.letters, RECEIVED.message_id: replace(RECEIVED, state="failed")}
    arrivals = {key: 1 for key in failed if key != RECEIVED.message_id}
    books = replace(books, letters=LetterBooks(failed, arrivals, ()))
    assert told(books) == ["I6 lost", "I6 lost"]
    assert told(replace(books, allowed=Allowances(undelivered=frozenset({"failed"})))) == []


def test_timers_are_once_and_not_early_and_not_late() -> None:
    timers = TimerBooks(fired=3, early=1, overdue=2, latest_ms=9000)
    assert [each.kind for each in timers.differences()] == ["wrong", "lost", "wrong"]
    assert [each.kind for each in timers.differences(latest_ms=None)] == ["wrong", "lost"]


def test_tracebacks_written_since_are_found_whatever_their_form(tmp_path: Path) -> None:
    log = tmp_path / "intake-web-1.log"
    log.write_text("Traceback (most recent call last):\nOldError: before\n")
    watch = LogWatch(tmp_path)
    with log.open("a") as file:
        file.write(
            '{"event": "request_failed", "exception": "Traceback (most recent call last):\\n  x\\nKeyError: 1"}\n'
        )
        file.write('Traceback (most recent call last):\n  File "x"\nValueError: plain\n{"event": "fine"}\n')
    assert dict(watch.tracebacks()) == {
        ("intake-web-1.log", "request_failed: KeyError: 1"): 1,
        ("intake-web-1.log", "ValueError: plain"): 1,
    }
    assert [each.invariant for each in watch.differences(allowed=("KeyError",))] == ["I9"]


def test_an_error_is_known_by_its_class_whatever_advice_follows_it(tmp_path: Path) -> None:
    watch = LogWatch(tmp_path)
    chained = (
        "Traceback (most recent call last):\n  x\npsycopg.errors.IdleInTransactionSessionTimeout: ended\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n  y\nsqlalchemy.exc.InternalError: (psycopg.errors.Idle) ended\n"
        "[SQL: SELECT 1]\n(Background on this error at: https://sqlalche.me/e/20/2j85)"
    )
    (tmp_path / "routing-relay-1.log").write_text(json.dumps({"event": "paused", "exception": chained}) + "\n")
    assert dict(watch.tracebacks()) == {
        ("routing-relay-1.log", "paused: sqlalchemy.exc.InternalError: (psycopg.errors.Idle) ended"): 1
    }


def test_a_log_that_was_rotated_meanwhile_is_read_from_both_files(tmp_path: Path) -> None:
    log = tmp_path / "intake-web-1.log"
    log.write_text("x" * 50 + "\n")
    watch = LogWatch(tmp_path)
    with log.open("a") as file:
        file.write("Traceback (most recent call last):\nValueError: first\n")
    log.rename(tmp_path / "intake-web-1.log.1")
    log.write_text("Traceback (most recent call last):\nE: 2\n")
    assert {error for _, error in watch.tracebacks()} == {"ValueError: first", "E: 2"}

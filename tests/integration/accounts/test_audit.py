"""The audit: nothing that was written can be changed, taken out, put in or cut off without being noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.accounts import audit, audit_anchors
from shared.accounts.audit import Verdict
from shared.accounts.people import Person
from shared.contracts.audit import AuditAnchored
from shared.ids import new_id
from shared.messaging.processes import Parts

pytestmark = pytest.mark.integration

ROSA = Person(new_id(), "rosa@ventanilla.example", "Rosa Huamán", "advisor", "es")
SECRET = "a secret of this service"


@pytest.fixture
def routing(parts: Callable[..., Parts]) -> Parts:
    return parts("routing")


def write(parts: Parts, *actions: str, **detail: Any) -> None:
    with parts.database.transaction() as session:
        for action in actions:
            audit.append(session, ROSA, action, "case:V-7K3M-92QX", detail)


def verify(parts: Parts, **options: Any) -> Verdict:
    with parts.database.transaction() as session:
        return audit.verify(session, **options)


def tamper(parts: Parts, *statements: str) -> None:
    """As somebody could who owns the database: without the triggers that refuse."""
    with parts.database.transaction() as session:
        session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement))
        session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


def test_lines_are_numbered_chained_and_found_whole(routing: Parts) -> None:
    write(routing, "case.assigned", "case.closed", reason="ñandú «así»", ids=[1, 2, None, True])
    write(routing, "policy.published")
    verdict = verify(routing)
    assert (verdict.is_whole, verdict.lines, verdict.head_seq) == (True, 3, 3)
    with routing.database.transaction() as session:
        rows = session.execute(text("SELECT seq, actor_id, actor_role, action, at FROM audit_entry ORDER BY seq")).all()
    assert [(row.seq, row.action) for row in rows] == [
        (1, "case.assigned"), (2, "case.closed"), (3, "policy.published"),
    ]  # fmt: skip
    assert {(row.actor_id, row.actor_role) for row in rows} == {(ROSA.id, "advisor")}
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_an_empty_audit_is_whole(routing: Parts) -> None:
    assert verify(routing) == Verdict(0, 0, audit.GENESIS)


def test_what_rolls_back_leaves_no_line_and_no_gap(routing: Parts) -> None:
    def append_and_fail() -> None:
        with routing.database.transaction() as session:
            audit.append(session, ROSA, "case.closed", "case:x")
            session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError):
        append_and_fail()
    write(routing, "case.assigned")
    assert verify(routing).lines == 1


def test_a_savepoint_inside_the_transaction_writes_each_line_once(routing: Parts) -> None:
    with routing.database.transaction() as session:
        audit.append(session, ROSA, "one.done", "a")
        with session.begin_nested():
            session.execute(text("SELECT 1"))
            audit.append(session, ROSA, "two.done", "a")
        audit.append(session, ROSA, "three.done", "a")
    assert verify(routing).lines == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing.done'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DELETE FROM audit_anchor",
        "UPDATE audit_anchor SET seq = 9",
    ],
)
def test_the_database_itself_refuses_to_change_the_audit(routing: Parts, statement: str) -> None:
    write(routing, "case.assigned")
    with routing.units.begin() as work:
        audit_anchors.anchor(work, "routing", SECRET)
    with pytest.raises(DBAPIError, match="append-only"), routing.database.transaction() as session:
        session.execute(text(statement))
    assert verify(routing).is_whole


@pytest.mark.parametrize(
    ("statements", "broken", "reason"),
    [
        (["UPDATE audit_entry SET subject = 'case:other' WHERE seq = 3"], 3, "line_changed"),
        (["UPDATE audit_entry SET actor_id = NULL WHERE seq = 2"], 2, "line_changed"),
        (["UPDATE audit_entry SET at = at + interval '1 s' WHERE seq = 4"], 4, "line_changed"),
        (["UPDATE audit_entry SET detail = '{\"a\": 2}' WHERE seq = 1"], 1, "line_changed"),
        (["UPDATE audit_entry SET hash = decode(repeat('ab', 32), 'hex') WHERE seq = 2"], 2, "line_changed"),
        (["UPDATE audit_entry SET previous_hash = decode(repeat('ab', 32), 'hex') WHERE seq = 2"], 2, "chain_broken"),
        (["DELETE FROM audit_entry WHERE seq = 3"], 3, "line_missing"),
        (
            ["DELETE FROM audit_entry WHERE seq = 3", "UPDATE audit_entry SET seq = seq - 1 WHERE seq > 3"],
            3,
            "chain_broken",
        ),
        (["DELETE FROM audit_entry WHERE seq >= 4"], 4, "end_cut_off"),
        (["DELETE FROM audit_entry"], 1, "end_cut_off"),
    ],
)
def test_the_first_line_that_is_not_as_it_was_is_named(
    routing: Parts, statements: list[str], broken: int, reason: str
) -> None:
    write(routing, *["case.assigned"] * 5, a=1)
    tamper(routing, *statements)
    verdict = verify(routing)
    assert (verdict.is_whole, verdict.broken_seq, verdict.reason) == (False, broken, reason)


def test_an_end_cut_off_with_its_head_is_noticed_by_the_anchor(routing: Parts) -> None:
    write(routing, *["case.assigned"] * 5)
    with routing.units.begin() as work:
        assert audit_anchors.anchor(work, "routing", SECRET)
    tamper(
        routing,
        "DELETE FROM audit_entry WHERE seq > 3",
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entry WHERE seq = 3)",
    )
    assert verify(routing).is_whole, "the chain by itself cannot tell"
    with routing.database.transaction() as session:
        anchors = audit_anchors.read(session, SECRET)
    assert not anchors.forged
    verdict = verify(routing, anchors=anchors.good)
    assert (verdict.broken_seq, verdict.reason) == (4, "end_cut_off")


def test_a_chain_written_anew_differs_from_what_was_anchored(routing: Parts) -> None:
    write(routing, "case.assigned", "case.closed")
    with routing.units.begin() as work:
        audit_anchors.anchor(work, "routing", SECRET)
    with routing.database.transaction() as session:
        noted = audit_anchors.read(session, SECRET).good
    tamper(
        routing,
        "DELETE FROM audit_entry",
        "UPDATE audit_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')",
    )
    write(routing, "case.assigned", "case.assigned")
    assert verify(routing).is_whole
    verdict = verify(routing, anchors=noted)
    assert (verdict.broken_seq, verdict.reason) == (2, "differs_from_anchor")


def test_an_anchor_that_the_service_did_not_sign_is_named(routing: Parts) -> None:
    write(routing, "case.assigned")
    with routing.units.begin() as work:
        audit_anchors.anchor(work, "routing", SECRET)
    with routing.database.transaction() as session:
        session.execute(text("ALTER TABLE audit_anchor DISABLE TRIGGER USER"))
        session.execute(text("UPDATE audit_anchor SET hash = decode(repeat('ab', 32), 'hex')"))
        found = audit_anchors.read(session, SECRET)
        other = audit_anchors.read(session, "another key")
    assert (found.forged, found.good) == ((1,), ())
    assert (other.unknown_key, other.good) == (1, ())


def test_an_anchor_is_told_once_for_what_was_added(routing: Parts) -> None:
    def anchored() -> bool:
        with routing.units.begin() as work:
            return audit_anchors.anchor(work, "routing", SECRET)

    assert not anchored(), "there is nothing to note"
    write(routing, "case.assigned")
    assert (anchored(), anchored()) == (True, False)
    write(routing, "case.closed")
    assert anchored()
    with routing.database.transaction() as session:
        told = session.execute(text("SELECT type, subject FROM outbox_event")).all()
    assert {(row.type, row.subject) for row in told} == {(AuditAnchored.TYPE, audit_anchors.chain_id("routing"))}
    assert len(told) == 2


def test_writers_side_by_side_make_one_chain(routing: Parts) -> None:
    each, writers = 15, 8
    barrier = threading.Barrier(writers)

    def keep_writing(number: int) -> None:
        barrier.wait(timeout=60)
        for turn in range(each):
            write(routing, *["case.assigned"] * (1 + turn % 2), writer=number)

    threads = [threading.Thread(target=keep_writing, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    verdict = verify(routing)
    assert verdict.is_whole, verdict.reason
    assert verdict.lines == writers * (each + each // 2)


def test_appending_early_locks_nothing_until_the_commit(routing: Parts) -> None:
    with routing.database.transaction() as first:
        audit.append(first, ROSA, "one.done", "a")
        first.execute(text("SELECT 1"))
        write(routing, "two.done")  # would wait for the first, and fail after two seconds, if it held the head
    with routing.database.transaction() as session:
        assert [row.action for row in _entries(session)] == ["two.done", "one.done"]


@pytest.mark.parametrize("detail", [{"share": 0.5}, {1: "a"}, {"a": {"b": [1.5]}}, {"a": object()}, {"a": "x\x00"}])
def test_what_could_come_back_otherwise_is_refused(routing: Parts, detail: Any) -> None:
    with pytest.raises(ValueError, match="detail"), routing.database.transaction() as session:
        audit.append(session, ROSA, "case.closed", "case:x", detail)


def _entries(session: Session) -> list[Any]:
    return list(session.execute(text("SELECT action FROM audit_entry ORDER BY seq")).all())

"""Due times: fired once, on the database's time, at the moment that holds and no earlier one."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared.contracts.case import SlaWarning
from shared.contracts.consultation import ConsultationSubmitted
from shared.ids import new_id
from shared.messaging.clock_process import ClockProcess
from shared.messaging.timers import TimerHandlers
from tests.support.background import in_background
from tests.support.events import a_consultation, an_event
from tests.support.eventually import eventually


class Desk:
    """A service with timers: `fired` is what its handlers were called with, and committed."""

    def __init__(self, receiver):
        self.receiver = receiver
        self.parts = receiver.parts
        self.handlers = TimerHandlers()
        self.handlers.on("warning")(self._on_warning)
        self.behaviour = lambda _timer, _work: None
        with self.parts.database.transaction() as session:
            session.execute(text("CREATE TABLE fired (timer_id uuid, subject uuid, due_at timestamptz)"))
        self.clock = self.another_clock()

    def another_clock(self):
        return ClockProcess(self.parts.settings, self.parts.units, self.receiver.consumer, self.handlers)

    def _on_warning(self, timer, work):
        work.session.execute(
            text("INSERT INTO fired VALUES (:id, :subject, :due)"),
            {"id": timer.id, "subject": timer.subject, "due": timer.due_at},
        )
        self.behaviour(timer, work)

    def arm(self, subject, due_at, name="warning", **data):
        with self.parts.units.begin() as work:
            work.arm(name, subject, due_at, data)

    def fired(self):
        with self.parts.database.transaction() as session:
            return session.execute(text("SELECT subject, due_at FROM fired ORDER BY due_at")).all()

    def timers(self):
        with self.parts.database.transaction() as session:
            return session.execute(text("SELECT * FROM timer ORDER BY due_at, generation")).all()

    def let_leases_run_out(self):
        with self.parts.database.transaction() as session:
            session.execute(text("UPDATE timer SET try_at = due_at WHERE state = 'armed'"))


@pytest.fixture
def desk(receiver):
    return Desk(receiver)


def ago(**time):
    return datetime.now(UTC) - timedelta(**time)


def test_a_timer_fires_when_it_is_due_and_emits_in_the_same_transaction(desk):
    subject = new_id()
    desk.behaviour = lambda timer, work: work.emit(an_event(SlaWarning, consultation_id=timer.subject, clock="x"))
    desk.arm(subject, datetime.now(UTC) + timedelta(hours=1))
    assert desk.clock.fire_due() == 0

    desk.arm(subject, ago(seconds=30))
    assert desk.clock.fire_due() == 1
    assert desk.clock.fire_due() == 0

    assert [row.subject for row in desk.fired()] == [subject]
    with desk.parts.database.transaction() as session:
        assert session.execute(text("SELECT type FROM outbox_event")).scalars().all() == ["case.sla_warning"]


def test_how_late_it_was_is_recorded(desk):
    desk.arm(new_id(), ago(minutes=2))
    desk.clock.fire_due()

    (timer,) = desk.timers()
    assert timer.state == "fired"
    assert 120_000 <= timer.late_ms < 130_000
    assert timer.fired_at > timer.due_at


def test_a_timer_that_is_set_again_fires_at_the_new_moment_only(desk):
    subject = new_id()
    desk.arm(subject, ago(hours=2))
    desk.arm(subject, ago(hours=1))
    desk.arm(subject, datetime.now(UTC) + timedelta(hours=1))

    assert desk.clock.fire_due() == 0
    assert [(timer.generation, timer.state) for timer in desk.timers()] == [
        (1, "cancelled"), (2, "cancelled"), (3, "armed"),
    ]  # fmt: skip


def test_a_cancelled_timer_never_fires(desk):
    subject, other = new_id(), new_id()
    desk.handlers.on("breach")(desk._on_warning)
    desk.arm(subject, ago(hours=1))
    desk.arm(subject, ago(hours=1), name="breach")
    desk.arm(other, ago(hours=1))

    with desk.parts.units.begin() as work:
        work.disarm(subject, "warning")
    with desk.parts.units.begin() as work:
        work.disarm(other)
    desk.clock.fire_due()

    assert [row.subject for row in desk.fired()] == [subject]
    assert [timer.name for timer in desk.timers() if timer.state == "fired"] == ["breach"]


def test_two_clocks_fire_each_timer_once(desk):
    for _ in range(40):
        desk.arm(new_id(), ago(seconds=1))
    clocks = [desk.clock, desk.another_clock()]

    with in_background(*[clock.fire_due for clock in clocks]):
        pass

    assert len(desk.fired()) == 40
    assert {timer.attempts for timer in desk.timers()} == {1}


def test_a_timer_that_fails_stays_due_and_delays_no_other(desk):
    failing, fine = new_id(), new_id()

    def fail_for_one(timer, _work):
        if timer.subject == failing:
            raise RuntimeError("no sé, maria@muni.example")

    desk.behaviour = fail_for_one
    desk.arm(failing, ago(hours=2))
    desk.arm(fine, ago(hours=1))

    assert desk.clock.fire_due() == 2
    assert [row.subject for row in desk.fired()] == [fine]
    (timer,) = [timer for timer in desk.timers() if timer.subject == failing]
    assert (timer.state, timer.attempts) == ("armed", 1)
    assert timer.last_error.startswith("RuntimeError")
    assert "maria@" not in timer.last_error
    assert timer.try_at > datetime.now(UTC)

    desk.behaviour = lambda _timer, _work: None
    desk.let_leases_run_out()
    desk.clock.fire_due()
    assert {row.subject for row in desk.fired()} == {fine, failing}


def test_a_timer_that_kills_its_process_delays_itself_and_no_other(desk):
    deadly, fine = new_id(), new_id()

    def die_for_one(timer, _work):
        if timer.subject == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    desk.behaviour = die_for_one
    desk.arm(deadly, ago(hours=2))
    desk.arm(fine, ago(hours=1))
    desk.parts.database.dispose()
    pid = os.fork()
    if pid == 0:
        desk.clock.fire_due()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL

    desk.clock.fire_due()

    assert [row.subject for row in desk.fired()] == [fine]
    assert [(timer.subject, timer.attempts) for timer in desk.timers() if timer.state == "armed"] == [(deadly, 1)]


def test_a_deadline_that_moves_while_its_timer_fires_does_not_fire(desk):
    """The use case holds the case; the timer's handler waits for it, and finds its timer cancelled."""
    subject = new_id()
    desk.arm(subject, ago(seconds=1))

    def move_meanwhile(timer, _work):
        desk.arm(timer.subject, datetime.now(UTC) + timedelta(hours=1))

    desk.behaviour = move_meanwhile
    desk.clock.fire_due()

    assert desk.fired() == []
    assert [timer.state for timer in desk.timers()] == ["cancelled", "armed"]


@pytest.mark.parametrize("when", ["at once", "at the end"])
def test_a_use_case_and_a_timer_that_want_the_same_case_do_not_deadlock(desk, when):
    """Both lock the case first and the timer's row last."""
    subject = new_id()
    with desk.parts.database.transaction() as session:
        session.execute(text("CREATE TABLE kase (id uuid PRIMARY KEY)"))
        session.execute(text("INSERT INTO kase VALUES (:id)"), {"id": subject})
    lock = text("SELECT 1 FROM kase WHERE id = :id FOR UPDATE")
    has_case, may_go_on = threading.Event(), threading.Event()
    got_it = []

    def move_deadline():
        with desk.parts.units.begin() as work:
            work.session.execute(lock, {"id": subject})
            has_case.set()
            may_go_on.wait(10)
            work.arm("warning", subject, datetime.now(UTC) + timedelta(hours=1))

    def needs_the_case(timer, work):
        def take_it():
            may_go_on.set()
            work.session.execute(lock, {"id": timer.subject})
            got_it.append(timer.subject)

        if when == "at once":
            take_it()
        else:
            work.at_end(take_it)

    desk.arm(subject, ago(seconds=1))
    desk.behaviour = needs_the_case
    with in_background(move_deadline):
        assert has_case.wait(10)
        desk.clock.fire_due()

    assert got_it == [subject], "it waited its turn, and was not ended as one half of a deadlock"
    assert desk.fired() == []
    assert [timer.state for timer in desk.timers()] == ["cancelled", "armed"]


def test_a_timer_may_set_itself_again(desk):
    subject = new_id()
    again = datetime.now(UTC) + timedelta(hours=1)
    desk.behaviour = lambda timer, work: work.arm("warning", timer.subject, again)
    desk.arm(subject, ago(seconds=1))

    desk.clock.fire_due()

    assert len(desk.fired()) == 1
    assert [(timer.generation, timer.state) for timer in desk.timers()] == [(1, "fired"), (2, "armed")]


def test_a_timer_of_an_unknown_name_waits_for_a_release_that_knows_it(desk):
    desk.arm(new_id(), ago(hours=1), name="from a newer release")

    assert desk.clock.fire_due() == 0
    assert [timer.state for timer in desk.timers()] == ["armed"]


def test_a_timer_carries_its_data(desk):
    seen = []
    desk.behaviour = lambda timer, _work: seen.append((timer.name, timer.data, timer.attempts))
    desk.arm(new_id(), ago(seconds=1), fraction=0.75, clock="respuesta")

    desk.clock.fire_due()

    assert seen == [("warning", {"fraction": 0.75, "clock": "respuesta"}, 1)]


def test_the_clock_fires_retries_and_keeps_house_until_it_is_told_to_stop(desk, producer):
    failures = [RuntimeError("once")]
    desk.receiver.when(ConsultationSubmitted, lambda _event, _work: raise_next(failures))
    producer.emit(a_consultation())
    producer.relay.tick()
    desk.receiver.receive()
    desk.receiver.make_due()
    desk.arm(new_id(), datetime.now(UTC) + timedelta(seconds=0.2))
    stop = threading.Event()
    with in_background(lambda: desk.clock.run(stop)):
        try:
            eventually(lambda: desk.fired() and desk.receiver.effects())
        finally:
            stop.set()

    with desk.parts.database.transaction() as session:
        assert session.execute(text("SELECT kind FROM process_heartbeat")).scalars().all() == ["clock"]


def raise_next(failures):
    if failures:
        raise failures.pop()

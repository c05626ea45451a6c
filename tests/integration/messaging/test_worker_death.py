"""A real Celery worker that dies or hangs in the middle of its work."""

from __future__ import annotations

import os
import signal

import psutil

from tests.support.delivery import running, time_passes
from tests.support.events import a_consultation
from tests.support.eventually import eventually
from tests.support.worker_process import running_worker


def are_gone(processes):
    return not [process for process in processes if psutil.pid_exists(process.pid)]


def test_a_worker_killed_in_the_middle_of_its_work_loses_and_doubles_nothing(producer, receiver, tmp_path):
    with running(producer.relay):
        for number in range(2):
            with running_worker(receiver.parts, tmp_path, name=f"victim {number}") as victim:
                before = len(receiver.effects())
                for _ in range(30):
                    producer.emit(*[a_consultation() for _ in range(20)])
                eventually(lambda before=before: len(receiver.effects()) > before, within=60)
                pool = victim.children()
                os.kill(victim.process.pid, signal.SIGKILL)
                eventually(lambda pool=pool: are_gone(pool), within=30)  # the main process takes its pool with it
        with running_worker(receiver.parts, tmp_path, name="survivor"):
            eventually(lambda: time_passes(producer, receiver), within=60)


def test_a_worker_whose_event_loop_hangs_ends_itself(messaging_parts, tmp_path):
    parts = messaging_parts("routing", public_url="http://127.0.0.1/hang")
    with running_worker(parts, tmp_path) as worker:
        pool = worker.children()

        assert worker.process.wait(60) != 0

        assert "Timeout" in worker.text(), "the interpreter printed every stack"
        eventually(lambda: are_gone(pool), within=30)

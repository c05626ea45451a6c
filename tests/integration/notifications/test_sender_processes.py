"""Sender processes: killed, stopped, called wrongly."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.notifications_desk import environment_of

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def start(desk, tmp_path):
    """Starts real sender processes."""
    started = []

    def start_one(*arguments: str) -> subprocess.Popen:
        env = {**environment_of(desk.settings), "PYTHONPATH": str(ROOT)}
        with (tmp_path / "sender.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "services.notifications.entrypoints.sender", *arguments],
                    cwd=ROOT,
                    env=env,
                    stdout=log,
                    stderr=log,
                )
            )
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.wait(10)


def test_a_killed_sender_leaves_one_message_in_doubt_and_its_successor_settles_it_at_once(desk, mail, start):
    desk.write(10)
    mail.misbehave("hang_after_data", seconds=60, count=1)
    process = start("email")
    eventually(lambda: len(mail.messages()) == 1, within=20)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert desk.states() == {"sending": 1, "pending": 9}
    sender = desk.a_sender()
    sender._next_minding = 0
    eventually(lambda: (sender.turn(), desk.states() == {"submitted": 10})[-1], within=15)
    doubtful = [message_id for message_id in desk.ids() if desk.outcomes(message_id) == ["uncertain", "accepted"]]
    assert len(doubtful) == 1
    copies = Counter(message["message_id"] for message in mail.messages())
    assert sorted(copies.values()) == [1] * 9 + [2]
    assert copies[f"<{doubtful[0]}@ventanilla.example>"] == 2


def test_when_much_waits_the_other_lanes_help_and_each_leaves_one_in_doubt_at_most(desk, mail, start):
    desk.write(60)
    mail.misbehave("delay", seconds=0.3, count=60)
    process = start("email")
    eventually(lambda: desk.states().get("sending", 0) > 1, within=30)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    in_doubt = desk.states().get("sending", 0)
    assert 1 <= in_doubt <= desk.settings.sender_lanes
    mail.misbehave("none")
    start("email")
    eventually(lambda: desk.states() == {"submitted": 60}, within=30)
    copies = Counter(message["message_id"] for message in mail.messages())
    assert len(copies) == 60
    assert sum(copies.values()) <= 60 + in_doubt


def test_a_sender_that_is_told_to_stop_finishes_what_it_has_in_hand(desk, mail, start):
    desk.write(5)
    mail.misbehave("delay", seconds=1, count=1)
    process = start("email")
    eventually(lambda: desk.states().get("sending") == 1, within=20)
    process.terminate()
    assert process.wait(20) == 0
    assert desk.states() == {"submitted": 1, "pending": 4}
    assert len(mail.messages()) == 1


def test_a_sender_without_a_channel_says_how_to_call_it(start, tmp_path):
    assert start("fax").wait(20) == 2
    assert "email|sms" in (tmp_path / "sender.log").read_text()

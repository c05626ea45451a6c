"""The demonstration is the promise of the whole: every consultation arrives, once, with every message it causes."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from email.message import EmailMessage

import httpx
import pytest

from deploy.local.configuration import CHECKOUT
from deploy.local.demo.conductor import Conductor
from deploy.local.demo.journey import Journey
from deploy.local.demo.script import questions
from deploy.local.desk_clients import sandboxes_of
from deploy.local.ports import LOOPBACK
from deploy.local.reporting import SilentReporter
from tests.support.eventually import eventually
from tests.support.running_system import RunningSystem

_JOURNEYS = 12
_STEPS = {"stored", "first_mail", "first_sms"}
_PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def journeys(system: RunningSystem) -> list[Journey]:
    return Conductor(system.configuration, SilentReporter()).play(questions(_JOURNEYS))


def test_every_journey_of_the_demonstration_is_complete(journeys: list[Journey]) -> None:
    assert len(journeys) == _JOURNEYS
    assert {journey.code: journey.problems for journey in journeys if journey.problems} == {}
    assert len({journey.code for journey in journeys}) == _JOURNEYS


def test_exactly_the_messages_that_each_journey_causes_arrived(journeys: list[Journey]) -> None:
    for journey in journeys:
        expected = journey.expected_messages
        mails = sum(count for (_, channel, _), count in expected.items() if channel == "email")
        texts = sum(count for (_, channel, _), count in expected.items() if channel == "sms")
        assert (len(journey.mails), len(journey.texts)) == (mails, texts), journey.code
        # To whom: the official's mailbox and phone, and those of nobody else who asked.
        officials = [mail for mail in journey.mails if mail["to"] == [journey.asker.email]]
        assert len(officials) == sum(
            count for (kind, channel, _), count in expected.items() if (kind, channel) == ("official", "email")
        )
        assert {text["to"] for text in journey.texts} == {journey.asker.phone}


def test_every_journey_tells_topic_promise_advisor_answer_and_seconds(journeys: list[Journey]) -> None:
    for journey in journeys:
        told = journey.to_json()
        assert told["topic"], told
        assert told["answer"], told
        assert set(told["seconds"]) >= _STEPS, told
        assert all(seconds >= 0 for seconds in told["seconds"].values()), told
        if not journey.question.is_out_of_scope:
            missing = [name for name in ("advisor", "assignment_reason", "promised_at") if not told[name]]
            assert not missing, told


def test_the_command_prints_one_json_document_and_ends_with_0(system: RunningSystem) -> None:
    done = _run_demo(system, count=3)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) == 3
    for journey in told:
        assert journey["problems"] == []
        assert {"code", "topic", "confidence", "advisor", "promised_at", "mails", "sms", "answer", "seconds"} <= set(
            journey
        )


def test_the_command_ends_with_1_when_a_mail_arrives_twice(system: RunningSystem) -> None:
    def send_again(mail: dict[str, object]) -> None:
        twin = EmailMessage()
        twin["From"], twin["To"] = "ventanilla@ventanilla.example", ", ".join(mail["to"])  # type: ignore[arg-type]  # the sandbox tells a list
        twin["Subject"] = str(mail["subject"])
        twin.set_content("El mismo aviso otra vez.")
        with smtplib.SMTP(LOOPBACK, system.configuration.ports.smtp, timeout=20) as smtp:
            smtp.send_message(twin)

    with _meddling(system, send_again) as meddled:
        done = _run_demo(system, count=2)
    assert meddled, "no mail of this run was seen in time"
    assert done.returncode == 1, done.stdout
    (wrong,) = [journey for journey in json.loads(done.stdout) if journey["problems"]]
    assert wrong["code"] in meddled[0]
    assert any("email: " in problem and "arrived" in problem for problem in wrong["problems"]), wrong["problems"]


def test_the_command_ends_with_1_when_a_mail_is_missing(system: RunningSystem) -> None:
    url = f"{sandboxes_of(system.configuration).mail_url}/api/messages"

    def take_away(mail: dict[str, object]) -> None:
        assert httpx.delete(f"{url}/{mail['id']}", timeout=20).is_success

    with _meddling(system, take_away) as meddled:
        done = _run_demo(system, count=2)
    assert meddled, "no mail of this run was seen in time"
    assert done.returncode == 1, done.stdout
    (wrong,) = [journey for journey in json.loads(done.stdout) if journey["problems"]]
    assert wrong["code"] in meddled[0]


def _run_demo(system: RunningSystem, *, count: int) -> subprocess.CompletedProcess[str]:
    """The command as people call it, on the system that runs."""
    ports = {f"VENTANILLA_PORT_{name.upper()}": str(port) for name, port in asdict(system.configuration.ports).items()}
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.cli", "demo", "--count", str(count), "--json"],
        cwd=CHECKOUT,
        env={"VENTANILLA_HOME": str(system.home.path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **ports},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )


@contextmanager
def _meddling(system: RunningSystem, act: Callable[[dict[str, object]], None]) -> Iterator[list[str]]:
    """Do something with the first mail that says a consultation arrived, while others are still on their way.

    Gives a list that holds the mail's subject once it was done.
    """
    sandboxes = sandboxes_of(system.configuration)
    known = {mail["id"] for mail in sandboxes.mails()}
    done: list[str] = []

    def first_new() -> dict[str, object] | None:
        new = [mail for mail in sandboxes.mails(subject="Recibimos") if mail["id"] not in known]
        return new[0] if new else None

    def meddle() -> None:
        mail = eventually(first_new, within=_PATIENCE_SECONDS)
        assert mail is not None
        act(mail)
        done.append(str(mail["subject"]))

    thread = threading.Thread(target=meddle, name="meddler", daemon=True)
    thread.start()
    yield done
    thread.join(_PATIENCE_SECONDS)

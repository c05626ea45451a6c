"""Officials who ask, several at once and without pause, over HTTP: the load of drills and fault tests.

Each consultation is sent with a key of its own, and sent again with that key until there is an answer, as a careful
client does; every failed try is noted. Some are sent twice on purpose.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Self
from uuid import UUID

import httpx

from deploy.local.desk_clients import DeskError, Official
from deploy.local.reconciliation.difference import Difference, differences
from deploy.local.reconciliation.receipts import Receipt

_QUESTIONS = Path(__file__).resolve().parents[1] / "data" / "demo_consultations.jsonl"
_UBIGEOS = ("120101", "080101", "150101", "040101", "200101", "130101", "210101", "060101")
_RETRY_SECONDS = 0.2
_PATIENCE_SECONDS = 90.0
_SENT_TWICE_EVERY = 10
_CALM_PER_SECOND = 2.0
_PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Asker:
    """An account at intake. Every other one has a mobile phone."""

    email: str
    password: str
    phone: str | None


@cache
def questions() -> tuple[tuple[str, str], ...]:
    """Subject and body of real questions on every topic."""
    lines = map(json.loads, _QUESTIONS.read_text(encoding="utf-8").splitlines())
    return tuple((line["subject"], line["body"]) for line in lines if line["topic"] != "fuera_de_alcance")


def register_askers(base_url: str, count: int) -> list[Asker]:
    """Open accounts for a drill."""
    mark = secrets.token_hex(4)
    askers = []
    for number in range(count):
        phone = f"+519{secrets.randbelow(10**8):08d}" if number % 2 == 0 else None
        asker = Asker(f"simulacro-{mark}-{number}@municipalidad.example", secrets.token_urlsafe(16), phone)
        with Official(base_url) as official:
            official.register(
                email=asker.email,
                password=asker.password,
                full_name=f"Simulacro {mark} {number}",
                ubigeo=_UBIGEOS[number % len(_UBIGEOS)],
                phone=asker.phone,
            )
        askers.append(asker)
    return askers


class Load:
    """Submits consultations, one thread for each asker, until `count` are accepted or it is told to stop.

    :param per_second: the pace of all together; None is as fast as it goes.
    :param calm_after: after so many, only two a second: a busy machine must not drown in what waits meanwhile.
    """

    def __init__(
        self, base_url: str, askers: Sequence[Asker], *, count: int | None = None, per_second: float | None = None,
        calm_after: int | None = None,
    ) -> None:  # fmt: skip
        self._base_url = base_url
        self._askers = askers
        self._count = count
        self._per_second = per_second
        self._calm_after = calm_after
        self._numbers = itertools.count()
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._started = 0.0
        self._mark = secrets.token_hex(6)
        self._threads: list[threading.Thread] = []
        self.receipts: list[Receipt] = []
        self.failures: list[str] = []
        self.refusals: list[str] = []
        self.contradictions: list[str] = []
        self.problems_without_form: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to submit."""
        self._started = time.monotonic()
        self._threads = [
            threading.Thread(target=self._work, args=(asker,), name=f"asker-{number}", daemon=True)
            for number, asker in enumerate(self._askers)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no further submission, and wait for those that are under way."""
        self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait until all are submitted."""
        for thread in self._threads:
            thread.join()

    @property
    def is_running(self) -> bool:
        """Whether somebody still submits."""
        return any(thread.is_alive() for thread in self._threads)

    def keep_receipt(self, answer: Mapping[str, str], key: str, *, has_phone: bool, seconds: float = 0.0) -> None:
        """Add an accepted consultation to those that the books must hold."""
        receipt = Receipt(UUID(answer["id"]), answer["code"], key, has_phone, seconds)
        with self._guard:
            self.receipts.append(receipt)

    def differences(self) -> list[Difference]:
        """What breaks I9 (every refusal explains itself) and I10 (one key, one consultation), and what was refused."""
        return [
            *differences("I1", "lost", "refused", self.refusals),
            *differences("I9", "wrong", "a refusal that is no problem+json", self.problems_without_form),
            *differences("I10", "doubled", "one key, two consultations", self.contradictions),
        ]

    def _work(self, asker: Asker) -> None:
        with Official(self._base_url) as official:
            while (number := self._next_number()) is not None:
                self._submit(official, asker, number)

    def _next_number(self) -> int | None:
        with self._guard:
            number = next(self._numbers)
        if self._count is not None and number >= self._count:
            return None
        if self._per_second is not None:
            self._stop.wait(max(self._started + self._due_after(number, self._per_second) - time.monotonic(), 0))
        return None if self._stop.is_set() else number

    def _due_after(self, number: int, per_second: float) -> float:
        """Seconds from the start to submission `number`."""
        brisk = number if self._calm_after is None else min(number, self._calm_after)
        return brisk / per_second + (number - brisk) / _CALM_PER_SECOND

    def _submit(self, official: Official, asker: Asker, number: int) -> None:
        key = f"{self._mark}-{number}"
        subject, body = questions()[number % len(questions())]
        started = time.monotonic()
        answer = self._persist(official, asker, subject, body, key)
        if answer is None:
            return
        self.keep_receipt(answer, key, has_phone=asker.phone is not None, seconds=time.monotonic() - started)
        if number % _SENT_TWICE_EVERY == 0:
            again = self._persist(official, asker, subject, body, key)
            if again is not None and again["id"] != answer["id"]:
                self.contradictions.append(key)

    def _persist(self, official: Official, asker: Asker, subject: str, body: str, key: str) -> dict[str, str] | None:
        """Send until there is an answer; None when it is refused, or when patience is at its end."""
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                if not official.is_signed_in:
                    official.sign_in(asker.email, asker.password)
                return official.submit(subject, body, key=key)
            except httpx.TransportError as error:
                self.failures.append(f"{key}: {type(error).__name__} {error}")
            except DeskError as error:
                self._note(key, error)
                if error.status == HTTPStatus.UNAUTHORIZED:
                    official.forget_session()
                elif error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    self.refusals.append(f"{key}: {error}")
                    return None
            if time.monotonic() > give_up_at:
                self.refusals.append(f"{key}: no answer in {_PATIENCE_SECONDS:.0f} s")
                return None
            threading.Event().wait(_RETRY_SECONDS)

    def _note(self, key: str, error: DeskError) -> None:
        self.failures.append(f"{key}: {error}")
        if not error.content_type.startswith(_PROBLEM_JSON):
            self.problems_without_form.append(f"{key}: {error.status} {error.content_type}")

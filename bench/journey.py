"""The journey under load: submitted over HTTP, stored, classified, assigned, its mails handed over."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from itertools import count
from time import perf_counter

import psycopg

from deploy.local.demo.script import Question, questions, register_askers
from deploy.local.readiness import wait_until
from deploy.local.system import LocalSystem

_SETTLE_SECONDS = 300.0
_HANDED_OVER = ("submitted", "delivered")


@dataclass(frozen=True)
class Percentiles:
    """Milliseconds at the middle, for one in twenty, and for one in a hundred."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, values: list[float]) -> Percentiles:
        """Of at least one value."""
        ordered = sorted(values)
        return cls(*(ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.95, 0.99)))


@dataclass(frozen=True)
class Figures:
    """One run: how many per second went all the way, and how long it took the single ones."""

    clients: int
    consultations: int
    per_second: float
    accepted_per_second: float
    to_assignment_ms: Percentiles
    to_mail_ms: Percentiles


def run_load(system: LocalSystem, clients: int, consultations: int) -> Figures:
    """Send `consultations` as fast as `clients` can, and wait until the last mail of the last one is handed over."""
    askers = register_askers(system.configuration)
    asked = questions(consultations)
    ids: list[str] = []
    numbers = count()

    def work(slot: int) -> None:
        client = askers[slot % len(askers)].client
        while (number := next(numbers)) < consultations:
            ids.append(_submit(client, asked[number]))

    started = perf_counter()
    threads = [threading.Thread(target=work, args=(slot,)) for slot in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = perf_counter() - started
    _await_mails(system, ids)
    for asker in askers:
        asker.client.close()
    return _figures(system, ids, clients, consultations / accepted)


def run_idle(system: LocalSystem, consultations: int) -> Figures:
    """One at a time, each waiting for the one before it: the latency of a quiet afternoon."""
    askers = register_askers(system.configuration)
    ids = []
    for question in questions(consultations):
        ids.append(_submit(askers[0].client, question))
        _await_mails(system, ids[-1:])
    for asker in askers:
        asker.client.close()
    return _figures(system, ids, 1, 0.0)


def _submit(client: object, question: Question) -> str:
    answer = client.submit(question.subject, question.body, key=secrets.token_urlsafe(16))  # type: ignore[attr-defined]  # an Official
    return str(answer["id"])


def _await_mails(system: LocalSystem, ids: list[str]) -> None:
    """Until each consultation's receipt, and the two mails of each that was assigned, are with the mail server."""

    def all_handed_over() -> bool:
        # The cheaper question first, and both over connections that stay: to look must cost next to nothing.
        row = notifications.execute(
            "SELECT count(*) FILTER (WHERE state = ANY(%s)), count(*) FILTER (WHERE submitted_at IS NULL)"
            " FROM message WHERE consultation_id = ANY(%s::uuid[]) AND channel = 'email'",
            [list(_HANDED_OVER), ids],
        ).fetchone()
        handed_over, waiting = row or (0, 1)
        if waiting or handed_over < len(ids):
            return False
        row = routing.execute(
            "SELECT count(*), count(*) FILTER (WHERE state = 'assigned') FROM casefile WHERE case_id = ANY(%s::uuid[])",
            [ids],
        ).fetchone()
        opened, assigned = row or (0, 0)
        return bool(opened == len(ids) and handed_over >= len(ids) + 2 * assigned)

    with (
        psycopg.connect(system.servers.superuser_url("routing"), autocommit=True) as routing,
        psycopg.connect(system.servers.superuser_url("notifications"), autocommit=True) as notifications,
    ):
        if not wait_until(all_handed_over, within_seconds=_SETTLE_SECONDS):
            raise TimeoutError(f"{len(ids)} consultations were not through after {_SETTLE_SECONDS:.0f} s")


def _figures(system: LocalSystem, ids: list[str], clients: int, accepted_per_second: float) -> Figures:
    submitted = _times(
        system, "intake", "SELECT consultation_id, submitted_at FROM consultation", "consultation_id", ids
    )
    assigned = _times(
        system, "routing", "SELECT case_id, coalesce(assigned_at, opened_at) FROM casefile", "case_id", ids
    )
    mailed = _times(
        system,
        "notifications",
        "SELECT consultation_id, max(submitted_at) FROM message",
        "consultation_id",
        ids,
        "AND channel = 'email' GROUP BY 1",
    )
    first_mail = _times(
        system,
        "notifications",
        "SELECT consultation_id, min(submitted_at) FROM message",
        "consultation_id",
        ids,
        "AND template = 'received' AND channel = 'email' GROUP BY 1",
    )
    seconds = max(mailed.values()) - min(submitted.values())
    return Figures(
        clients=clients,
        consultations=len(ids),
        per_second=len(ids) / seconds,
        accepted_per_second=accepted_per_second,
        to_assignment_ms=Percentiles.of([1000 * (assigned[key] - submitted[key]) for key in submitted]),
        to_mail_ms=Percentiles.of([1000 * (first_mail[key] - submitted[key]) for key in submitted]),
    )


def _times(
    system: LocalSystem, service: str, select: str, key: str, ids: list[str], more: str = ""
) -> dict[str, float]:
    """Epoch seconds by consultation, on the one database server's one clock."""
    query = f"{select} WHERE {key} = ANY(%s::uuid[]) {more}"
    with psycopg.connect(system.servers.superuser_url(service)) as connection:
        rows = connection.execute(query.encode(), [ids]).fetchall()
    return {str(row[0]): row[1].timestamp() for row in rows}

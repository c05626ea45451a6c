"""The broker dies, loses everything, fills up; a consumer is away for a long time."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable

import pytest

from deploy.local.ports import LOOPBACK
from tests.support.eventually import eventually
from tests.support.fault_desk import Desk, Trial
from tests.support.fault_scale import at_scale, rounds

pytestmark = pytest.mark.faults

_A_ROUND = 5
Blow = Callable[[Desk, Trial], None]
_PUBLISHED_AGAIN = re.compile(
    r'^ventanilla_\w+_events_published_total\{again="yes",subscriber="insights"\} (\S+)', re.MULTILINE
)


def lose(desk: Desk, trial: Trial) -> None:
    trial.await_submissions(5)
    desk.system.broker_kill()
    desk.system.broker_wipe()
    trial.pause(0.05, 3.0)
    trial.hit(desk.system.broker_start)


def flush(desk: Desk, trial: Trial) -> None:
    trial.await_submissions(3)
    trial.pause(0.0, 0.3)
    with desk.operator() as client:
        trial.hit(client.flushall)


@pytest.mark.timeout(300)
def test_the_broker_loses_everything(desk: Desk) -> None:
    with desk.trial("Redis: kill -9 and empty restart, FLUSHALL, twice each") as trial:
        for blow in (flush, lose, lose, flush):
            blow(desk, trial)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "blow"), [("Redis kill -9, restarted empty", lose), ("FLUSHALL under load", flush)])
def test_the_broker_loses_everything_again_and_again(desk: Desk, name: str, blow: Blow) -> None:
    for count in rounds(10, _A_ROUND):
        with desk.trial(name) as trial:
            for _ in range(count):
                blow(desk, trial)


@at_scale(1, 3)
def test_a_full_broker_refuses_and_is_waited_for(desk: Desk, times: int) -> None:
    for _ in range(times):
        with desk.trial("Redis full (maxmemory reached)", is_broker_filled=True) as trial, desk.operator() as client:
            limit = client.config_get("maxmemory")["maxmemory"]
            client.config_set("maxmemory", client.info("memory")["used_memory"] // 2)
            try:
                trial.await_submissions(20)
            finally:
                trial.hit(lambda limit=limit, client=client: client.config_set("maxmemory", limit))


@pytest.mark.parametrize(
    "away_seconds", [pytest.param(12, id="short"), pytest.param(95, id="full", marks=pytest.mark.slow)]
)
def test_a_consumer_that_is_away_causes_no_storm(desk: Desk, away_seconds: int) -> None:
    """Nothing is published again while the queue holds it, however long: 95 s are nine times the first pause.

    When the consumer is back and its queue looks empty, what it has in hand may be sent once more: a few, never all.
    """
    before = published_again(desk)
    with desk.trial(f"consumer away {away_seconds} s (time-scaled)") as trial:
        desk.system.control.stop("insights-worker")
        trial.await_submissions(10)
        eventually(lambda: oldest_for_insights(desk) > away_seconds, within=away_seconds + 30)
        trial.expect(is_so=published_again(desk) == before, otherwise="deliveries were published again")
        waiting = waiting_for_insights(desk)
        trial.hit(lambda: desk.system.control.start("insights-worker"))
    assert published_again(desk) - before <= waiting / 10


def oldest_for_insights(desk: Desk) -> float:
    """Seconds since the oldest delivery that insights has not confirmed was published."""
    with desk.places.reader("intake") as reader:
        (seconds,) = reader.row("""
            SELECT coalesce(max(extract(epoch FROM clock_timestamp() - published_at)), 0)::float8
              FROM outbox_delivery WHERE subscriber = 'insights'
        """)
    return float(seconds)


def waiting_for_insights(desk: Desk) -> int:
    """How many deliveries insights has not confirmed yet."""
    total = 0
    for service in ("intake", "routing", "notifications"):
        with desk.places.reader(service) as reader:
            (count,) = reader.row("SELECT count(*) FROM outbox_delivery WHERE subscriber = 'insights'")
        total += int(count)
    return total


def published_again(desk: Desk) -> float:
    """How many deliveries to insights all relays have published a second time, as their metrics say."""
    total = 0.0
    for service in ("intake", "routing", "notifications"):
        port = desk.system.home.known_ports()[f"{service}-relay-1"]
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=5) as answer:
            total += sum(map(float, _PUBLISHED_AGAIN.findall(answer.read().decode())))
    return total

"""A real Celery worker: what Celery, kombu and the transport between them do with our messages, and with others'."""

from __future__ import annotations

import base64
import json
import pickle
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
import pytest
from sqlalchemy import text

from shared.contracts.catalog import events_queue
from shared.messaging.celery_message import DELIVER_TASK, task_message
from shared.messaging.processes import connect
from tests.support.delivery import Producer, Receiver, has_taken_effect, running, time_passes
from tests.support.events import a_consultation
from tests.support.eventually import eventually
from tests.support.settings import service_settings
from tests.support.worker_process import WorkerProcess, running_worker

QUEUE = events_queue("routing")


@dataclass
class Route:
    """From intake to routing, with a relay and a worker that run for all tests of this file."""

    producer: Producer
    receiver: Receiver
    worker: WorkerProcess

    def arrives(self, within=60.0):
        """Every event took effect once, and nothing is owed any more."""
        eventually(lambda: has_taken_effect(self.producer, self.receiver), within=within)
        eventually(lambda: self.producer.owed("routing") == 0, within=within)

    def arrives_as_time_passes(self, within=60.0):
        """The same, when leases and pauses have to run out before."""
        eventually(lambda: time_passes(self.producer, self.receiver), within=within)


@pytest.fixture(scope="module")
def route(servers, _databases, tmp_path_factory):
    servers.flushall()
    with _databases.for_one_test() as databases:
        parts = {
            service: connect(service_settings(service, databases.messaging_only(service), servers.redis_url(service)))
            for service in ("intake", "routing")
        }
        producer, receiver = Producer(parts["intake"]), Receiver(parts["routing"], servers)
        with (
            running_worker(parts["routing"], tmp_path_factory.mktemp("route")) as worker,
            running(producer.relay),
        ):
            yield Route(producer, receiver, worker)
        for each in parts.values():
            each.broker.close()
            each.database.dispose()


def everything_a_queue_can_hold():
    """The kinds of docs/reliability.md, each of which stops a stock worker or loses something, and some more."""
    good = json.loads(task_message(DELIVER_TASK, QUEUE, ["intake", "now", "[]", "no signature"]))

    pickled = base64.b64encode(pickle.dumps({})).decode()

    def changed(part, **values):
        return json.dumps({**good, part: {**good[part], **values}}).encode()

    return {
        "bytes that are not JSON": b"\xff\x00\x01",
        "JSON that is not a message": b"[1, 2]",
        "no properties": json.dumps({"body": "x", "headers": {}}).encode(),
        "no headers": json.dumps({**good, "headers": None}).encode(),
        "a body of corrupt base64": changed("properties", body_encoding="base64"),
        "a body that is no call": json.dumps({**good, "body": json.dumps({"not": "a call"})}).encode(),
        "a call without arguments": json.dumps({**good, "body": json.dumps([[], {}, {}])}).encode(),
        "a pickle": json.dumps({**good, "content-type": "application/x-python-serialize", "body": pickled}).encode(),
        "an unknown task": changed("headers", task="os.system"),
        "a due time that is none": changed("headers", eta="mañana"),
        "a strange encoding": json.dumps({**good, "content-encoding": "klingon"}).encode(),
        "a strange time limit": changed("headers", timelimit=["a", "b"]),
        "an ignored header of ours": changed("headers", group=["x"]),
        "nesting without end": b'{"body":' + b"[" * 200_000,
    }


def test_the_worker_survives_everything_a_queue_can_hold(route, servers):
    kinds = everything_a_queue_can_hold()
    said_before = len(route.worker.text())
    with servers.operator() as broker:
        broker.delete(f"quarantine.{QUEUE}")
        for raw in kinds.values():
            broker.lpush(QUEUE, raw)
        route.producer.emit(a_consultation())
        route.arrives()

        assert broker.llen(f"quarantine.{QUEUE}") == len(kinds)
        assert broker.llen(QUEUE) == 0
    assert route.worker.process.poll() is None
    lines = route.worker.text()[said_before:].splitlines()
    # The event that kills its process, in another test, is told of late.
    assert not [line for line in lines if "Traceback" in line and "WorkerLostError" not in line]


def test_worker_and_relay_need_no_more_than_their_access_list_allows(route, servers):
    with servers.operator() as broker:
        broker.execute_command("ACL", "LOG", "RESET")
        broker.lpush(QUEUE, b"poison")
        route.producer.emit(*[a_consultation() for _ in range(50)])
        route.arrives()
        route.producer.parts.broker.publish_digests("routing", datetime.now(UTC), "{}")
        eventually(lambda: broker.llen(QUEUE) == 0)
        assert broker.execute_command("ACL", "LOG") == []


def test_a_worker_goes_on_after_a_restart_of_the_broker(route, servers):
    servers.restart_valkey(is_wiped=True)
    route.producer.emit(a_consultation())
    route.arrives()

    with servers.operator() as broker:
        assert broker.execute_command("ACL", "LOG") == []


def test_it_is_our_transport_that_the_worker_uses(route):
    """Otherwise what the worker survives here would prove nothing."""
    assert "saferedis://" in route.worker.text()


def test_a_worker_says_that_it_lives(route):
    with route.receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT kind FROM process_heartbeat")).scalars().all() == ["worker"]


def test_two_workers_and_two_relays_change_nothing_but_speed_and_a_stopped_one_leaves_nothing(route, tmp_path):
    with (
        running_worker(route.receiver.parts, tmp_path, concurrency=2) as other,
        running(route.producer.another_relay()),
    ):
        for _ in range(20):
            route.producer.emit(*[a_consultation() for _ in range(30)])
        route.arrives()
        children = other.children()
        assert other.stop() == 0

    assert children
    assert not [child for child in children if psutil.pid_exists(child.pid)]


def test_an_event_that_kills_its_process_does_not_stop_the_others(route):
    route.producer.emit(a_consultation(), a_consultation(body="kill"), a_consultation())
    route.producer.emit(a_consultation())
    eventually(lambda: set(route.producer.event_ids()) == {row.event_id for row in route.receiver.rows()}, within=60)
    assert len(route.receiver.effects()) < len(route.producer.event_ids())

    route.arrives_as_time_passes()
    assert route.worker.process.poll() is None, "only the pool process died, and the pool got a new one"


def test_a_frozen_worker_is_no_loss(route, tmp_path):
    route.worker.kill(signal.SIGSTOP)
    route.producer.emit(*[a_consultation() for _ in range(30)])
    eventually(
        lambda: route.producer.one("SELECT count(*) FROM outbox_delivery WHERE published_at IS NULL") == 0, within=60
    )
    with running_worker(route.receiver.parts, tmp_path):
        route.arrives_as_time_passes()
        route.worker.kill(signal.SIGCONT)
        route.producer.emit(a_consultation())
        route.arrives()

"""Bytes that no service of ours sent: malformed, forged, or signed by one that may not say such a thing."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from deploy.local.provisioning import SERVICES
from shared.contracts.catalog import events_queue
from shared.ids import new_id
from shared.messaging.celery_message import DELIVER_TASK, task_message
from shared.messaging.signing import Signatures
from tests.support.eventually import eventually
from tests.support.fault_desk import Desk, crowding
from tests.support.fault_scale import at_scale

pytestmark = pytest.mark.faults


def message(service: str, **changes: object) -> dict[str, object]:
    """A message as it should be, with some of its parts exchanged."""
    whole = json.loads(task_message(DELIVER_TASK, events_queue(service), ["intake", "now", "[]", "signature"]))
    return {**whole, **changes}


def malformed(service: str) -> dict[str, bytes]:
    """The nine kinds that stop, kill, or endlessly restart a stock Celery worker, or that it drops in silence."""
    headers = message(service)["headers"]
    assert isinstance(headers, dict)
    kinds: dict[str, object] = {
        "no properties": {key: value for key, value in message(service).items() if key != "properties"},
        "corrupt base64 body": message(
            service,
            body="%%%",
            properties={**message(service)["properties"], "body_encoding": "base64"},  # type: ignore[dict-item]  # it is one
        ),
        "body is not a triple": message(service, body=json.dumps({"a": 1})),
        "body is no JSON": message(service, body="{"),
        "pickled body": message(
            service,
            body=base64.b64encode(pickle.dumps([[], {}, {}])).decode(),
            **{"content-type": "application/x-python-serialize", "content-encoding": "binary"},
        ),
        "unknown task": message(service, headers={**headers, "task": "ventanilla.unknown"}),
        "due a thousand years ago, not a date": message(service, headers={**headers, "eta": "yesterday"}),
        "headers are a list": message(service, headers=[]),
    }
    return {"no JSON": b"\x80\x04 not json \xff", **{name: json.dumps(kind).encode() for name, kind in kinds.items()}}


def quarantined(desk: Desk, service: str) -> int:
    """What a service has set aside: malformed bytes in the broker, untrusted batches in its database."""
    with desk.operator() as client, desk.places.reader(service) as reader:
        (rows,) = reader.row("SELECT count(*) FROM quarantine")
        return int(client.llen(f"quarantine.{events_queue(service)}")) + int(rows)


def forged(desk: Desk, service: str) -> dict[str, tuple[str, str, str, str]]:
    """Batches to `service` that must not be believed: (source, moment, batch, signature)."""
    source = "routing" if service != "routing" else "intake"
    keys = {peer: (bytes.fromhex(_pair_key(desk, source, peer)),) for peer in SERVICES if peer != source}
    honest = Signatures(source, keys)
    moment = datetime.now(UTC).isoformat()
    event = _event(source, "case.closed" if source == "routing" else "consultation.rated")
    stranger = _event(source, "message.delivered")

    def signed(batch: str, receiver: str = service) -> str:
        return honest.sign(receiver, "events", f"{moment}\n{batch}")

    batch, other = json.dumps([event]), json.dumps([event, event])
    foreign = json.dumps([stranger])
    elsewhere = next(peer for peer in SERVICES if peer not in (source, service))
    return {
        "no signature": (source, moment, batch + " ", ""),
        "signature of another batch": (source, moment, other, signed(batch)),
        "signed for another receiver": (source, moment, batch + "  ", signed(batch + "  ", elsewhere)),
        "in another's name": (elsewhere, moment, batch, signed(batch)),
        "what the signer may not say": (source, moment, foreign, signed(foreign)),
    }


def _event(source: str, event_type: str) -> dict[str, object]:
    return {
        "specversion": "1.0", "id": str(new_id()), "source": f"/ventanilla/{source}", "type": event_type,
        "subject": str(new_id()), "time": datetime.now(UTC).isoformat(), "datacontenttype": "application/json",
        "dataschema": f"https://ventanilla.example/contracts/{event_type}/1", "sequence": 1, "correlationid": "forged",
        "data": {},
    }  # fmt: skip


def _pair_key(desk: Desk, one: str, other: str) -> str:
    return desk.system.home.secret("peer-" + "-".join(sorted((one, other))))


@at_scale(1, 3)
def test_poison_is_set_aside_and_nobody_dies_of_it(desk: Desk, times: int) -> None:
    for _ in range(times):
        with desk.trial("poison: 9 malformed and 5 forged kinds to each worker") as trial, desk.operator() as client:
            workers = {service: desk.system.pids(f"{service}-worker") for service in SERVICES}
            before = {service: quarantined(desk, service) for service in SERVICES}
            poison = {
                service: [
                    *malformed(service).values(),
                    *(_as_task(service, each) for each in forged(desk, service).values()),
                ]
                for service in SERVICES
            }
            for service, kinds in poison.items():
                for raw in kinds:
                    trial.hit(lambda raw=raw, service=service: client.lpush(events_queue(service), raw))
            trial.await_submissions(5)
            for service, kinds in poison.items():
                goal = before[service] + len(kinds)
                eventually(_reaches(lambda service=service: quarantined(desk, service), goal), within=20 * crowding())
            trial.expect(
                is_so=workers == {service: desk.system.pids(f"{service}-worker") for service in SERVICES},
                otherwise="a worker died of a message",
            )


def _as_task(service: str, arguments: tuple[str, str, str, str]) -> bytes:
    return task_message(DELIVER_TASK, events_queue(service), list(arguments))


def _reaches(count: Callable[[], int], goal: int) -> Callable[[], bool]:
    return lambda: count() >= goal

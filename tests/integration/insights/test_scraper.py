"""Looking at processes: real HTTP servers, one that answers, one that is silent, one that talks nonsense."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.insights.domain.telemetry import TelemetryError
from services.insights.entrypoints.scraper import Scraper
from services.insights.settings import Settings
from services.insights.store import telemetry
from shared.observability.metrics import Exposition, gauge
from shared.observability.metrics_server import serve_metrics

pytestmark = pytest.mark.integration


def group(port, service, process):
    return {
        "targets": [f"127.0.0.1:{port}"],
        "labels": {"service": service, "process": process, "instance": f"{service}-{process}-1"},
    }


@pytest.fixture
def nonsense() -> Iterator[int]:
    """A server that answers something that is not metrics."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"ventanilla_intake_queue_messages{broken 1"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):  # noqa: A002 - http.server's name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silent() -> Iterator[int]:
    """A process that is frozen: the kernel takes the connection, nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def answering() -> Iterator[int]:
    gauge("intake", "queue_messages", "Messages waiting.", "subscriber").labels("routing").set(7)
    gauge("intake", "not_shown", "Something else.").set(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = serve_metrics(Exposition(""), port)
    yield port
    server.shutdown()
    server.server_close()


@pytest.fixture
def look(insights, tmp_path):
    """Run one round over these groups of targets; returns the readings by instance."""

    def run(groups, **changes):
        path = tmp_path / "targets.json"
        path.write_text(groups if isinstance(groups, str) else json.dumps(groups))
        values = {"metrics_targets": str(path), "scrape_seconds": 0.0, "scrape_timeout_seconds": 3.0, **changes}
        scraper = Scraper(Settings(service=insights.settings, **values), insights.units)
        count = scraper.round()
        with insights.database.transaction() as session:
            return count, {reading.target.instance: reading for reading in telemetry.find_all(session)}

    return run


def test_each_target_is_told_as_it_is(look, answering, silent, nonsense):
    count, readings = look(
        [
            group(answering, "intake", "clock"),
            group(silent, "intake", "worker"),
            group(nonsense, "intake", "relay"),
            group(1, "intake", "web"),
        ]
    )
    assert count == 4
    assert {name: reading.problem for name, reading in readings.items()} == {
        "intake-clock-1": None,
        "intake-worker-1": "TimeoutError",
        "intake-relay-1": "TelemetryError",
        "intake-web-1": "ConnectionRefusedError",
    }
    samples = readings["intake-clock-1"].samples
    assert [(s.name, s.labels, s.value) for s in samples] == [("queue_messages", {"subscriber": "routing"}, 7.0)]


def test_of_two_clocks_one_looks_in_a_period(look, answering):
    groups = [group(answering, "intake", "clock")]
    assert look(groups, scrape_seconds=60.0)[0] == 1
    assert look(groups, scrape_seconds=60.0)[0] == 0


def test_a_list_that_is_not_one_is_an_error_and_forgets_nothing(look, answering):
    look([group(answering, "intake", "clock")])
    for wrong in ("{", "{}", '[{"targets": ["x"]}]', '[{"targets": 1, "labels": {}}]'):
        with pytest.raises(TelemetryError):
            look(wrong)
    assert len(look([group(answering, "intake", "clock")])[1]) == 1


def test_no_list_means_that_nothing_is_seen(look):
    assert look([], metrics_targets="") == (0, {})

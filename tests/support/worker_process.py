"""A Celery worker as a process of its own, started as the product starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import psutil

from shared.messaging.processes import Parts
from shared.settings import DeliverySettings, ServiceSettings
from tests.support.eventually import eventually

_CHECKOUT = Path(__file__).resolve().parents[2]


def environment_of(settings: ServiceSettings) -> dict[str, str]:
    """The variables from which `read_service_settings` reads these settings."""
    values = {
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PEER_KEYS": ",".join(f"{peer}={'|'.join(map(bytes.hex, keys))}" for peer, keys in settings.peer_keys.items()),
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "METRICS_PORT": str(settings.metrics_port),
    }
    for each in fields(DeliverySettings):
        values[each.name.upper()] = str(getattr(settings.delivery, each.name))
    return {f"{settings.service.upper()}_{name}": value for name, value in values.items()}


class WorkerProcess:
    """One worker; `output` is the file it writes to."""

    def __init__(self, settings: ServiceSettings, output: Path, *, concurrency: int = 1) -> None:
        self.output = output
        with output.open("ab") as file:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "-A", "tests.support.worker_app:app", "worker", "-P", "prefork",
                    "-c", str(concurrency), "-O", "fair", "-Q", "routing.events",
                    "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO",
                ],
                cwd=_CHECKOUT,
                env={
                    "PATH": os.defpath,
                    "PYTHONPATH": str(_CHECKOUT),
                    "REMAP_SIGTERM": "SIGQUIT",
                    **environment_of(settings),
                },
                stdout=file,
                stderr=file,
                start_new_session=True,  # so that the whole group can be killed
            )  # fmt: skip

    def wait_until_ready(self) -> None:
        eventually(lambda: "ready." in self.text() or self.process.poll() is not None, within=60)
        assert self.process.poll() is None, self.text()

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End or stop the whole group, main process and pool."""
        os.killpg(self.process.pid, number)

    def stop(self) -> int:
        """Ask it to stop, as the supervisor does; returns its exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
            self.process.wait(10)


@contextmanager
def running_worker(
    parts: Parts, folder: Path, *, name: str = "worker", concurrency: int = 1
) -> Iterator[WorkerProcess]:
    """A worker that is ready for work; killed in the end, if it still runs."""
    worker = WorkerProcess(parts.settings, folder / f"{name}.log", concurrency=concurrency)
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        worker.close()

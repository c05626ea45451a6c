"""The table of processes: every kind the product consists of, as data.

What is started, supervised, scraped and stopped is read off this table; nothing else names a process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from deploy.local.provisioning import SERVICES

PUBLISHERS = ("intake", "routing", "notifications")
"""The services with an outbox to empty. Insights only listens, so a relay of its own would have nothing to do."""

_PYTHON = (sys.executable, "-m")
_WEB = (*_PYTHON, "gunicorn", "-c", "deploy/local/gunicorn_conf.py")
_CELERY_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")


@dataclass(frozen=True)
class ProcessKind:
    """One kind of process, of which `count` run side by side.

    `port` names the port (of `Ports`) that the supervisor opens and hands over as standard input; two of a
    kind then share it. `owner` is a service, whose environment the process gets, or the name of a sandbox.
    `{number}` in an argument becomes the number of the process among its kind.
    """

    owner: str
    role: str
    argv: tuple[str, ...]
    port: str | None = None
    count: int = 1
    is_scraped: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`intake-web`; a sandbox is its own name."""
        return f"{self.owner}-{self.role}"

    @property
    def is_service(self) -> bool:
        """Whether this is a process of the product, and not a sandbox."""
        return self.owner in SERVICES

    @property
    def process_names(self) -> tuple[str, ...]:
        """The names of its processes: `intake-web-1`, `intake-web-2` and so on."""
        return tuple(f"{self.name}-{number}" for number in range(1, self.count + 1))

    def command(self, number: int) -> tuple[str, ...]:
        """The arguments of process `number` (from 1)."""
        return tuple(argument.replace("{number}", str(number)) for argument in self.argv)


@dataclass(frozen=True)
class OneShot:
    """A command that runs to its end before the processes start."""

    service: str
    name: str
    argv: tuple[str, ...]


def product(instances: int = 1) -> tuple[ProcessKind, ...]:
    """Every long-running process of the product; `instances` of each kind, except the sandboxes."""
    kinds = [replace(kind, count=instances) for service in SERVICES for kind in _service_kinds(service)]
    return (*sandboxes(), *kinds)


def sandboxes() -> tuple[ProcessKind, ...]:
    """The mail server and the SMS gateway that stand in for a provider's during development."""
    return (
        ProcessKind("mail", "sandbox", (*_PYTHON, "deploy.local.mail_sandbox")),
        ProcessKind("sms", "sandbox", (*_PYTHON, "deploy.local.sms_sandbox")),
    )


def migrations() -> tuple[OneShot, ...]:
    """One per service; they touch different databases and may run at the same time."""
    return tuple(OneShot(service, f"{service}-migrate", _cli(service, "migrate")) for service in SERVICES)


def demo_data() -> tuple[OneShot, ...]:
    """The people and texts of the demonstration; run after the migrations, repeatable."""
    return tuple(OneShot(service, f"{service}-seed", _cli(service, "seed-demo")) for service in SERVICES)


def names_of(kinds: tuple[ProcessKind, ...]) -> list[str]:
    """Every process of the table."""
    return [name for kind in kinds for name in kind.process_names]


def _service_kinds(service: str) -> Iterator[ProcessKind]:
    entrypoints = f"services.{service}.entrypoints"
    yield ProcessKind(service, "web", (*_WEB, f"{entrypoints}.wsgi:create_app()"), port=service)
    yield ProcessKind(
        service,
        "worker",
        (
            *(*_PYTHON, "celery", "-A", f"{entrypoints}.worker:app", "worker"),
            *("-P", "prefork", "-c", "1", "-O", "fair", "-Q", f"{service}.events"),
            *("-n", f"{service}-worker-{{number}}@%h", *_CELERY_OPTIONS),
        ),
        is_scraped=True,
        # A task that is running gets its time to end; a longer one is put back (docs/reliability.md).
        env={"REMAP_SIGTERM": "SIGQUIT"},
    )
    if service in PUBLISHERS:
        yield ProcessKind(service, "relay", (*_PYTHON, f"{entrypoints}.relay"), is_scraped=True)
    yield ProcessKind(service, "clock", (*_PYTHON, f"{entrypoints}.clock"), is_scraped=True)
    if service == "notifications":
        for channel in ("email", "sms"):
            yield ProcessKind(service, channel, (*_PYTHON, f"{entrypoints}.sender", channel), is_scraped=True)


def _cli(service: str, command: str) -> tuple[str, ...]:
    return (*_PYTHON, f"services.{service}.entrypoints.cli", command)

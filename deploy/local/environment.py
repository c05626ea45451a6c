"""The environment of each process: its own secrets and addresses, and nobody else's."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.local.configuration import CHECKOUT, Configuration
from deploy.local.home import Home
from deploy.local.ports import LOOPBACK
from deploy.local.processes import OneShot, ProcessKind
from deploy.local.provisioning import SERVICES
from deploy.local.spec import ProcessSpec

SMS_USER = "ventanilla"


class Environments:
    """Builds the environment of every process of one system.

    `database_url` and `redis_url` give the address for a service; `metrics_ports` one port per process.
    """

    def __init__(
        self,
        configuration: Configuration,
        home: Home,
        *,
        database_url: Callable[[str], str],
        redis_url: Callable[[str], str],
        metrics_ports: Mapping[str, int],
    ) -> None:
        self._configuration = configuration
        self._home = home
        self._database_url = database_url
        self._redis_url = redis_url
        self._metrics_ports = metrics_ports

    def spec(self, kind: ProcessKind, number: int) -> ProcessSpec:
        """Process `number` of a kind, ready to be started."""
        name = f"{kind.name}-{number}"
        metrics = self._home.metrics / name
        env = self._sandbox(kind.owner) if not kind.is_service else self._process(kind, number, metrics)
        return ProcessSpec(
            name=name,
            argv=kind.command(number),
            cwd=CHECKOUT,
            env={**env, **kind.env},
            fresh_folder=metrics if kind.is_service else None,
        )

    def one_shot(self, command: OneShot) -> ProcessSpec:
        """A command of a service, such as its migrations."""
        role = command.name.removeprefix(f"{command.service}-")
        env = {**self.service(command.service), f"{command.service.upper()}_INSTANCE": role}
        return ProcessSpec(name=command.name, argv=command.argv, cwd=CHECKOUT, env=env)

    def service(self, service: str) -> dict[str, str]:
        """What every process of a service gets."""
        values = {
            "DATABASE_URL": self._database_url(service),
            "REDIS_URL": self._redis_url(service),
            "PEER_KEYS": ",".join(f"{peer}={self._peer_key(service, peer)}" for peer in SERVICES if peer != service),
            "SECRET_KEY": self._home.secret(f"{service}-secret-key"),
            "PUBLIC_URL": self._configuration.public_url(service),
            "PORT": str(getattr(self._configuration.ports, service)),
            "DEMO_MODE": "true" if self._configuration.is_demo else "false",
            "LOG_LEVEL": self._configuration.log_level,
        }
        if service == "notifications":
            values |= {**self._providers(), "READ_TOKEN": self._home.secret("notifications-read-token")}
        if service == "intake":
            values["ROUTING_URL"] = self._configuration.public_url("routing")
        if service == "routing":
            values["MODELS_FOLDER"] = str(self._models())
        if service == "insights":
            values["METRICS_TARGETS"] = str(self._home.prometheus_targets)
        prefix = service.upper()
        chosen = {
            name: value
            for name, value in self._configuration.overrides.items()
            if name.startswith((f"{prefix}_", "OTEL_"))
        }
        return {**base(), **{f"{prefix}_{name}": value for name, value in values.items()}, **chosen}

    def _process(self, kind: ProcessKind, number: int, metrics: Path) -> dict[str, str]:
        prefix = kind.owner.upper()
        own = {
            f"{prefix}_INSTANCE": f"{kind.role}-{number}",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }
        if kind.is_scraped:
            own[f"{prefix}_METRICS_PORT"] = str(self._metrics_ports[f"{kind.name}-{number}"])
        if kind.name == "intake-web":
            own["VENTANILLA_WEB_WORKERS"] = str(self._configuration.intake_web_workers)
        return {**self.service(kind.owner), **own}

    def _providers(self) -> dict[str, str]:
        """Where notifications sends to: the sandboxes, unless the user's own variables say otherwise."""
        ports = self._configuration.ports
        return {
            "SMTP_URL": f"smtp://{LOOPBACK}:{ports.smtp}",
            "MAIL_FROM": "Ventanilla <ventanilla@ventanilla.example>",
            "SMS_URL": f"http://{LOOPBACK}:{ports.sms}/cgi-bin/sendsms",
            "SMS_USER": SMS_USER,
            "SMS_PASSWORD": self._home.secret("sms-password"),
            "SMS_DLR_BASE_URL": self._configuration.public_url("notifications"),
            "SMS_DLR_TOKEN": self._home.secret("sms-dlr-token"),
            "INTAKE_URL": self._configuration.public_url("intake"),
            "ROUTING_URL": self._configuration.public_url("routing"),
        }

    def _models(self) -> Path:
        """Built classifiers depend on the checkout alone, so all homes share them, if the checkout can be written."""
        own = CHECKOUT / "var"
        return (own if os.access(own if own.exists() else CHECKOUT, os.W_OK) else self._home.path) / "models"

    def _sandbox(self, owner: str) -> dict[str, str]:
        ports = self._configuration.ports
        if owner == "mail":
            own = {
                "MAIL_SANDBOX_FOLDER": str(self._home.mail),
                "MAIL_SANDBOX_SMTP_PORT": str(ports.smtp),
                "MAIL_SANDBOX_WEB_PORT": str(ports.mail_web),
            }
        else:
            own = {
                "SMS_SANDBOX_FOLDER": str(self._home.sms),
                "SMS_SANDBOX_PORT": str(ports.sms),
                "SMS_SANDBOX_USER": SMS_USER,
                "SMS_SANDBOX_PASSWORD": self._home.secret("sms-password"),
            }
        return {**base(), **own}

    def _peer_key(self, one: str, other: str) -> str:
        """The key two services sign to each other with: the same on both sides."""
        return self._home.secret("peer-" + "-".join(sorted((one, other))))


def base() -> dict[str, str]:
    """What any Python program needs, and nothing of the user's own environment."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": pwd.getpwuid(os.geteuid()).pw_dir,
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
        # One arena and one arithmetic thread per process: some twenty processes share one small machine.
        "MALLOC_ARENA_MAX": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }

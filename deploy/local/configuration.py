"""What the person who starts the system may choose: read once from the environment and the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from deploy.local.errors import LocalRuntimeError
from deploy.local.provisioning import SERVICES

CHECKOUT = Path(__file__).resolve().parents[2]
_MAX_PORT = 65535
_MAX_INSTANCES = 8


@dataclass(frozen=True)
class Ports:
    """The ports people and checks know. Each is overridden by `VENTANILLA_PORT_<NAME>`."""

    intake: int = 8001
    routing: int = 8002
    notifications: int = 8003
    insights: int = 8004
    smtp: int = 2525
    mail_web: int = 8025
    sms: int = 8026

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Ports:
        """Defaults with overrides; two uses of one port are an error now rather than a riddle later."""
        names = [item.name for item in fields(cls)]
        chosen = {name: _port(environ, f"VENTANILLA_PORT_{name.upper()}", getattr(cls, name)) for name in names}
        for name, port in chosen.items():
            twins = [other for other in names if other != name and chosen[other] == port]
            if twins:
                raise LocalRuntimeError(
                    f"El puerto {port} está repetido / port {port} is used twice: {name}, {', '.join(twins)}",
                    advice=f"VENTANILLA_PORT_{name.upper()}=…",
                )
        return cls(**chosen)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where the system lives, on which ports, how many of each process, and on whose servers.

    `database_urls` and `redis_urls` hold one address per service when they are the user's own servers, and
    are None when the embedded ones are used. `overrides` are variables with a service's prefix that the user
    set: they reach that service's processes and win over what is generated.
    """

    home: Path
    ports: Ports = field(default_factory=Ports)
    instances: int = 1
    intake_web_workers: int = 1
    is_demo: bool = True
    log_level: str = "INFO"
    database_urls: Mapping[str, str] | None = None
    redis_urls: Mapping[str, str] | None = None
    postgres_account: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, home: Path | None = None, instances: int | None = None
    ) -> Configuration:
        """Read `VENTANILLA_*`, the addresses of the user's own servers, and the services' own variables."""
        chosen_home = home or Path(environ.get("VENTANILLA_HOME") or CHECKOUT / "var")
        return cls(
            home=Path(os.path.abspath(chosen_home)),  # noqa: PTH100 - resolve() would follow a link
            ports=Ports.from_environment(environ),
            instances=instances or _number(environ, "VENTANILLA_INSTANCES", 1, _MAX_INSTANCES),
            intake_web_workers=_number(environ, "VENTANILLA_INTAKE_WEB_WORKERS", 1, _MAX_INSTANCES),
            is_demo=environ.get("VENTANILLA_DEMO_MODE", "true").lower() not in {"0", "false", "no", "off"},
            log_level=environ.get("VENTANILLA_LOG_LEVEL", "INFO").upper(),
            database_urls=_addresses(environ, "DATABASE_URL"),
            redis_urls=_addresses(environ, "REDIS_URL", shared="REDIS_URL"),
            postgres_account=environ.get("VENTANILLA_POSTGRES_ACCOUNT"),
            overrides={
                name: value
                for name, value in environ.items()
                if name.partition("_")[0].lower() in SERVICES or name.startswith("OTEL_")
            },
        )

    def public_url(self, service: str) -> str:
        """The address people open, without a slash at the end."""
        return f"http://127.0.0.1:{getattr(self.ports, service)}"


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    return _number(environ, name, default, _MAX_PORT)


def _number(environ: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        raise LocalRuntimeError(f"{name}={text}: se espera un número de 1 a {highest} / a number is expected")
    return int(text)


def _addresses(environ: Mapping[str, str], suffix: str, shared: str | None = None) -> dict[str, str] | None:
    """One address per service, all or none: half a set would silently split the system over two servers."""
    common = environ.get(shared) if shared else None
    names = {service: f"{service.upper()}_{suffix}" for service in SERVICES}
    given = {service: environ.get(name) or common for service, name in names.items()}
    found = {service: address for service, address in given.items() if address}
    if not found:
        return None
    missing = [names[service] for service in SERVICES if service not in found]
    if missing:
        raise LocalRuntimeError(
            f"Faltan direcciones de servidor / server addresses are missing: {', '.join(missing)}",
            advice="Indique las cuatro o ninguna / give all four or none",
        )
    return found

"""Settings of a service process: environment variables, read once, typed, frozen; every mistake reported at once.

Each variable carries the service's prefix (`INTAKE_DATABASE_URL`), and any of them can be given as a file
(`INTAKE_DATABASE_URL_FILE=/run/secrets/...`). `.env.example` lists all of them; a test keeps it complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from environs import EnvValidationError, FileAwareEnv
from marshmallow import ValidationError
from marshmallow.validate import OneOf, Range
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from shared.contracts.catalog import counterparts_of

T = TypeVar("T")

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SHORTEST_KEY = 16
_MOST_PROXIES = 8


class SettingsError(Exception):
    """The environment of the process is incomplete or wrong; the text lists every variable and what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """The knobs of event delivery; the defaults are the measured ones (docs/reliability.md)."""

    relay_poll_seconds: float = 0.05
    relay_idle_poll_seconds: float = 0.5
    loss_check_seconds: float = 1.0
    republish_after_seconds: float = 10.0
    republish_at_most_every_seconds: float = 20.0
    probe_after_seconds: float = 60.0
    confirm_slack_seconds: float = 5.0
    queue_message_cap: int = 2000
    inbox_lease_seconds: float = 5.0
    hold_seconds: float = 30.0
    max_attempts: int = 8
    clock_tick_seconds: float = 1.0
    outbox_kept_days: int = 90
    inbox_kept_days: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What every process of a service needs. Secrets are left out of `repr`.

    `trusted_proxies`: how many of our own proxies stand before the web process; they alone are believed.
    `totp_required_roles`: whose people must have a second factor before they come anywhere.
    `previous_secret_key`: opens what the key before sealed, while it is being exchanged.
    """

    service: str
    instance: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    peer_keys: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    metrics_port: int
    is_demo: bool
    log_level: str
    otlp_endpoint: str
    metrics_host: str = "127.0.0.1"
    trusted_proxies: int = 0
    totp_required_roles: tuple[str, ...] = ()
    previous_secret_key: str = field(default="", repr=False)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)


def read_settings(service: str, build: Callable[[FileAwareEnv, ServiceSettings], T]) -> T:
    """Read a service's environment; `build` adds what only this service needs.

    :raises SettingsError: at least one variable is missing or malformed; all are named.
    """
    env = _Environment(eager=False, prefix=f"{service.upper()}_", strip_whitespace=True)
    env.add_parser("database_url", _parse_database_url)
    env.add_parser("peer_keys", lambda value, **_: _parse_peer_keys(value, counterparts_of(service)))
    try:
        settings = build(env, _service_settings(env, service))
    except Exception:
        _seal(env)  # values that are missing explain why building on them failed
        raise
    _seal(env)
    return settings


class _Environment(FileAwareEnv):
    """Where a file that cannot be read is one more mistake to report, not the end of the reading."""

    def _get_value(self, env_key: str, default: Any) -> Any:
        try:
            return super()._get_value(env_key, default)
        except (ValueError, OSError) as error:
            self._errors[env_key].append(str(error))
            return default


def _seal(env: FileAwareEnv) -> None:
    try:
        env.seal()
    except EnvValidationError as error:
        lines = [f"  {name}: {' '.join(map(str, problems))}" for name, problems in _by_name(error).items()]
        raise SettingsError("\n".join(["settings are missing or wrong:", *sorted(lines)])) from error


def _by_name(error: EnvValidationError) -> dict[str, list[str]]:
    messages = error.error_messages
    return {"": list(messages)} if isinstance(messages, list) else dict(messages)


def read_service_settings(service: str) -> ServiceSettings:
    """The settings of a service that needs nothing of its own."""
    return read_settings(service, lambda _env, settings: settings)


def _service_settings(env: FileAwareEnv, service: str) -> ServiceSettings:
    return ServiceSettings(
        service=service,
        instance=env.str("INSTANCE", f"{service}-1"),
        database_url=env.database_url("DATABASE_URL"),
        redis_url=env.str("REDIS_URL"),
        peer_keys=env.peer_keys("PEER_KEYS"),
        secret_key=env.str("SECRET_KEY"),
        public_url=env.str("PUBLIC_URL"),
        metrics_port=env.int("METRICS_PORT", 0),
        is_demo=env.bool("DEMO_MODE", False),
        log_level=env.str("LOG_LEVEL", "INFO", validate=OneOf(_LOG_LEVELS)),
        otlp_endpoint=env.str("OTLP_ENDPOINT", ""),
        metrics_host=env.str("METRICS_HOST", "127.0.0.1"),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=Range(min=0, max=_MOST_PROXIES)),
        totp_required_roles=tuple(env.list("TOTP_REQUIRED_ROLES", [], subcast=str)),
        previous_secret_key=env.str("PREVIOUS_SECRET_KEY", ""),
        delivery=_delivery_settings(env),
    )


def _delivery_settings(env: FileAwareEnv) -> DeliverySettings:
    defaults = DeliverySettings()
    values: dict[str, Any] = {}
    for name in DeliverySettings.__dataclass_fields__:
        default = getattr(defaults, name)
        read = env.int if isinstance(default, int) else env.float
        values[name] = read(name.upper(), default, validate=Range(min=0, min_inclusive=False))
    outbox_kept = values["outbox_kept_days"] or defaults.outbox_kept_days
    # An event delivered again after the inbox forgot it would take effect a second time.
    env.int("INBOX_KEPT_DAYS", defaults.inbox_kept_days, validate=Range(min=outbox_kept + 1))
    return DeliverySettings(**values)


def with_driver(database_url: str) -> str:
    """A `postgresql://` address with the driver we use.

    :raises ValueError: it is the address of another kind of database.
    """
    url = make_url(database_url)
    if not url.drivername.startswith("postgresql"):
        raise ValueError("must be a postgresql:// URL")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _parse_database_url(value: str, **_: Any) -> str:
    try:
        return with_driver(value)
    except (ValueError, ArgumentError) as error:
        raise ValidationError("must be a postgresql:// URL") from error


def _parse_peer_keys(value: str, counterparts: tuple[str, ...]) -> dict[str, tuple[bytes, ...]]:
    """`routing=<hex>,insights=<new hex>|<old hex>`: one key per peer, two while they are being rotated."""
    keys: dict[str, tuple[bytes, ...]] = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        peer, separator, secrets = pair.partition("=")
        try:
            keys[peer] = tuple(bytes.fromhex(secret) for secret in secrets.split("|"))
        except ValueError:
            separator = ""
        if not separator:
            raise ValidationError("must read peer=hex[|hex],...")
    if short := sorted(peer for peer, secrets in keys.items() if min(map(len, secrets)) < _SHORTEST_KEY):
        raise ValidationError(f"the keys of {', '.join(short)} are shorter than {_SHORTEST_KEY} bytes")
    if missing := sorted(set(counterparts) - keys.keys()):
        raise ValidationError(f"there is no key for {', '.join(missing)}")
    return keys

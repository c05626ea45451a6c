"""What a process of intake reads from its environment (`INTAKE_…`)."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow.validate import Regexp

from shared.settings import ServiceSettings, read_settings

_DESK = "http://127.0.0.1:8002"


@dataclass(frozen=True, slots=True)
class Settings:
    """`routing_url`: where people reach the desk, for the links to files of answers; intake itself never calls it."""

    service: ServiceSettings
    routing_url: str = _DESK


def read() -> Settings:
    """Read the environment.

    :raises SettingsError: variables are missing or wrong; all are named.
    """
    web_url = Regexp(r"https?://[^/\s]+", error="must be an http:// or https:// URL")
    return read_settings(
        "intake", lambda env, service: Settings(service, env.str("ROUTING_URL", _DESK, validate=web_url))
    )

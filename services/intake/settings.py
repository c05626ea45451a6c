"""What a process of intake reads from its environment (`INTAKE_…`)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import ServiceSettings, read_service_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """Intake needs nothing beyond what every service needs."""

    service: ServiceSettings


def read() -> Settings:
    """Read the environment.

    :raises SettingsError: variables are missing or wrong; all are named.
    """
    return Settings(read_service_settings("intake"))

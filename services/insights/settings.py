"""The settings of insights: those of every service, and where the processes of the system show their metrics."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import ServiceSettings, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the processes of insights need.

    `metrics_targets` is a file in Prometheus' `file_sd` JSON format, the same that Prometheus itself reads; empty
    means that nobody wrote one, and the console then says that it cannot see the processes.
    """

    service: ServiceSettings
    metrics_targets: str = ""
    scrape_seconds: float = 10.0
    scrape_timeout_seconds: float = 2.0


def read() -> Settings:
    """Read the environment.

    :raises SettingsError: something is missing or malformed; everything is named at once.
    """
    return read_settings(
        "insights",
        lambda env, service: Settings(
            service=service,
            metrics_targets=env.str("METRICS_TARGETS", ""),
            scrape_seconds=env.float("SCRAPE_SECONDS", 10.0),
            scrape_timeout_seconds=env.float("SCRAPE_TIMEOUT_SECONDS", 2.0),
        ),
    )

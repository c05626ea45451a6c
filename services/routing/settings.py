"""What the processes of routing read from their environment, beyond what every service needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from environs import FileAwareEnv

from shared.settings import ServiceSettings, read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """`models_folder` keeps built classifiers; `demo_capacity` is how many open cases a demonstration advisor takes."""

    service: ServiceSettings
    models_folder: Path
    demo_capacity: int


def read() -> Settings:
    """The settings of this process.

    :raises SettingsError: at least one variable is missing or malformed; all are named.
    """

    def build(env: FileAwareEnv, service: ServiceSettings) -> Settings:
        return Settings(
            service=service,
            models_folder=env.path("MODELS_FOLDER", Path("var/models")),
            demo_capacity=env.int("DEMO_CAPACITY", 60),
        )

    return read_settings("routing", build)

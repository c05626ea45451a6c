"""What the processes of routing read from their environment, beyond what every service needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from environs import FileAwareEnv
from marshmallow.validate import Range

from shared.settings import ServiceSettings, read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    """`models_folder` keeps built classifiers; `demo_capacity` is how many open cases a demonstration advisor takes.

    A model is trained when `train_after_corrections` decisions against the champion have come in (0: only when a person
    asks) and the last training is `train_interval` ago; `models_kept` of the newest can be gone back to. Every
    `model_check_seconds` a process looks which model decides. Texts of corrections are kept for `corrections_kept`.
    """

    service: ServiceSettings
    models_folder: Path
    demo_capacity: int
    train_after_corrections: int = 25
    train_interval: timedelta = timedelta(hours=24)
    models_kept: int = 5
    model_check_seconds: float = 5.0
    corrections_kept: timedelta = timedelta(days=730)


def read() -> Settings:
    """The settings of this process.

    :raises SettingsError: at least one variable is missing or malformed; all are named.
    """

    def build(env: FileAwareEnv, service: ServiceSettings) -> Settings:
        return Settings(
            service=service,
            models_folder=env.path("MODELS_FOLDER", Path("var/models")),
            demo_capacity=env.int("DEMO_CAPACITY", 60),
            train_after_corrections=env.int("TRAIN_AFTER_CORRECTIONS", 25, validate=Range(0, 100_000)),
            train_interval=timedelta(hours=env.float("TRAIN_INTERVAL_HOURS", 24.0, validate=Range(0, 8_760))),
            models_kept=env.int("MODELS_KEPT", 5, validate=Range(2, 100)),
            model_check_seconds=env.float("MODEL_CHECK_SECONDS", 5.0, validate=Range(0.1, 3_600)),
            corrections_kept=timedelta(days=env.int("CORRECTIONS_KEPT_DAYS", 730, validate=Range(1, 36_500))),
        )

    return read_settings("routing", build)

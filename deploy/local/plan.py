"""What one start consists of: the commands that run first, and the processes that stay."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.configuration import Configuration
from deploy.local.processes import OneShot, ProcessKind, demo_data, migrations, product


@dataclass(frozen=True)
class Preparation:
    """Commands that may run at the same time, and must all have succeeded before what comes next."""

    title: str
    commands: tuple[OneShot, ...]


@dataclass(frozen=True)
class Plan:
    """Preparations in their order, then processes."""

    preparations: tuple[Preparation, ...]
    kinds: tuple[ProcessKind, ...]

    @classmethod
    def of_product(cls, configuration: Configuration) -> Plan:
        """The product: migrations, demonstration data in demo mode, and every process."""
        preparations = [Preparation("Esquemas de datos / migrations", migrations())]
        if configuration.is_demo:
            preparations.append(Preparation("Datos de demostración / demo data", demo_data()))
        return cls(tuple(preparations), product(configuration.instances))

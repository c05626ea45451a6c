"""The files a start writes: one specification per process, the supervisor's configuration, scrape targets."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.configuration import Configuration
from deploy.local.environment import Environments, base
from deploy.local.home import Home
from deploy.local.plan import Plan
from deploy.local.ports import LOOPBACK
from deploy.local.spec import CHILD_PROGRAM, ProcessSpec, write_private
from deploy.local.supervisor_config import (
    SANDBOXES_PRIORITY,
    SERVERS_PRIORITY,
    SERVICES_PRIORITY,
    Program,
    render,
)

_CONFIGURATION = "run/supervisord.conf"
_FOR_FORKS = {
    "REMAP_SIGTERM": "SIGQUIT",  # Celery reads it when it is imported; nothing but its workers heeds it
    "SPT_NOENV": "1",  # a process title may not overwrite the mark in the environment by which we know our own
}


def write_supervisor_files(
    home: Home,
    configuration: Configuration,
    plan: Plan,
    servers: list[ProcessSpec],
    environments: Environments,
    control_socket: Path,
) -> Path:
    """Write everything the supervisor reads; the specification of the supervisor itself."""
    shutil.rmtree(home.specs)
    home.specs.mkdir(mode=0o700)
    for link, target in (("python", sys.executable), ("child.py", str(CHILD_PROGRAM))):
        (home.run / link).unlink(missing_ok=True)
        (home.run / link).symlink_to(target)
    programs = []
    for server in servers:
        server.write(home.specs, home.path, suffix="-1")
        programs.append(Program(server.name, 1, SERVERS_PRIORITY, server.stop_signal))
    for kind in plan.kinds:
        for number in range(1, kind.count + 1):
            environments.spec(kind, number).write(home.specs, home.path)
        port = getattr(configuration.ports, kind.port) if kind.port else None
        priority = SERVICES_PRIORITY if kind.is_service else SANDBOXES_PRIORITY
        programs.append(Program(kind.name, kind.count, priority, port=port))
    user = getpass.getuser() if os.geteuid() == 0 else None
    write_private(home.path / _CONFIGURATION, render(programs, socket=str(control_socket), user=user))
    supervisor = ProcessSpec(
        name="supervisor",
        argv=(sys.executable, "-m", "deploy.local.supervise", _CONFIGURATION),
        cwd=home.path,
        env={**base(), **_FOR_FORKS},
    )
    return supervisor.write(home.specs, home.path)


def write_prometheus_targets(
    home: Home, configuration: Configuration, plan: Plan, metrics_ports: Mapping[str, int]
) -> None:
    """Where Prometheus finds every process, in its `file_sd` format."""
    targets = []
    for kind in plan.kinds:
        if not kind.is_service:
            continue
        if kind.port:  # one port, whatever the number of processes behind it
            targets.append(_target(kind.owner, kind.role, kind.name, getattr(configuration.ports, kind.port)))
        elif kind.is_scraped:
            targets += [_target(kind.owner, kind.role, name, metrics_ports[name]) for name in kind.process_names]
    write_private(home.prometheus_targets, json.dumps(targets, indent=1) + "\n", mode=0o644)


def _target(service: str, process: str, instance: str, port: int) -> dict[str, object]:
    return {
        "targets": [f"{LOOPBACK}:{port}"],
        "labels": {"service": service, "process": process, "instance": instance},
    }

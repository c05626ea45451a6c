"""The containers are the same product as the processes of the embedded runtime."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.local.configuration import Configuration
from deploy.local.environment import Environments
from deploy.local.home import Home
from deploy.local.processes import demo_data, migrations, product
from deploy.local.provisioning import SERVICES
from shared.contracts.catalog import CATALOG, events_queue

pytestmark = pytest.mark.integration

_CLIENTS = (("docker", "compose"), ("docker-compose",))
_SENDERS = {"email": ["sender", "email"], "sms": ["sender", "sms"]}
# Where a process listens is the same in every container, and demo data are not for production.
_LOCAL_ONLY = {"PORT", "INSTANCE", "LOG_LEVEL"}
# Where a web process listens, how many share the work, and where their heartbeats are.
_PLACE = {"bind", "workers", "worker_tmp_dir"}

Entered = Callable[..., list[str]]


@pytest.fixture
def entered(root: Path, tmp_path: Path) -> Entered:
    """Runs the entry point of the images among programs that only say how they were called."""
    for program in ("gunicorn", "celery", "python3"):
        file = tmp_path / program
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" {program} "$@"\n')
        file.chmod(0o755)

    def enter(service: str, *command: str) -> list[str]:
        done = subprocess.run(
            ["/bin/sh", str(root / "deploy/docker/entrypoint.sh"), *command],
            env={
                "SERVICE": service,
                "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
                "PATH": f"{tmp_path}:/usr/bin:/bin",
            },
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
        return done.stdout.splitlines()

    return enter


def test_a_compose_client_accepts_the_file(root: Path) -> None:
    client = _compose_client()
    if client is None:
        pytest.skip("no docker compose client on this machine: docker-compose.yml was not validated")
    done = subprocess.run(
        [*client, "-f", str(root / "docker-compose.yml"), "config", "--quiet"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_process_has_its_twin_in_a_container(ours: dict[str, Any]) -> None:
    for kind in product():
        command = _SENDERS.get(kind.role, [kind.owner] if not kind.is_service else [kind.role])
        assert ours[kind.name]["command"] == command, kind.name
        image = kind.owner if kind.is_service else "sandbox"
        assert ours[kind.name]["image"].startswith(f"ventanilla/{image}:"), kind.name


def test_every_container_of_ours_is_a_process_or_a_migration(ours: dict[str, Any]) -> None:
    assert set(ours) == {kind.name for kind in product()} | {one.name for one in migrations()}
    for service in SERVICES:
        assert ours[f"{service}-migrate"]["command"] == ["migrate"]


@pytest.mark.parametrize("service", SERVICES)
def test_processes_start_after_their_own_migration_and_nobody_elses(ours: dict[str, Any], service: str) -> None:
    for kind in product():
        if kind.owner == service:
            wanted = {f"{service}-migrate": {"condition": "service_completed_successfully"}}
            assert ours[kind.name]["depends_on"] == wanted, kind.name
    assert {"postgres", "redis"} == set(ours[f"{service}-migrate"]["depends_on"])


def test_every_queue_that_events_are_sent_to_has_a_worker_in_both(entered: Entered, ours: dict[str, Any]) -> None:
    queues = {events_queue(subscriber) for contract in CATALOG for subscriber in contract.subscribers}
    assert queues == {events_queue(service) for service in SERVICES}
    local = {kind.owner: kind.argv[kind.argv.index("-Q") + 1] for kind in product() if kind.role == "worker"}
    assert set(local.values()) == queues
    for service in SERVICES:
        assert ours[f"{service}-worker"]["command"] == ["worker"]
        ran = entered(service, "worker")
        assert ran[ran.index("-Q") + 1] == events_queue(service)


@pytest.mark.parametrize("kind", [kind for kind in product() if kind.is_service], ids=lambda kind: kind.name)
def test_a_container_runs_the_same_program_with_the_same_options(
    entered: Entered, ours: dict[str, Any], kind: Any
) -> None:
    ran = entered(kind.owner, *ours[kind.name]["command"])
    wanted = list(kind.argv[1:])  # without the interpreter of this machine
    if kind.role == "web":
        assert (ran[0], ran[-1]) == ("gunicorn", wanted[-1])
    elif kind.role == "worker":
        name = wanted.index("-n")  # the host names a worker in a container
        assert ran == [*wanted[1:name], *wanted[name + 2 :]]
    else:
        assert ran == ["python3", *wanted]


def test_a_container_migrates_and_seeds_with_the_same_commands(entered: Entered) -> None:
    for one in (*migrations(), *demo_data()):
        assert entered(one.service, one.argv[-1]) == ["python3", *one.argv[1:]]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_gets_every_setting_a_local_process_gets(
    root: Path, ours: dict[str, Any], tmp_path: Path, service: str
) -> None:
    configuration = Configuration(home=tmp_path)
    environments = Environments(
        configuration, Home(tmp_path), database_url=str, redis_url=str, metrics_ports={}
    )  # fmt: skip
    Home(tmp_path).prepare()
    prefix = f"{service.upper()}_"
    local = {name for name in environments.service(service) if name.startswith(prefix)}
    container = {name.removesuffix("_FILE") for name in ours[f"{service}-web"]["environment"]}
    image = set(re.findall(r"\b([A-Z_]+)=", (root / "deploy/docker/Dockerfile").read_text(encoding="utf-8")))
    missing = {name.removeprefix(prefix) for name in local - container - image} - _LOCAL_ONLY
    assert missing == set()
    secrets = {
        name for name in ours[f"{service}-web"]["environment"] if name.endswith(("PASSWORD", "KEY", "KEYS", "TOKEN"))
    }
    assert secrets == set(), "a secret is handed over as a file, never in the environment"


def test_every_secret_that_containers_read_is_made_and_mounted(
    make_secrets: Callable[..., Path], compose: dict[str, Any], ours: dict[str, Any]
) -> None:
    made = make_secrets()
    declared = compose["secrets"]
    assert {Path(one["file"]).name for one in declared.values()} <= {path.name for path in made.iterdir()}
    for name, one in ours.items():
        mounted = set(one.get("secrets", ()))
        assert mounted <= set(declared), name
        read = {
            value.removeprefix("/run/secrets/")
            for value in (one.get("environment") or {}).values()
            if str(value).startswith("/run/secrets/")
        }
        assert read <= mounted, name
        others = {service for service in SERVICES if service not in name}
        foreign = {secret for secret in mounted if secret.startswith(tuple(f"{other}_" for other in others))}
        assert foreign == set(), name


def test_everything_that_is_mounted_or_built_from_is_in_the_repository(root: Path, compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (root / source).exists(), (name, source)
        if "build" in one:
            assert (root / one["build"]["dockerfile"]).is_file(), name
    for line in (root / "deploy/docker/Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (root / source.replace("${SERVICE}", "intake")).exists(), line


def test_containers_are_confined(compose: dict[str, Any], ours: dict[str, Any]) -> None:
    for name, one in ours.items():
        if one["image"].startswith("ventanilla/sandbox"):
            continue
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert one["networks"] == ["inside"], name
        assert "no-new-privileges:true" in one["security_opt"], name
        assert "ports" not in one, name
    assert "USER 10001:10001" in (Path(__file__).resolve().parents[3] / "deploy/docker/Dockerfile").read_text()
    for name, one in compose["services"].items():
        if name.endswith("-migrate"):
            continue
        assert "memory" in one["deploy"]["resources"]["limits"], name
        assert one["restart"] == "unless-stopped", name
    assert compose["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("kind", [kind for kind in product() if kind.is_service], ids=lambda kind: kind.name)
def test_every_container_says_whether_it_is_well(ours: dict[str, Any], kind: Any) -> None:
    path = "8000/readyz" if kind.role == "web" else "9100/healthz"
    assert path in " ".join(ours[kind.name]["healthcheck"]["test"])


def test_web_processes_have_the_same_limits_in_both(root: Path) -> None:
    local, container = (
        {
            name: value
            for name, value in runpy.run_path(str(root / file)).items()
            if isinstance(value, int | str) and not name.startswith("_") and name not in _PLACE
        }
        for file in ("deploy/local/gunicorn_conf.py", "deploy/docker/gunicorn_conf.py")
    )
    assert local == container


def test_prometheus_finds_every_container(root: Path) -> None:
    targets = json.loads((root / "deploy/docker/prometheus-targets.json").read_text(encoding="utf-8"))
    found = {(one["labels"]["service"], one["labels"]["process"]): one["targets"] for one in targets}
    for kind in product():
        if kind.is_service:
            port = 8000 if kind.role == "web" else 9100
            assert found.pop((kind.owner, kind.role)) == [f"{kind.name}:{port}"]
    assert found == {}


def _compose_client() -> tuple[str, ...] | None:
    for client in _CLIENTS:
        if shutil.which(client[0]):
            done = subprocess.run([*client, "version"], capture_output=True, timeout=30, check=False)
            if done.returncode == 0:
                return client
    return None

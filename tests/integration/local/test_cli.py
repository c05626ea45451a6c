"""The `ventanilla` command as a person meets it."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest

from deploy.local.cli import COMMANDS
from deploy.local.configuration import CHECKOUT, Configuration, Ports
from deploy.local.home import Home
from deploy.local.system import LocalSystem
from tests.integration.local.conftest import small_plan

pytestmark = pytest.mark.integration


def ventanilla(configuration: Configuration, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    ports = {f"VENTANILLA_PORT_{f.name.upper()}": str(getattr(configuration.ports, f.name)) for f in fields(Ports)}
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.cli", *arguments],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "VENTANILLA_HOME": str(configuration.home), "LANG": "C.UTF-8", **ports},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_names_every_command(configuration: Configuration) -> None:
    done = ventanilla(configuration, "--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert name in done.stdout
        assert ventanilla(configuration, name, "--help").returncode == 0


def test_up_says_which_port_is_taken_and_leaves_nothing(configuration: Configuration) -> None:
    with closing(socket.create_server(("127.0.0.1", configuration.ports.smtp))):
        done = ventanilla(configuration, "up")
    assert done.returncode == 1
    text = " ".join(done.stderr.split())
    assert str(configuration.ports.smtp) in text
    assert "VENTANILLA_PORT_SMTP" in text
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_explained_without_a_traceback(configuration: Configuration) -> None:
    done = ventanilla(Configuration(home=configuration.home, ports=Ports(intake=0)), "status")
    assert done.returncode == 1
    assert "VENTANILLA_PORT_INTAKE" in done.stderr
    assert "Traceback" not in done.stderr


def test_status_and_reset_know_whether_it_runs(configuration: Configuration) -> None:
    assert ventanilla(configuration, "status").returncode == 1
    with LocalSystem(configuration, plan=small_plan()) as system:
        status = ventanilla(configuration, "status", "--json")
        assert status.returncode == 0, status.stderr
        assert {row["name"] for row in json.loads(status.stdout)} == {item.name for item in system.processes()}
        assert "intake-relay-1" in ventanilla(configuration, "status").stdout
        refused = ventanilla(configuration, "reset", "--yes")
        assert refused.returncode == 1
        assert str(os.getpid()) in refused.stderr
        psycopg.connect(system.servers.database_url("intake")).close()


def test_reset_asks_first_and_then_forgets_everything(configuration: Configuration) -> None:
    home = Home(configuration.home)
    home.prepare()
    home.secret("x")
    outside = Path(home.path).parent / "postgres-elsewhere"
    outside.mkdir()
    (outside / "data").mkdir()
    home.postgres.symlink_to(outside)
    assert ventanilla(configuration, "reset", answer="n\n").returncode == 1
    assert (home.secrets / "x").exists()
    assert ventanilla(configuration, "reset", answer="y\n").returncode == 0
    assert not home.path.exists()
    assert not outside.exists()
    assert ventanilla(configuration, "reset", "--yes").returncode == 0

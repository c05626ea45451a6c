"""The supervisor: ordered start, restart of what crashes, clean stop, recovery from anything."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from deploy.local.configuration import CHECKOUT, Configuration, Ports
from deploy.local.errors import AlreadyRunningError, NotRunningError, PortBusyError, StartFailedError
from deploy.local.home import Home
from deploy.local.leftovers import find_leftovers
from deploy.local.ports import free_ports
from deploy.local.provisioning import SERVICES
from deploy.local.system import LocalSystem
from tests.integration.local.conftest import small_plan
from tests.support.eventually import eventually
from tests.support.servers import Servers

pytestmark = pytest.mark.integration


def web(configuration: Configuration, path: str = "/x") -> str:
    url = configuration.public_url("intake") + path
    with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - our own http address
        return response.read().decode()


def leftovers(configuration: Configuration) -> list[psutil.Process]:
    home = Home(configuration.home)
    return find_leftovers(home.path, home.postgres.resolve() / "data")


@pytest.fixture(scope="module")
def shared_system(module_home: Path) -> Iterator[LocalSystem]:
    configuration = Configuration(home=module_home, ports=Ports(*free_ports(7)))
    with LocalSystem(configuration, plan=small_plan(web_count=2)) as system:
        yield system
    assert leftovers(configuration) == []


@pytest.fixture
def system(shared_system: LocalSystem) -> LocalSystem:
    """One system for many tests; each leaves everything running."""
    eventually(lambda: all(process.is_running for process in shared_system.processes()), within=20)
    return shared_system


def launch(configuration: Configuration, log: Path) -> subprocess.Popen[bytes]:
    arguments = [str(configuration.home), *map(str, astuple(configuration.ports))]
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.integration.local.tiny_up", *arguments],
            cwd=CHECKOUT,
            env={"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT), "HOME": str(configuration.home)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


@pytest.fixture
def launched(configuration: Configuration, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    log = tmp_path / "up.log"
    process = launch(configuration, log)
    try:
        eventually(lambda: "Ctrl-C" in log.read_text(), within=40)
        yield process
    finally:
        process.kill()
        process.wait()
        eventually(lambda: not leftovers(configuration), within=40)


def test_everything_runs_and_two_of_a_kind_share_a_port(system: LocalSystem) -> None:
    states = {process.name: process.state for process in system.processes()}
    assert states == {
        "postgres-1": "RUNNING",
        "valkey-1": "RUNNING",
        "intake-web-1": "RUNNING",
        "intake-web-2": "RUNNING",
        "intake-relay-1": "RUNNING",
    }
    answering = {psutil.Process(int(web(system.configuration).split()[0])).ppid() for _ in range(40)}
    assert answering <= set(system.pids("intake-web"))
    for service in SERVICES:
        with psycopg.connect(system.servers.database_url(service)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (service,)


def test_a_process_gets_its_own_secrets_and_nobody_elses(system: LocalSystem) -> None:
    environment = json.loads(web(system.configuration, "/environment"))
    assert environment["INTAKE_DATABASE_URL"] == system.servers.database_url("intake")
    assert environment["INTAKE_INSTANCE"] in {"web-1", "web-2"}
    known = "\n".join(environment.values())
    for file in system.home.secrets.iterdir():
        is_shared_with_intake = file.name.startswith(("intake-", "peer-")) and "intake" in file.name
        assert (file.read_text().strip() in known) == is_shared_with_intake, file.name
        assert file.stat().st_mode & 0o777 == 0o600


def test_every_process_says_its_name_and_carries_the_mark_of_its_home(system: LocalSystem) -> None:
    (relay,) = map(psutil.Process, system.pids("intake-relay"))
    assert relay.cmdline()[0].rstrip() == "ventanilla: intake-relay-1"
    assert {relay.pid, *system.pids("intake-web")} <= {process.pid for process in leftovers(system.configuration)}


def test_passwords_are_on_no_command_line(system: LocalSystem) -> None:
    secrets = {file.read_text().strip() for file in system.home.secrets.iterdir()}
    lines = [" ".join(process.cmdline()) for process in psutil.process_iter() if process.status() != "zombie"]
    assert not [line for line in lines if any(secret in line for secret in secrets)]


def test_what_is_killed_comes_back(system: LocalSystem) -> None:
    for name in ("intake-relay-1", "valkey-1", "postgres-1"):
        (old,) = system.kill(name)
        eventually(lambda name=name, old=old: system.pids(name) not in ([], [old]), within=20)
    system.servers.await_ready()


def test_no_request_is_refused_while_the_web_processes_restart(system: LocalSystem) -> None:
    answers: list[str] = []
    errors: list[Exception] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            try:
                answers.append(web(system.configuration))
            except Exception as error:  # noqa: BLE001 - every kind of failure counts
                errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    system.restart("intake-web")
    is_over.set()
    asking.join()
    assert answers
    assert errors == []


def test_the_broker_can_be_killed_emptied_and_started_again(system: LocalSystem) -> None:
    with closing(redis.Redis.from_url(system.servers.redis_url("intake"))) as client:
        client.lpush("routing.events", "x")
        system.broker_kill()
        with pytest.raises(redis.exceptions.ConnectionError):
            client.ping()
        assert [process.state for process in system.control.find("valkey")] == ["STOPPED"]
        system.broker_wipe()
        system.broker_start()
        assert client.llen("routing.events") == 0


def test_postgres_recovers_from_an_immediate_shutdown(system: LocalSystem) -> None:
    with psycopg.connect(system.servers.database_url("insights")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    system.postgres_kill_immediate()
    with psycopg.connect(system.servers.database_url("insights")) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_a_process_can_be_held_down_and_frozen(system: LocalSystem) -> None:
    system.control.kill_and_hold("intake-relay")
    assert system.pids("intake-relay") == []
    system.control.start("intake-relay")
    system.control.freeze("intake-relay")
    (pid,) = system.pids("intake-relay")
    eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    system.control.thaw("intake-relay")
    eventually(lambda: psutil.Process(pid).status() != psutil.STATUS_STOPPED)


def test_another_command_can_attach_and_control(system: LocalSystem) -> None:
    other = LocalSystem.attached(system.configuration)
    assert {process.name for process in other.processes()} == {process.name for process in system.processes()}
    assert other.servers.operator_url() == system.servers.operator_url()


def test_prometheus_is_told_every_port_once(system: LocalSystem) -> None:
    groups = json.loads(system.home.prometheus_targets.read_text())
    targets = [target for group in groups for target in group["targets"]]
    assert len(set(targets)) == len(targets)
    assert {group["labels"]["instance"] for group in groups} == {"intake-web", "intake-relay-1"}


def test_the_second_start_of_a_home_says_who_runs_it(system: LocalSystem) -> None:
    with pytest.raises(AlreadyRunningError, match=str(os.getpid())):
        LocalSystem(system.configuration, plan=small_plan()).start()
    assert web(system.configuration)


def test_data_and_passwords_survive_a_restart_of_everything(configuration: Configuration) -> None:
    with LocalSystem(configuration, plan=small_plan()) as system:
        address = system.servers.database_url("intake")
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    with LocalSystem(configuration, plan=small_plan()) as system:
        assert system.servers.database_url("intake") == address
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_a_busy_port_is_said_before_anything_starts(configuration: Configuration) -> None:
    port = configuration.ports.routing
    with (
        closing(socket.create_server(("127.0.0.1", port))),
        pytest.raises(PortBusyError, match=rf"{port} \(routing\).*pid {os.getpid()}") as caught,
    ):
        LocalSystem(configuration, plan=small_plan()).start()
    assert "VENTANILLA_PORT_ROUTING" in caught.value.advice
    assert not (configuration.home / "postgres").exists()
    assert leftovers(configuration) == []


def test_a_command_that_fails_shows_its_last_words_and_leaves_nothing(configuration: Configuration) -> None:
    with pytest.raises(StartFailedError) as caught:
        LocalSystem(configuration, plan=small_plan(preparation="fail")).start()
    assert "this command was made to fail" in "\n".join(caught.value.log_lines)
    assert leftovers(configuration) == []


def test_a_process_that_keeps_crashing_ends_the_start_with_its_log(configuration: Configuration) -> None:
    with pytest.raises(StartFailedError, match="intake-relay-1") as caught:
        LocalSystem(configuration, plan=small_plan(work=("fail",))).start()
    assert "this command was made to fail" in "\n".join(caught.value.log_lines)
    assert leftovers(configuration) == []


def test_servers_of_ones_own_are_used_and_ours_are_not_started(configuration: Configuration, servers: Servers) -> None:
    own = Configuration(
        home=configuration.home,
        ports=configuration.ports,
        database_urls={name: servers.postgres.url(name, servers.passwords[name], name) for name in SERVICES},
        redis_urls=dict.fromkeys(SERVICES, servers.redis_url()),
    )
    with LocalSystem(own, plan=small_plan()) as system:
        assert {process.group for process in system.processes()} == {"intake-web", "intake-relay"}
        assert json.loads(web(own, "/environment"))["INTAKE_REDIS_URL"] == servers.redis_url()
    assert not (configuration.home / "postgres").exists()


def test_a_server_of_ones_own_that_is_down_is_named(configuration: Configuration) -> None:
    nowhere = f"redis://127.0.0.1:{configuration.ports.sms}/0"
    own = Configuration(home=configuration.home, ports=configuration.ports, redis_urls=dict.fromkeys(SERVICES, nowhere))
    with pytest.raises(StartFailedError, match="INTAKE_REDIS_URL"):
        LocalSystem(own, plan=small_plan()).start()
    assert leftovers(configuration) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_cleanly(
    configuration: Configuration, launched: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    assert web(configuration)
    launched.send_signal(number)
    assert launched.wait(40) == 0
    assert leftovers(configuration) == []
    with pytest.raises(NotRunningError):
        LocalSystem.attached(configuration)


def test_a_signal_during_the_start_leaves_nothing_either(configuration: Configuration, tmp_path: Path) -> None:
    process = launch(configuration, tmp_path / "log")
    try:
        eventually((configuration.home / "run" / "supervisord.conf").exists, within=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    finally:
        process.kill()
        process.wait()
    assert leftovers(configuration) == []


def test_a_killed_launcher_takes_everything_with_it(
    configuration: Configuration, launched: subprocess.Popen[bytes]
) -> None:
    launched.kill()
    launched.wait()
    eventually(lambda: not leftovers(configuration), within=40)


def test_a_killed_supervisor_takes_everything_with_it(
    configuration: Configuration, launched: subprocess.Popen[bytes]
) -> None:
    (supervisor,) = psutil.Process(launched.pid).children()
    supervisor.kill()
    assert launched.wait(40) == 1
    assert leftovers(configuration) == []


def test_after_everything_was_killed_the_next_start_just_works(
    configuration: Configuration, launched: subprocess.Popen[bytes]
) -> None:
    with psycopg.connect(LocalSystem.attached(configuration).servers.database_url("intake")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    for process in [*leftovers(configuration), psutil.Process(launched.pid)]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue  # died of its parent's death
    launched.wait()
    with LocalSystem(configuration, plan=small_plan()) as system:
        assert web(configuration)
        with psycopg.connect(system.servers.database_url("intake")) as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_a_frozen_process_of_an_earlier_run_is_ended_by_the_next_start(
    configuration: Configuration, launched: subprocess.Popen[bytes]
) -> None:
    (relay,) = LocalSystem.attached(configuration).pids("intake-relay")
    os.kill(relay, signal.SIGSTOP)
    (supervisor,) = psutil.Process(launched.pid).children()
    launched.kill()
    supervisor.kill()
    launched.wait()
    with LocalSystem(configuration, plan=small_plan()):
        assert not psutil.pid_exists(relay)


def test_a_web_process_answers_an_unknown_host_too(system: LocalSystem) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", system.configuration.ports.intake)) as connection:
        connection.request("GET", "/readyz", headers={"Host": "ventanilla.muni.example"})
        assert connection.getresponse().status == 200

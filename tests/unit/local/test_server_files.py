"""Rendering of server and supervisor configuration."""

import hashlib
import signal
from pathlib import Path

import pytest

from deploy.local import postgres, supervisor_config, valkey
from deploy.local.errors import LocalRuntimeError
from deploy.local.provisioning import SERVICES

PASSWORDS = {service: f"pw-{service}" for service in SERVICES}


def acl_rules(user: str) -> list[str]:
    lines = valkey.render_acl(PASSWORDS, "pw-operator").splitlines()
    (line,) = [line for line in lines if line.startswith(f"user {user} ")]
    return line.split()[2:]


def test_the_default_user_of_the_broker_is_off() -> None:
    assert acl_rules("default")[0] == "off"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_a_list_of_commands_and_keys_and_starts_from_nothing(service: str) -> None:
    rules = acl_rules(service)
    assert f"#{hashlib.sha256(PASSWORDS[service].encode()).hexdigest()}" in rules
    assert rules.index("-@all") < min(rules.index(rule) for rule in rules if rule.startswith("+"))
    assert "resetchannels" in rules
    commands = {rule for rule in rules if rule.startswith("+")}
    assert {"+brpop", "+lpush", "+rpop", "+rpush", "+ltrim", "+llen", "+select"} <= commands
    assert not commands & {"+@all", "+flushall", "+flushdb", "+keys", "+config", "+eval", "+del", "+scan"}
    keys = {rule for rule in rules if rule.startswith("~")}
    assert f"~{service}.events" in keys
    assert "~*" not in keys


def test_no_password_is_in_the_access_list() -> None:
    text = valkey.render_acl(PASSWORDS, "pw-operator")
    assert not [password for password in (*PASSWORDS.values(), "pw-operator") if password in text]


def test_the_brokers_folder_may_contain_quotes_and_backslashes() -> None:
    folder = Path("/srv") / 'a "b" \\c'
    text = valkey.render_settings(folder, folder / "users.acl", 6379)
    assert r'dir "/srv/a \"b\" \\c"' in text
    assert "maxmemory-policy noeviction" in text


def test_a_path_the_broker_cannot_take_is_refused() -> None:
    with pytest.raises(LocalRuntimeError):
        valkey.render_settings(Path("/" + "x" * 1000), Path("/x"), 6379)


def test_postgres_is_durable_unless_a_test_says_otherwise() -> None:
    text = postgres.render_settings(5432, is_durable=True)
    assert "fsync = on" in text
    assert "full_page_writes = on" in text
    assert "synchronous_commit = on" in text
    assert "unix_socket_directories = ''" in text
    relaxed = postgres.render_settings(5432, is_durable=False)
    assert "fsync = off" in relaxed
    assert "synchronous_commit = on" in relaxed


def test_a_program_of_the_supervisor_has_relative_paths_and_ample_time_to_stop() -> None:
    programs = [
        supervisor_config.Program("postgres", 1, supervisor_config.SERVERS_PRIORITY, signal.SIGINT),
        supervisor_config.Program("intake-web", 2, supervisor_config.SERVICES_PRIORITY, port=8001),
    ]
    text = supervisor_config.render(programs, socket="/run/x/control", user=None)
    server, web = text.split("[program:postgres]")[1].split("[fcgi-program:intake-web]")
    assert "stopsignal=INT" in server
    assert "stopwaitsecs=45" in server
    assert "socket=tcp://127.0.0.1:8001" in web
    assert "numprocs=2" in web
    assert "user=" not in text
    assert "=/" not in text.replace("file=/run/x/control", "")

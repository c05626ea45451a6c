"""The configuration files of brokers, proxies and monitors, read by the programs they are for."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.provisioning import SERVICES
from deploy.local.valkey import server_binary
from services.routing.entrypoints.wording.attachments import MOST_SENT
from shared.contracts.catalog import confirm_queue, events_queue
from shared.http.protection import LONGEST_BODY
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(params=["valkey", "redis-server"])
def broker(
    request: pytest.FixtureRequest, root: Path, tmp_path: Path, make_secrets: Callable[..., Path]
) -> Iterator[tuple[int, Path]]:
    """The broker of the containers, started from their own configuration and access list: its port and its secrets."""
    binary = str(server_binary()) if request.param == "valkey" else shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server on this machine: deploy/docker/redis.conf was tried with Valkey only")
    secrets = make_secrets(*(["--redis-7.0"] if request.param == "redis-server" else []))
    (port,) = free_ports(1)
    text = (root / "deploy/docker/redis.conf").read_text(encoding="utf-8")
    for old, new in (
        ("/run/secrets/redis_users.acl", str(secrets / "redis_users.acl")),
        ("port 6379", f"port {port}"),
        ("bind 0.0.0.0", f"bind {LOOPBACK}"),
    ):
        assert old in text
        text = text.replace(old, new)
    configuration = tmp_path / "redis.conf"
    configuration.write_text(f"{text}\ndir {tmp_path}\n")
    process = subprocess.Popen([binary, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        yield port, secrets
    finally:
        process.terminate()
        process.wait(20)


def test_each_service_may_do_its_work_on_the_containers_broker_and_no_more(broker: tuple[int, Path]) -> None:
    port, secrets = broker
    for service in SERVICES:
        password = (secrets / f"{service}_redis_password").read_text()
        assert urlsplit((secrets / f"{service}_redis_url").read_text()).password == password
        client = redis.Redis(host=LOOPBACK, port=port, username=service, password=password, socket_timeout=5)
        eventually(client.ping, within=20)
        for queue in (events_queue(service), confirm_queue(service), f"quarantine.{service}.events"):
            assert client.lpush(queue, "x") == 1
            assert client.llen(queue) == 1
        assert client.brpop([events_queue(service)], timeout=1) is not None
        for forbidden in (client.flushall, client.config_get, lambda c=client: c.keys("*"), client.acl_list):
            with pytest.raises(redis.exceptions.NoPermissionError):
                forbidden()
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.set("something-else", "x")
        client.close()
    stranger = redis.Redis(host=LOOPBACK, port=port, socket_timeout=5)
    with pytest.raises((redis.exceptions.NoPermissionError, redis.exceptions.AuthenticationError)):
        stranger.ping()
    stranger.close()


def test_the_containers_broker_refuses_rather_than_forgets(broker: tuple[int, Path]) -> None:
    port, secrets = broker
    operator = redis.Redis(
        host=LOOPBACK, port=port, username="operator", decode_responses=True, socket_timeout=5,
        password=(secrets / "redis_operator_password").read_text(),
    )  # fmt: skip
    eventually(operator.ping, within=20)
    settings = operator.config_get("*")
    operator.close()
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert int(settings["maxmemory"]) > 0


def test_secrets_are_made_once(make_secrets: Callable[..., Path]) -> None:
    first = {path.name: path.read_text() for path in make_secrets().iterdir()}
    again = {path.name: path.read_text() for path in make_secrets().iterdir()}
    assert first == again
    peers = {service: dict(_pairs(first[f"{service}_peer_keys"])) for service in SERVICES}
    for service, keys in peers.items():
        assert set(keys) == set(SERVICES) - {service}
        for peer, key in keys.items():
            assert peers[peer][service] == key, "two services sign to each other with one key"


def test_nginx_accepts_its_configuration(root: Path, tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if nginx is None:
        pytest.skip("no nginx on this machine: deploy/docker/nginx.conf was not read by it")
    done = subprocess.run(
        [nginx, "-t", "-c", str(root / "deploy/docker/nginx.conf"), "-p", str(tmp_path), "-g",
         f"pid {tmp_path}/nginx.pid; error_log stderr;"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", ["/casos/V-7K3M-92QX/adjuntos", "/api/v1/cases/V-7K3M-92QX/drafts/answer/attachments"])
def test_nginx_lets_files_through_where_they_are_taken(root: Path, path: str) -> None:
    text = (root / "deploy/docker/nginx.conf").read_text()
    locations = re.findall(r"location ~ (\S+) \{\s*client_max_body_size (\d+)m;", text)
    [megabytes] = [int(most) for pattern, most in locations if re.search(pattern, path)]
    assert megabytes * 2**20 >= MOST_SENT + LONGEST_BODY


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("promtool", ["check", "config", "--syntax-only", "deploy/prometheus/prometheus.yml"]),
        ("amtool", ["check-config", "deploy/alertmanager/alertmanager.yml"]),
    ],
)
def test_monitors_accept_their_configuration(root: Path, program: str, arguments: list[str]) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine: {arguments[-1]} was not read by it")
    done = subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(","):
        peer, _, key = part.partition("=")
        yield peer, key

"""PostgreSQL and Valkey of one system: the embedded ones, or the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from deploy.local.configuration import Configuration
from deploy.local.errors import LocalRuntimeError, StartFailedError
from deploy.local.home import Home
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import SUPERUSER, PostgresServer
from deploy.local.provisioning import SERVICES, provision
from deploy.local.readiness import never, postgres_answers, redis_problem, valkey_answers, wait_until
from deploy.local.spec import ProcessSpec
from deploy.local.valkey import DATA_FOLDER, OPERATOR, ValkeyServer

POSTGRES = "postgres"
VALKEY = "valkey"
_READY_SECONDS = 60.0


class LocalServers:
    """The servers of one system. `ports` holds those of the embedded ones; the user's own have none."""

    def __init__(self, configuration: Configuration, home: Home, ports: Mapping[str, int]) -> None:
        self._configuration = configuration
        self._home = home
        self._ports = ports
        self.has_postgres = configuration.database_urls is None
        self.has_valkey = configuration.redis_urls is None

    def database_url(self, service: str) -> str:
        """The address of a service's database, for that service only."""
        if self._configuration.database_urls is not None:
            return self._configuration.database_urls[service]
        password = self._home.secret(f"{service}-database")
        return f"postgresql://{service}:{password}@{LOOPBACK}:{self._ports[POSTGRES]}/{service}"

    def redis_url(self, service: str) -> str:
        """The broker's address for a service."""
        if self._configuration.redis_urls is not None:
            return self._configuration.redis_urls[service]
        return self._valkey().url(service)

    def superuser_url(self, database: str = "postgres") -> str:
        """PostgreSQL's owner of everything; only the embedded server has one we know."""
        self._require(is_ours=self.has_postgres, name="PostgreSQL")
        password = self._superuser_password()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self._ports[POSTGRES]}/{database}"

    def operator_url(self) -> str:
        """The broker's user who may do everything; only the embedded server has one."""
        self._require(is_ours=self.has_valkey, name="Valkey")
        return self._valkey().url(OPERATOR)

    def prepare(self) -> list[ProcessSpec]:
        """Create what is missing and write the configurations; the servers to be started."""
        specs = []
        if self.has_postgres:
            server = PostgresServer.prepare(
                self._home.postgres,
                self._ports[POSTGRES],
                self._superuser_password(),
                account_name=self._configuration.postgres_account,
            )
            specs.append(server.spec())
        if self.has_valkey:
            self._valkey().prepare()
            specs.append(self._valkey().spec())
        return specs

    def await_ready(self, checkpoint: Callable[[], None] = never) -> None:
        """Wait until each server answers; the embedded PostgreSQL then gets its roles and databases."""
        self.await_postgres(checkpoint)
        self.await_valkey(checkpoint)
        if self.has_postgres:
            provision(
                self.superuser_url(),
                {service: self._home.secret(f"{service}-database") for service in SERVICES},
            )

    def await_postgres(self, checkpoint: Callable[[], None] = never) -> None:
        """Wait until PostgreSQL answers; the user's own must answer for every service."""
        if self.has_postgres:
            self._await(POSTGRES, lambda: postgres_answers(self.superuser_url()), checkpoint)
            return
        for service in SERVICES:
            try:
                psycopg.connect(self.database_url(service), connect_timeout=5).close()
            except psycopg.Error as error:
                raise StartFailedError(
                    f"{service.upper()}_DATABASE_URL: {str(error).strip()}",
                    advice="Revise la dirección y que el servidor esté en marcha / check address and server",
                ) from error

    def await_valkey(self, checkpoint: Callable[[], None] = never) -> None:
        """Wait until the broker answers."""
        if self.has_valkey:
            password = self._valkey().operator_password
            self._await(VALKEY, lambda: valkey_answers(self._ports[VALKEY], OPERATOR, password), checkpoint)
            return
        for service in SERVICES:
            problem = redis_problem(self.redis_url(service))
            if problem:
                raise StartFailedError(
                    f"{service.upper()}_REDIS_URL: {problem}",
                    advice="Revise la dirección y que el servidor esté en marcha / check address and server",
                )

    def valkey_data(self) -> Path:
        """Where the embedded broker keeps its append-only file."""
        self._require(is_ours=self.has_valkey, name="Valkey")
        return self._home.valkey / DATA_FOLDER

    def _await(self, name: str, is_ready: Callable[[], bool], checkpoint: Callable[[], None]) -> None:
        if not wait_until(is_ready, within_seconds=_READY_SECONDS, checkpoint=checkpoint):
            raise StartFailedError(
                f"{name} no responde / does not answer",
                advice=f"{self._home.log / f'{name}-1.log'}",
                log_lines=self._home.log_tail(f"{name}-1"),
            )

    def _valkey(self) -> ValkeyServer:
        passwords = {service: self._home.secret(f"{service}-redis") for service in SERVICES}
        return ValkeyServer(self._home.valkey, self._ports[VALKEY], passwords, self._home.secret("operator-redis"))

    def _superuser_password(self) -> str:
        return self._home.secret("postgres-superuser")

    @staticmethod
    def _require(*, is_ours: bool, name: str) -> None:
        if not is_ours:
            raise LocalRuntimeError(
                f"{name} es un servidor suyo; aquí sólo se maneja el propio / {name} is a server of your own"
            )

"""A bad network between every service and its database and broker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from deploy.local.provisioning import SERVICES
from tests.support.servers import Servers
from tests.support.tcp_proxy import TcpProxy


@dataclass(frozen=True)
class Links:
    """One proxy per service and server; the addresses lead through them."""

    servers: Servers
    to_postgres: Mapping[str, TcpProxy]
    to_redis: Mapping[str, TcpProxy]

    @classmethod
    @contextlib.contextmanager
    def to(cls, servers: Servers) -> Iterator[Links]:
        """Proxies in front of a pair of servers; closed in the end."""
        made = {
            name: {service: TcpProxy("127.0.0.1", port) for service in SERVICES}
            for name, port in (("postgres", servers.postgres.port), ("redis", servers.valkey.port))
        }
        try:
            yield cls(servers, made["postgres"], made["redis"])
        finally:
            for proxies in made.values():
                for proxy in proxies.values():
                    proxy.close()

    @property
    def database_urls(self) -> dict[str, str]:
        """Each service's own database, through its proxy."""
        return {
            service: _through(proxy, database_url_of(self.servers, service))
            for service, proxy in self.to_postgres.items()
        }

    @property
    def redis_urls(self) -> dict[str, str]:
        """The broker for each service, through its proxy."""
        return {service: _through(proxy, self.servers.redis_url(service)) for service, proxy in self.to_redis.items()}


def database_url_of(servers: Servers, service: str) -> str:
    """The address of a service's own database, without a proxy."""
    return servers.postgres.url(service, servers.passwords[service], service)


def _through(proxy: TcpProxy, url: str) -> str:
    return make_url(url).set(port=proxy.port).render_as_string(hide_password=False)

"""Two scratch services for the measurement of event delivery alone, on databases of their own."""

from __future__ import annotations

from shared.settings import ServiceSettings, with_driver

PRODUCER, CONSUMER = "intake", "insights"
"""The catalog must know them; their own tables and code are not used."""


def scratch_database(service: str) -> str:
    """The name of a scratch service's database."""
    return f"bench_{service}"


def scratch_settings(service: str, server_url: str, broker_url: str) -> ServiceSettings:
    """Settings of a scratch service. `server_url` is a PostgreSQL address ending in a database's name."""
    return ServiceSettings(
        service=service,
        instance=f"bench-{service}",
        database_url=with_driver(f"{server_url.rpartition('/')[0]}/{scratch_database(service)}"),
        redis_url=broker_url,
        peer_keys=dict.fromkeys(("intake", "routing", "notifications", "insights"), (b"bench" * 8,)),
        secret_key="bench",  # noqa: S106 - signs nothing
        public_url="http://127.0.0.1",
        metrics_port=0,
        is_demo=False,
        log_level="WARNING",
        otlp_endpoint="",
    )

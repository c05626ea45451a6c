"""Settings for tests: what a process would read from its environment, without one."""

from __future__ import annotations

from typing import Any

from shared.contracts.catalog import SERVICES
from shared.settings import DeliverySettings, ServiceSettings


def peer_keys(service: str) -> dict[str, tuple[bytes, ...]]:
    """One secret per pair of services, the same seen from both sides."""
    return {peer: ("-".join(sorted((service, peer))).ljust(32, "*").encode(),) for peer in SERVICES if peer != service}


def service_settings(service: str, database_url: str, redis_url: str, **changes: Any) -> ServiceSettings:
    """A service's settings; `changes` are fields of `ServiceSettings` or of its `DeliverySettings`."""
    delivery_names = DeliverySettings.__dataclass_fields__.keys()
    delivery = {name: changes.pop(name) for name in list(changes) if name in delivery_names}
    values: dict[str, Any] = {
        "service": service,
        "instance": f"{service}-test",
        "database_url": database_url,
        "redis_url": redis_url,
        "peer_keys": peer_keys(service),
        "secret_key": "a-secret-for-tests",
        "public_url": "http://127.0.0.1",
        "metrics_port": 0,
        "is_demo": False,
        "log_level": "INFO",
        "otlp_endpoint": "",
        "delivery": DeliverySettings(**delivery),
    }
    return ServiceSettings(**{**values, **changes})

"""One Celery application per service, with two tasks: deliver a batch of events, compare a night's digests.

Every setting is there for a measured reason (docs/reliability.md, "Settings"). In short: JSON only, no results, no
remote control, no due times in the broker, every socket with a time-out, queues addressed by name only, and no
acknowledgements emulated in Redis, because every message is backed by a row in PostgreSQL.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from celery import Celery
from celery.signals import worker_init, worker_process_init, worker_process_shutdown

from shared.contracts.catalog import events_queue
from shared.messaging.celery_message import COMPARE_TASK, DELIVER_TASK
from shared.messaging.consumer import Consumer
from shared.messaging.reconnection import SteadyAmqp
from shared.messaging.safe_transport import register_safe_transport
from shared.messaging.worker_watchdog import WatchdogStep
from shared.settings import ServiceSettings


def celery_settings(service: str, redis_url: str) -> dict[str, Any]:
    """The Celery configuration of a service."""
    return {
        **_broker_address(redis_url),
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "task_time_limit": 60,
        "task_soft_time_limit": 45,
        "task_publish_retry": False,
        "task_send_sent_event": False,
        "task_default_queue": events_queue(service),
        "task_create_missing_queues": True,
        "worker_prefetch_multiplier": 2,
        "worker_max_tasks_per_child": 5000,
        "worker_max_memory_per_child": 300_000,
        "worker_soft_shutdown_timeout": 20,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_connection_timeout": 3,
        "broker_pool_limit": 4,
        "broker_pool_acquire_timeout": 5,
        "broker_transport_options": {
            "ack_emulation": False,
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 5,
            "priority_steps": [0],
            "max_connections": 10,
            "client_name": f"{service}-worker",
            # Read only with ack_emulation on; kept right in case that ever changes.
            "visibility_timeout": 120,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
        },
    }


def _broker_address(redis_url: str) -> dict[str, Any]:
    """The broker through our transport; `rediss://` keeps its TLS, with the certificate checked unless it says not."""
    address = urlsplit(redis_url)
    broker_url = address._replace(scheme="saferedis", query="").geturl()
    if address.scheme != "rediss":
        return {"broker_url": broker_url}
    return {"broker_url": broker_url, "broker_use_ssl": {"ssl_cert_reqs": "required", **dict(parse_qsl(address.query))}}


def _share_memory(**_: Any) -> None:
    """Before the pool forks: keep the collector from touching what its processes will share."""
    gc.collect()
    gc.freeze()


def make_celery(settings: ServiceSettings, build_consumer: Callable[[], Consumer]) -> Celery:
    """The application that `celery -A services.<service>.entrypoints.worker:app worker` runs.

    `build_consumer` is called in each pool process after the fork, so that no connection is shared.
    """
    register_safe_transport()
    app = Celery(settings.service, amqp=SteadyAmqp)
    app.conf.update(celery_settings(settings.service, settings.redis_url))
    consumers: list[Consumer] = []

    def consumer() -> Consumer:
        if not consumers:
            consumers.append(build_consumer())
        return consumers[0]

    def start_pool_process(**_: Any) -> None:
        consumers.clear()
        consumer()

    def stop_pool_process(**_: Any) -> None:
        for each in consumers:
            each.close()

    def deliver(source: str, published_at: str, batch: str, signature: str) -> None:
        consumer().deliver(source, published_at, batch, signature)

    def compare(source: str, made_at: str, digests: str, signature: str) -> None:
        consumer().compare(source, made_at, digests, signature)

    worker_init.connect(_share_memory, weak=False)
    worker_process_init.connect(start_pool_process, weak=False)
    worker_process_shutdown.connect(stop_pool_process, weak=False)
    # Not shared: Celery would give these tasks, and so this consumer, to every other application of the process.
    app.task(name=DELIVER_TASK, ignore_result=True, shared=False)(deliver)
    app.task(name=COMPARE_TASK, ignore_result=True, shared=False)(compare)
    WatchdogStep.settings = settings
    app.steps["worker"].add(WatchdogStep)
    return app

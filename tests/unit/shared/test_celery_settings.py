"""Every Celery setting that the design names stands where Celery reads it, with the value that was measured."""

from __future__ import annotations

import pytest

from shared.messaging.celery_app import celery_settings, make_celery
from tests.support.settings import service_settings

# docs/reliability.md, "Settings", says why for each.
DESIGNED = {
    "task_serializer": "json",
    "accept_content": ["json"],
    "result_backend": None,
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": False,
    "task_acks_on_failure": True,
    "task_acks_on_timeout": True,
    "worker_prefetch_multiplier": 2,
    "task_time_limit": 60,
    "task_soft_time_limit": 45,
    "worker_max_tasks_per_child": 5000,
    "worker_max_memory_per_child": 300_000,
    "worker_soft_shutdown_timeout": 20,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
    "task_send_sent_event": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_channel_error_retry": True,
    "broker_connection_timeout": 3,
    "broker_pool_limit": 4,
    "broker_pool_acquire_timeout": 5,
    "task_publish_retry": False,
    "task_default_queue": "routing.events",
    "task_create_missing_queues": True,
    "worker_hijack_root_logger": False,
}
TRANSPORT = {
    "ack_emulation": False,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "priority_steps": [0],
    "max_connections": 10,
    "client_name": "routing-worker",
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}


@pytest.fixture
def app():
    settings = service_settings("routing", "postgresql+psycopg://x@127.0.0.1/x", "redis://routing:pw@127.0.0.1:1/0")
    app = make_celery(settings, lambda: None)
    yield app
    app.close()


@pytest.mark.parametrize(("name", "value"), DESIGNED.items(), ids=DESIGNED)
def test_a_setting_has_its_place(app, name, value):
    assert app.conf[name] == value


@pytest.mark.parametrize(("name", "value"), TRANSPORT.items(), ids=TRANSPORT)
def test_a_transport_option_has_its_place(app, name, value):
    assert app.conf["broker_transport_options"][name] == value


def test_nothing_retries_behind_our_back(app):
    assert "retry_on_timeout" not in app.conf["broker_transport_options"]
    assert app.conf["beat_schedule"] == {}


def test_there_are_our_two_tasks_and_no_other(app):
    assert {name for name in app.tasks if not name.startswith("celery.")} == {
        "ventanilla.events.deliver",
        "ventanilla.events.compare",
    }


def test_the_broker_is_reached_through_the_safe_transport():
    assert celery_settings("routing", "redis://a:b@c:1/0")["broker_url"] == "saferedis://a:b@c:1/0"


def test_tls_stays_on_and_certificates_are_checked():
    settings = celery_settings("routing", "rediss://a:b@c:1/0?ssl_ca_certs=/ca.pem")

    assert settings["broker_url"] == "saferedis://a:b@c:1/0"
    assert settings["broker_use_ssl"] == {"ssl_cert_reqs": "required", "ssl_ca_certs": "/ca.pem"}
    assert "broker_use_ssl" not in celery_settings("routing", "redis://a:b@c:1/0")


def test_a_worker_looks_for_a_lost_broker_at_least_every_second(app, monkeypatch):
    pauses = []

    def stop_after_forty(_errback, interval):
        pauses.append(interval)
        if len(pauses) == 40:
            raise KeyboardInterrupt

    monkeypatch.setattr("kombu.utils.functional.sleep", lambda _seconds: None)
    with pytest.raises(KeyboardInterrupt), app.connection_for_read() as connection:
        connection.ensure_connection(stop_after_forty, None, callback=lambda: None)

    assert pauses == sorted(pauses)
    assert 0 < min(pauses) <= max(pauses) <= 1

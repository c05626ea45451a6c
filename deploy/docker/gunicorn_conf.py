"""gunicorn in a container; the reasons for the values are in docs/reliability.md."""

import gc
import os

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_WORKERS", "2"))  # noqa: TID251 - gunicorn reads this file itself
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes a private file in it; heartbeats must not wait for a disk
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
preload_app = True
control_socket_disable = True
limit_request_line = 8_190


def when_ready(_server: object) -> None:
    """Keep the collector from touching what the workers will share, or the pages stop being shared."""
    gc.collect()
    gc.freeze()


def child_exit(_server: object, worker: object) -> None:
    """Let the metrics of a worker that ended be counted once and its files be dropped."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - only in a process that serves metrics

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call,attr-defined]  # no types

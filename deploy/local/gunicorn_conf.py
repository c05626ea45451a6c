"""Settings of every web process (docs/reliability.md); what differs comes from their environment."""

import gc
import os

# The supervisor opens the port and hands it over as standard input: it stays open while this process
# restarts, so a request that arrives in between waits instead of being refused, and processes share a port.
bind = "fd://0"
workers = int(os.environ.get("VENTANILLA_WEB_WORKERS", "1"))  # noqa: TID251 - gunicorn reads this file itself
_MEMORY = "/dev/shm"  # noqa: S108 - gunicorn makes a private file in it; heartbeats must not wait for a disk
worker_tmp_dir = _MEMORY if os.access(_MEMORY, os.W_OK) else None
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
preload_app = True  # workers share the memory of what is imported; connections are opened after the fork
accesslog = None  # the application logs every request with its correlation id
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

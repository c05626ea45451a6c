"""Start a Python process of the product by a fork of the supervisor, which has imported what nearly all of them need.

Two dozen interpreters that each read SQLAlchemy and psycopg for themselves cost a second and some forty MiB apiece.
Forked, they start at once and share those pages. What runs is the same module with the same arguments, environment
and folder as after an exec; only `child.py`'s last step is another. A production system starts each process in a
container of its own and never comes here (docs/adr/0026-processes-forked-from-the-supervisor.md).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from setproctitle import setproctitle

# Third-party code that decides nothing by environment or folder while it is imported. That excludes gunicorn (it keeps
# the folder) and prometheus_client (it picks files or memory), and with the latter all of `shared` and `services`.
_SHARED = (
    *("sqlalchemy.orm", "sqlalchemy.dialects.postgresql.psycopg", "psycopg_pool", "redis.sentinel"),
    *("celery.apps.worker", "celery.bin.celery", "kombu.transport.redis"),
    *("flask", "flask_smorest"),
    *("babel.dates", "cryptography.fernet", "marshmallow", "structlog"),
)


def preload() -> None:
    """Import what the children will share, and keep the collector from touching (and so from copying) it."""
    for module in _SHARED:
        with suppress(Exception):  # whoever needs it will say so, in a log of its own
            importlib.import_module(module)
    setproctitle("ventanilla: supervisor")  # once before the environment changes, or it finds no room for a title
    gc.collect()
    gc.freeze()


def module_arguments(argv: list[str]) -> list[str] | None:
    """`[module, arguments…]` of a command that runs a module with our own interpreter; None for any other."""
    return argv[2:] if argv[:2] == [sys.executable, "-m"] else None


def become(arguments: list[str], env: Mapping[str, str], title: str) -> NoReturn:
    """Be the process that `python -m arguments…` with the environment `env` would be; called in a fresh fork."""
    _take_environment(env)
    _forget_signals()
    setproctitle(title)
    sys.path[0] = str(Path.cwd())  # as `-m` has it
    sys.argv = ["-m", *arguments[1:]]
    code = 1
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as wanted:
        code = _exit_code(wanted.code)
    except BaseException:  # noqa: BLE001 - the interpreter would print whatever it is, and so do we
        traceback.print_exc()
    finally:
        _end(code)


def _take_environment(env: Mapping[str, str]) -> None:
    environment = os.environ  # noqa: TID251 - it is set here, for others to read
    environment.clear()
    environment.update(env)


def _forget_signals() -> None:
    """An exec would have taken back the supervisor's handlers, and a new interpreter would have set this one."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)  # noqa: T201 - what the interpreter does with a text
    return 1


def _end(code: int) -> NoReturn:
    """What the interpreter does at its end. To return from here would be to come back as a second supervisor."""
    try:
        # Both are how multiprocessing ends its forks too; there is no public name for either.
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
        atexit._run_exitfuncs()  # noqa: SLF001
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)

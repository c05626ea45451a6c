"""The two kinds of waiting in a start: commands that must succeed, and processes that must become ready."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing

from deploy.local.control import ProcessControl, describe
from deploy.local.errors import StartFailedError
from deploy.local.home import Home
from deploy.local.plan import Plan
from deploy.local.ports import LOOPBACK
from deploy.local.readiness import never, wait_until
from deploy.local.spec import CHILD_PROGRAM, ProcessSpec

_COMMAND_SECONDS = 300
_READY_SECONDS = 90.0
_PROBE_SECONDS = 5
_STARTS_THAT_MEAN_BROKEN = 3


def run_one_shots(specs: Sequence[ProcessSpec], home: Home, checkpoint: Callable[[], None] = never) -> None:
    """Run commands side by side to their ends; the first that failed is the error, with its last words."""
    running = [(spec, _start(spec, home)) for spec in specs]
    try:
        wait_until(
            lambda: all(process.poll() is not None for _, process in running),
            within_seconds=_COMMAND_SECONDS,
            checkpoint=checkpoint,
        )
    finally:
        for _, process in running:
            if process.poll() is None:
                process.terminate()
                process.wait()
    for spec, process in running:
        if process.returncode != 0:
            raise StartFailedError(
                f"{spec.name} terminó con / ended with {process.returncode}",
                advice=str(home.log / f"{spec.name}.log"),
                log_lines=home.log_tail(spec.name),
            )


def _start(spec: ProcessSpec, home: Home) -> subprocess.Popen[bytes]:
    file = spec.write(home.specs, home.path)
    with (home.log / f"{spec.name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(CHILD_PROGRAM), str(file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C reaches the launcher, which ends them in its own order
        )


def await_processes(
    control: ProcessControl,
    plan: Plan,
    ports: dict[str, int],
    home: Home,
    checkpoint: Callable[[], None] = never,
) -> None:
    """Wait until every process runs and every web process says it is ready.

    `ports` maps a web process's kind to its port. A process that crashes again and again ends the wait early.
    """
    names = {name for kind in plan.kinds for name in kind.process_names}
    waiting_for_web = dict(ports)
    starts: dict[str, set[int]] = defaultdict(set)

    def is_ready() -> bool:
        states = [process for process in control.processes() if process.name in names]
        for process in states:
            if process.started_at_epoch:
                starts[process.name].add(process.started_at_epoch)
            if not process.is_running and len(starts[process.name]) > _STARTS_THAT_MEAN_BROKEN:
                raise _not_ready(process.name, "no arranca / keeps crashing", home)
        for kind, port in list(waiting_for_web.items()):
            if answers(port, "/readyz"):
                del waiting_for_web[kind]
        return not waiting_for_web and all(process.is_running for process in states)

    if not wait_until(is_ready, within_seconds=_READY_SECONDS, checkpoint=checkpoint):
        late = [process for process in control.processes() if not process.is_running]
        culprit = late[0].name if late else f"{next(iter(waiting_for_web))}-1"
        raise _not_ready(culprit, f"no está listo / is not ready\n{describe(late)}".rstrip(), home)


def answers(port: int, path: str) -> bool:
    """Whether a web process answers 200."""
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=_PROBE_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _not_ready(name: str, problem: str, home: Home) -> StartFailedError:
    return StartFailedError(f"{name}: {problem}", advice=str(home.log / f"{name}.log"), log_lines=home.log_tail(name))

"""Talking to the supervisor of a running system: what runs, and start, stop, kill, freeze."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from deploy.local.errors import LocalRuntimeError, NotRunningError
from deploy.local.readiness import wait_until

_STOPPED = frozenset({"STOPPED", "EXITED", "FATAL"})
_SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class ProcessState:
    """One supervised process. `state` is supervisor's word; `pid` is 0 when it does not run.

    `started_at_epoch` changes with every start, so a process that keeps crashing shows.
    """

    name: str
    group: str
    state: str
    pid: int
    started_at_epoch: int
    description: str

    @property
    def is_running(self) -> bool:
        """Up for at least a second."""
        return self.state == "RUNNING"

    @property
    def is_stopped(self) -> bool:
        """Down, and not about to be started again."""
        return self.state in _STOPPED


class ProcessControl:
    """The supervisor behind one socket.

    A process is named `intake-worker-1`; `intake-worker` means every one of the kind.
    """

    def __init__(self, socket_path: Path) -> None:
        self._socket_path = socket_path

    def is_alive(self) -> bool:
        """Whether the supervisor answers."""
        try:
            self._call("getState")
        except NotRunningError:
            return False
        return True

    def processes(self) -> list[ProcessState]:
        """Every process of the system."""
        return [
            ProcessState(
                name=str(info["name"]),
                group=str(info["group"]),
                state=str(info["statename"]),
                pid=int(info["pid"]),
                started_at_epoch=int(info["start"]),
                description=str(info["description"]),
            )
            for info in self._call("getAllProcessInfo")
        ]

    def find(self, name: str) -> list[ProcessState]:
        """The processes called `name`, or of the kind `name`."""
        found = [process for process in self.processes() if name in (process.name, process.group)]
        if not found:
            raise LocalRuntimeError(f"No hay ningún proceso / there is no process: {name}")
        return found

    def pids(self, name: str) -> list[int]:
        """The main pids of the running processes called `name`."""
        return [process.pid for process in self.find(name) if process.pid]

    def start(self, name: str, *, is_awaited: bool = True) -> None:
        """Start what is stopped; `is_awaited` waits until it has been up for a second."""
        for process in self.find(name):
            if process.is_stopped:
                self._call("startProcess", _full_name(process), False)
        if is_awaited:
            self._await(name, lambda process: process.is_running, "RUNNING")

    def stop(self, name: str, *, is_awaited: bool = True) -> None:
        """Ask for a clean stop, as a deployment does; it stays down until `start`."""
        for process in self.find(name):
            if not process.is_stopped:
                self._call("stopProcess", _full_name(process), False)
        if is_awaited:
            self._await(name, lambda process: process.is_stopped, "STOPPED")

    def restart(self, name: str) -> None:
        """A clean stop and a start."""
        self.stop(name)
        self.start(name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL, *, is_group: bool = True) -> list[int]:
        """Send a signal; the supervisor starts again what dies of it. The main pids that got it.

        `is_group` includes the children of each process (gunicorn's workers, Celery's pool).
        """
        pids = self.pids(name)
        for pid in pids:
            _signal(pid, number, is_group=is_group)
        return pids

    def kill_and_hold(self, name: str) -> None:
        """SIGKILL without any chance to say goodbye, and no restart until `start`.

        The process is frozen while the supervisor is told to stop it: it cannot act on the polite signal, and
        the supervisor does not mistake the kill for a crash.
        """
        states = [process for process in self.find(name) if not process.is_stopped]
        for process in states:
            if process.pid:
                _signal(process.pid, signal.SIGSTOP, is_group=True)
            self._call("stopProcess", _full_name(process), False)
            if process.pid:
                _signal(process.pid, signal.SIGKILL, is_group=True)
        self._await(name, lambda process: process.is_stopped, "STOPPED")

    def freeze(self, name: str) -> None:
        """SIGSTOP: alive, connected, and silent. `thaw` lets it go on."""
        self.kill(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        self.kill(name, signal.SIGCONT)

    def shutdown(self) -> None:
        """Stop everything, then the supervisor itself; returns at once."""
        self._call("shutdown")

    def _await(self, name: str, is_there: Any, goal: str) -> None:
        if not wait_until(lambda: all(map(is_there, self.find(name))), within_seconds=_SETTLE_SECONDS):
            states = ", ".join(f"{process.name} {process.state}" for process in self.find(name))
            raise LocalRuntimeError(f"{name}: {goal}? {states}")

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket_path}")
        try:
            with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise NotRunningError("El sistema no está en marcha / the system is not running") from error
        except xmlrpc.client.Fault as fault:
            if fault.faultString.split(":")[0] in {"ALREADY_STARTED", "NOT_RUNNING"}:
                return None  # it got there by itself between the question and the order
            raise LocalRuntimeError(f"supervisor {method}: {fault.faultString}") from fault


def control_socket_is_usable(path: Path) -> bool:
    """Whether something listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        return link.connect_ex(str(path)) == 0


def _full_name(process: ProcessState) -> str:
    return f"{process.group}:{process.name}"


def _signal(pid: int, number: signal.Signals, *, is_group: bool) -> None:
    try:
        if is_group:
            os.killpg(pid, number)  # the supervisor makes every process the leader of a group of its own
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself in this moment


def describe(processes: Iterable[ProcessState]) -> str:
    """One line per process, for error messages."""
    return "\n".join(f"{process.name}: {process.state} {process.description}" for process in processes)

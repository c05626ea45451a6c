"""The supervisor process: `supervisord` in the foreground, with five habits of our own.

It keeps the web ports open while the processes behind them restart, it stops processes of equal priority together
instead of one kind after the other, it looks more often while something is changing,
no process misses a stop because it has only just been started, and Python processes are forks of it. Run as
`python -m deploy.local.supervise CONFIGURATION`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.poller import Poller
from supervisor.states import ProcessStates, SupervisorStates
from supervisor.supervisord import Supervisor

from deploy.local import child, forked

_BUSY_SECONDS = 0.05
_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR2)
_CHANGING = frozenset({ProcessStates.STARTING, ProcessStates.STOPPING, ProcessStates.BACKOFF})


class BusyPoller(Poller):  # type: ignore[misc]  # supervisor ships no types
    """Waits a second for something to happen when all is quiet, and a twentieth while something is changing.

    Since Python 3.5 a signal no longer ends the wait, so that stopping would take a second per step.
    """

    def __init__(self, options: ServerOptions, is_busy: Callable[[], bool]) -> None:
        super().__init__(options)
        self._is_busy = is_busy

    def poll(self, timeout: float) -> Any:
        """Wait for input, at most `timeout` seconds."""
        return super().poll(min(timeout, _BUSY_SECONDS) if self._is_busy() else timeout)


class Options(ServerOptions):  # type: ignore[misc]  # supervisor ships no types
    """Starts processes so that a stop in the millisecond after the start is not lost.

    The child gets its process group from both sides of the fork, as shells do it; otherwise the stop goes to a group
    that does not exist yet. And it begins with the default signals; otherwise the supervisor's own handlers, which
    it inherits, note the stop and forget it with the exec.
    """

    def fork(self) -> int:
        """The child's pid for the parent, 0 for the child."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
        try:
            pid = os.fork()
            if pid:
                with suppress(OSError):  # it has a group of its own, and perhaps another program, already
                    os.setpgid(pid, pid)
            else:
                for number in _HANDLED:
                    signal.signal(number, signal.SIG_DFL)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        return pid

    def execve(self, filename: str, argv: list[str], env: Mapping[str, str]) -> None:
        """What `child.py SPEC.json` does, without a new interpreter where the program is one of our modules."""
        parent = os.getppid()
        spec = json.loads(Path(argv[-1]).read_text(encoding="utf-8"))
        arguments = forked.module_arguments(spec["argv"])
        if arguments is None:
            super().execve(filename, argv, env)
            return
        child.prepare(spec, parent)
        forked.become(arguments, spec["env"], title=f"ventanilla: {Path(argv[-1]).stem}")


class PortKeepingSupervisor(Supervisor):  # type: ignore[misc]  # supervisor ships no types
    """Holds one more reference to every shared socket, so that the last process to end does not close it."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self._held_sockets: list[Any] = []
        options.poller.close()
        options.poller = BusyPoller(options, self._is_changing)

    def add_process_group(self, config: Any) -> bool:
        """Open the group's port at once: a request waits in its queue until the web process is there."""
        is_added = bool(super().add_process_group(config))
        manager = getattr(self.process_groups[config.name], "socket_manager", None)
        if is_added and manager is not None:
            self._held_sockets.append(manager.get_socket())
        return is_added

    def _is_changing(self) -> bool:
        return self.options.mood < SupervisorStates.RUNNING or any(
            process.state in _CHANGING for group in self.process_groups.values() for process in group.processes.values()
        )

    def ordered_stop_groups_phase_1(self) -> None:
        """Ask every group of the highest priority number that is left to stop."""
        if self.stop_groups:
            last = self.stop_groups[-1].config.priority
            for group in self.stop_groups:
                if group.config.priority == last:
                    group.stop_all()


def main(configuration: str) -> None:
    """Supervise until told to stop; returns when every process has ended."""
    options = Options()
    options.realize(["-n", "-c", configuration], doc=__doc__)
    options.first = True
    options.test = False
    forked.preload()
    try:
        PortKeepingSupervisor(options).main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main(sys.argv[1])

"""What can go wrong while the system starts or stops, said so that the reader knows what to do next."""

from __future__ import annotations


class LocalRuntimeError(Exception):
    """Something the person at the keyboard can act on.

    `advice` is the next thing to do; `log_lines` are the last lines of the log that tells the cause.
    """

    def __init__(self, problem: str, *, advice: str = "", log_lines: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice
        self.log_lines = log_lines


class PortBusyError(LocalRuntimeError):
    """A port of the contract is taken by a process that is not ours."""


class AlreadyRunningError(LocalRuntimeError):
    """Another `ventanilla up` holds this home."""


class NotRunningError(LocalRuntimeError):
    """The system of this home is not running, so it cannot be asked or controlled."""


class StopRequestedError(Exception):
    """The person at the keyboard wants it to end while it was still starting; no fault of anything."""


class StartFailedError(LocalRuntimeError):
    """A server, a migration or a process did not become ready."""

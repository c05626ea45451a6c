"""The switch by which a test tells a sandbox to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from deploy.local.sandbox_http import ProblemError, Request, Response, as_json

NONE = "none"
_LONGEST_SECONDS = 600.0


@dataclass(frozen=True)
class Fault:
    """What to do wrong, for how long each time, and how many more times (None: until told otherwise)."""

    mode: str = NONE
    seconds: float = 0.0
    count: int | None = None


class FaultSwitch:
    """Holds the fault that is switched on; safe to use from several threads."""

    def __init__(self, modes: Collection[str]) -> None:
        self._modes = tuple(modes)
        self._fault = Fault()
        self._lock = threading.Lock()

    def current(self) -> Fault:
        """The fault as it stands, without spending it."""
        return self._fault

    def take(self, *modes: str) -> Fault | None:
        """Spend one use of the fault when it is one of `modes`."""
        with self._lock:
            fault = self._fault
            if fault.mode not in modes:
                return None
            if fault.count is not None:
                left = fault.count - 1
                self._fault = Fault(fault.mode, fault.seconds, left) if left > 0 else Fault()
            return fault

    def set(self, fault: Fault) -> None:
        """Replace the fault."""
        with self._lock:
            self._fault = fault

    def show(self, _request: Request) -> Response:
        """`GET /api/faults`."""
        fault = self._fault
        document = {"mode": fault.mode, "seconds": fault.seconds, "count": fault.count, "modes": [NONE, *self._modes]}
        return as_json(document)

    def change(self, request: Request) -> Response:
        """`POST /api/faults` `{"mode", "seconds"?, "count"?}`."""
        document = request.json()
        unknown = set(document) - {"mode", "seconds", "count"}
        if unknown:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"Desconocido / unknown: {', '.join(sorted(unknown))}")
        mode = document.get("mode")
        if mode not in (NONE, *self._modes):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"mode: {', '.join((NONE, *self._modes))}")
        self.set(Fault(mode, _seconds(document.get("seconds", 0)), _count(document.get("count"))))
        return self.show(request)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_SECONDS:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"seconds: 0…{_LONGEST_SECONDS:.0f}")
    return float(value)


def _count(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "count: 1…")
    return value

"""Delivery reports: calls of `dlr-url`, repeated until the receiver answers, over restarts of this process too."""

from __future__ import annotations

import http.client
import queue
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from deploy.local.sms_sandbox.store import (
    BUFFERED,
    DELIVERED,
    FAILED,
    SMSC_ACCEPTED,
    SMSC_REJECTED,
    Sms,
    SmsStore,
)

_CALL_SECONDS = 10
_FIRST_RETRY_SECONDS = 0.5
_LONGEST_RETRY_SECONDS = 15.0
_CALLERS = 2
# What an operator's answer reads like, by report type; goes into %A.
_REPLIES = {
    DELIVERED: "stat:DELIVRD err:000",
    FAILED: "stat:UNDELIV err:001",
    BUFFERED: "stat:ENROUTE err:000",
    SMSC_ACCEPTED: "ACK/",
    SMSC_REJECTED: "NACK/0x0000000b/Invalid Destination Address",
}


@dataclass(order=True)
class _Call:
    due: float
    sms_id: str
    position: int
    pause_seconds: float = _FIRST_RETRY_SECONDS


class Reporter:
    """Calls `dlr-url` for every report that is due; one message's reports go out one after the other."""

    def __init__(self, store: SmsStore) -> None:
        self._store = store
        self._calls: queue.PriorityQueue[_Call] = queue.PriorityQueue()
        self._messages: dict[str, Sms] = {}
        for sms, position in store.due():
            if sms.id not in self._messages:
                self._schedule(sms, position)

    def start(self) -> None:
        """Begin calling, in threads that end with the process."""
        for number in range(_CALLERS):
            threading.Thread(target=self._work, name=f"dlr-{number}", daemon=True).start()

    def begin(self, sms: Sms, delay_seconds: float = 0.0) -> None:
        """Schedule the reports of a new message."""
        if sms.reports:
            self._schedule(sms, 0, delay_seconds)

    def _schedule(self, sms: Sms, position: int, delay_seconds: float = 0.0) -> None:
        self._messages[sms.id] = sms
        self._calls.put(_Call(time.monotonic() + delay_seconds, sms.id, position))

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            call = self._calls.get()
            early_seconds = call.due - time.monotonic()
            if early_seconds > 0:
                self._calls.put(call)
                pause.wait(min(early_seconds, 0.05))  # something more urgent may come in meanwhile
                continue
            sms = self._messages[call.sms_id]
            if _is_taken(report_url(sms, sms.reports[call.position].kind)):
                self._store.record_answer(sms.id, call.position)
                self._go_on(sms, call.position)
            else:
                call.due = time.monotonic() + call.pause_seconds
                call.pause_seconds = min(call.pause_seconds * 2, _LONGEST_RETRY_SECONDS)
                self._calls.put(call)

    def _go_on(self, sms: Sms, position: int) -> None:
        if position + 1 < len(sms.reports):
            self._schedule(sms, position + 1)
        else:
            del self._messages[sms.id]


def report_url(sms: Sms, kind: int) -> str:
    """`dlr-url` with Kannel's escape codes filled in (user guide, "Parameters (Escape Codes)")."""
    now = datetime.now(UTC)
    values = {
        "d": str(kind),
        "A": _REPLIES[kind],
        "p": sms.sender,
        "P": sms.to,
        "q": sms.sender,
        "Q": sms.to,
        "a": sms.text,
        "t": now.strftime("%Y-%m-%d %H:%M:%S"),
        "T": str(int(now.timestamp())),
        "I": sms.id,
        "F": sms.id,
        "i": "sandbox",
        "n": "sandbox",
        "c": "2" if sms.is_unicode else "0",
        "C": "UTF-16BE" if sms.is_unicode else "GSM",
    }
    url, rest = "", sms.dlr_url
    while rest:
        plain, percent, rest = rest.partition("%")
        url += plain
        if percent and rest and rest[0] in values:
            url += quote(values[rest[0]], safe="")
            rest = rest[1:]
        elif percent:  # an octet of the address itself, such as %2B, or the doubled sign
            url += "%"
            rest = rest.removeprefix("%")
    return url


def kinds_due(mask: int, mode: str) -> tuple[int, ...]:
    """The reports a message causes, in order, of those its sender asked for; `mode` is the fault in force."""
    sequence: tuple[int, ...] = {
        "dlr_failed": (SMSC_ACCEPTED, FAILED),
        "dlr_rejected": (SMSC_REJECTED,),
        "dlr_buffered": (SMSC_ACCEPTED, BUFFERED, DELIVERED),
        "dlr_never": (),
        "dlr_twice": (SMSC_ACCEPTED, SMSC_ACCEPTED, DELIVERED, DELIVERED),
        "dlr_out_of_order": (DELIVERED, BUFFERED, SMSC_ACCEPTED),
    }.get(mode, (SMSC_ACCEPTED, DELIVERED))
    return tuple(kind for kind in sequence if kind & mask)


def _is_taken(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_CALL_SECONDS) as response:  # noqa: S310 - checked when it came in
            return bool(response.status < http.client.BAD_REQUEST)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return False

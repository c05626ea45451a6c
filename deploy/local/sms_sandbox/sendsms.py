"""Kannel's `sendsms` interface: parameters, checks, texts and status codes as its smsbox 1.4.5 has them."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass
from http import HTTPStatus

from deploy.local.fault_switch import FaultSwitch
from deploy.local.sandbox_http import Request, Response
from deploy.local.sms_sandbox.reports import Reporter, kinds_due
from deploy.local.sms_sandbox.store import SmsStore

REPORT_MODES = ("dlr_failed", "dlr_rejected", "dlr_buffered", "dlr_twice", "dlr_out_of_order", "dlr_never", "dlr_delay")
MODES = (
    "delay",  # answers late
    "error_500",
    "error_503",  # Kannel's own temporary failure
    "too_many_429",
    "drop_before_accept",  # the connection breaks before the message was taken
    "drop_after_accept",  # ... and after it was taken, before the sender is told
    "hang_after_accept",  # taken, and then silence for `seconds`
    *REPORT_MODES,
)
ACCEPTED = "0: Accepted for delivery"
_NUMBER_CHARACTERS = frozenset("0123456789 +-")
_HIGHEST_MASK = 63
_8BIT, _UCS2 = 1, 2
_ERRORS = {
    "error_500": (HTTPStatus.INTERNAL_SERVER_ERROR, "Sending failed."),
    "error_503": (HTTPStatus.SERVICE_UNAVAILABLE, "Temporal failure, try again later."),
    "too_many_429": (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests, try again later."),
}


class RejectedError(Exception):
    """The request can never be carried out; the text is Kannel's."""

    def __init__(self, text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


@dataclass(frozen=True)
class Submission:
    """A checked request: one message to each of `receivers`."""

    receivers: tuple[str, ...]
    sender: str
    text: str
    is_unicode: bool
    dlr_url: str
    dlr_mask: int


class SendSms:
    """Takes messages for one user."""

    def __init__(self, store: SmsStore, reporter: Reporter, faults: FaultSwitch, user: str, password: str) -> None:
        self._store = store
        self._reporter = reporter
        self._faults = faults
        self._user = user
        self._password = password

    def handle(self, request: Request) -> Response:
        """One request: misbehave as told, check, keep, answer."""
        try:
            self._authorise(request)
            if fault := self._faults.take(*_ERRORS):
                status, text = _ERRORS[fault.mode]
                return Response(status, text.encode())
            if self._faults.take("drop_before_accept"):
                return Response(HTTPStatus.ACCEPTED, is_dropped=True)
            if fault := self._faults.take("delay"):
                threading.Event().wait(fault.seconds)
            self._accept(read_submission(request))
        except RejectedError as error:
            return Response(error.status, error.text.encode())
        if self._faults.take("drop_after_accept"):
            return Response(HTTPStatus.ACCEPTED, is_dropped=True)
        if fault := self._faults.take("hang_after_accept"):
            threading.Event().wait(fault.seconds)
            return Response(HTTPStatus.ACCEPTED, is_dropped=True)
        return Response(HTTPStatus.ACCEPTED, ACCEPTED.encode())

    def _authorise(self, request: Request) -> None:
        user = request.text("username") or request.text("user")
        password = request.text("password") or request.text("pass")
        is_known = hmac.compare_digest(user.encode(), self._user.encode())
        if not (hmac.compare_digest(password.encode(), self._password.encode()) and is_known):
            raise RejectedError("Authorization failed for sendsms", HTTPStatus.FORBIDDEN)

    def _accept(self, submission: Submission) -> None:
        fault = self._faults.take(*REPORT_MODES)
        mask = submission.dlr_mask if submission.dlr_url else 0
        for receiver in submission.receivers:
            sms = self._store.add(
                to=receiver,
                sender=submission.sender,
                text=submission.text,
                is_unicode=submission.is_unicode,
                dlr_url=submission.dlr_url,
                dlr_mask=mask,
                kinds=kinds_due(mask, fault.mode if fault else ""),
            )
            self._reporter.begin(sms, fault.seconds if fault else 0.0)


def read_submission(request: Request) -> Submission:
    """Check the parameters in smsbox's order; :raises RejectedError: with smsbox's words."""
    if "to" not in request.parameters:
        raise RejectedError("Missing receiver number, rejected")
    given = request.text("to").split()
    if not given:
        raise RejectedError("Empty receiver number not allowed, rejected")
    receivers = tuple(dict.fromkeys(number for number in given if _NUMBER_CHARACTERS.issuperset(number)))
    if not receivers:
        raise RejectedError("Number(s) has/have been denied by white- and/or black-lists.")
    sender = request.text("from")
    if not sender:
        raise RejectedError("Sender missing and no global set, rejected")
    dlr_url = request.text("dlr-url") or request.text("dlrurl")
    if dlr_url and not dlr_url.lower().startswith(("http://", "https://")):
        raise RejectedError("DLR-URL field misformed, rejected")
    dlr_mask = _integer(request, 0, "dlr-mask", "dlrmask")
    if not 0 <= dlr_mask <= _HIGHEST_MASK:
        raise RejectedError("DLR-Mask field misformed, rejected")
    coding = _integer(request, 0, "coding")
    if not 0 <= coding <= _UCS2:
        raise RejectedError("Coding field misformed, rejected")
    if coding == _8BIT:
        raise RejectedError("Coding 1 (8 bits) is not supported by this sandbox, rejected")
    return Submission(receivers, sender, _text(request, coding), coding == _UCS2, dlr_url, dlr_mask)


def _text(request: Request, coding: int) -> str:
    charset = request.text("charset") or ("UTF-16BE" if coding == _UCS2 else "UTF-8")
    try:
        return request.parameters.get("text", b"").decode(charset)
    except (UnicodeDecodeError, LookupError) as error:
        raise RejectedError("Charset or body misformed, rejected") from error


def _integer(request: Request, default: int, *names: str) -> int:
    for name in names:
        text = request.text(name)
        if text:
            try:
                return int(text)
            except ValueError:
                return -1  # out of every range: the caller's check refuses it
    return default

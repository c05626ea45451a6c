"""The pages and the JSON API of the SMS sandbox."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from deploy.local.fault_switch import FaultSwitch
from deploy.local.sandbox_http import Pages, Request, Response, Route, as_json
from deploy.local.sms_sandbox.segments import segment
from deploy.local.sms_sandbox.sendsms import SendSms
from deploy.local.sms_sandbox.store import Sms, SmsStore

_PHONES = 100
_MESSAGES = 50
_API_SIZE = 500
_REPORT_WORDS = {
    1: "entregado",
    2: "no entregado",
    4: "en espera en la red",
    8: "aceptado por la red",
    16: "rechazado por la red",
}


class SmsWeb:
    """Shows phones to people and messages to programs."""

    def __init__(self, store: SmsStore, sendsms: SendSms, faults: FaultSwitch) -> None:
        self._store = store
        self._sendsms = sendsms
        self._faults = faults
        self._pages = Pages(Path(__file__).with_name("templates"))

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [
            Route("GET", "/cgi-bin/sendsms", self._sendsms.handle),
            Route("POST", "/cgi-bin/sendsms", self._sendsms.handle),
            Route("GET", "/", self._phones),
            Route("GET", r"/phones/(?P<number>[+0-9-]{3,20})", self._phone),
            Route("GET", "/style.css", self._pages.style),
            Route("GET", "/healthz", lambda _request: as_json({"status": "ok"})),
            Route("GET", "/api/messages", self._api_list),
            Route("DELETE", "/api/messages", self._api_clear),
            Route("GET", "/api/faults", self._faults.show),
            Route("POST", "/api/faults", self._faults.change),
        ]

    def _phones(self, request: Request) -> Response:
        wanted = request.text("to").strip()
        newest: dict[str, Sms] = {}
        counts: dict[str, int] = {}
        for sms in self._store.find(to=wanted):
            newest.setdefault(sms.to, sms)
            counts[sms.to] = counts.get(sms.to, 0) + 1
        phones = [(number, counts[number], sms) for number, sms in list(newest.items())[:_PHONES]]
        return self._pages.page("phones.html", phones=phones, total=len(newest), wanted=wanted)

    def _phone(self, _request: Request, number: str) -> Response:
        messages = [_shown(sms) for sms in self._store.find(to=number)[:_MESSAGES]]
        return self._pages.page("phone.html", number=number, messages=messages)

    def _api_list(self, request: Request) -> Response:
        found = self._store.find(to=request.text("to"), text=request.text("text"))
        offset, limit = request.number("offset", 0), request.number("limit", _API_SIZE)
        return as_json({"total": len(found), "messages": [_document(sms) for sms in found[offset : offset + limit]]})

    def _api_clear(self, _request: Request) -> Response:
        return as_json({"deleted": self._store.clear()})


def _document(sms: Sms) -> dict[str, object]:
    segmented = segment(sms.text, is_unicode=sms.is_unicode)
    return {
        "id": sms.id,
        "received_at": sms.received_at,
        "to": sms.to,
        "from": sms.sender,
        "text": sms.text,
        "alphabet": segmented.alphabet,
        "segments": segmented.segments,
        "dlr_url": sms.dlr_url,
        "dlr_mask": sms.dlr_mask,
        "reports": [{"type": report.kind, "answered_at": report.answered_at or None} for report in sms.reports],
    }


def _shown(sms: Sms) -> dict[str, object]:
    return {
        "sms": sms,
        "received_at": datetime.fromisoformat(sms.received_at),
        "segmented": segment(sms.text, is_unicode=sms.is_unicode),
        "reports": [(_REPORT_WORDS[report.kind], bool(report.answered_at)) for report in sms.reports],
    }

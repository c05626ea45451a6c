"""The pages and the JSON API of the mail sandbox."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from deploy.local.fault_switch import FaultSwitch
from deploy.local.mail_sandbox.mailbox import Content, Mailbox, Summary
from deploy.local.sandbox_http import Pages, ProblemError, Request, Response, Route, as_json

_PAGE_SIZE = 100
_API_SIZE = 500
_ID = r"(?P<name>[0-9a-f-]{36})"
# The HTML of a mail is somebody else's: no scripts, no forms, nothing fetched from anywhere.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class MailWeb:
    """Reads a mailbox to people and programs."""

    def __init__(self, mailbox: Mailbox, faults: FaultSwitch) -> None:
        self._mailbox = mailbox
        self._faults = faults
        self._pages = Pages(Path(__file__).with_name("templates"))

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [
            Route("GET", "/", self._list),
            Route("GET", f"/messages/{_ID}", self._message),
            Route("GET", f"/messages/{_ID}/html", self._html),
            Route("GET", f"/messages/{_ID}/raw", self._raw),
            Route("GET", "/style.css", self._pages.style),
            Route("GET", "/healthz", lambda _request: as_json({"status": "ok"})),
            Route("GET", "/api/messages", self._api_list),
            Route("DELETE", "/api/messages", self._api_clear),
            Route("GET", f"/api/messages/{_ID}", self._api_message),
            Route("DELETE", f"/api/messages/{_ID}", self._api_delete),
            Route("GET", "/api/faults", self._faults.show),
            Route("POST", "/api/faults", self._faults.change),
        ]

    def _list(self, request: Request) -> Response:
        wanted = request.text("to").strip()
        found = self._mailbox.find(to=wanted)
        return self._pages.page("list.html", messages=found[:_PAGE_SIZE], total=len(found), wanted=wanted)

    def _message(self, _request: Request, name: str) -> Response:
        return self._pages.page("message.html", message=self._content(name))

    def _html(self, _request: Request, name: str) -> Response:
        body = self._content(name).html.encode()
        return Response(HTTPStatus.OK, body, "text/html; charset=utf-8", {"Content-Security-Policy": _MAIL_POLICY})

    def _raw(self, _request: Request, name: str) -> Response:
        raw = self._mailbox.raw(name)
        if raw is None:
            raise _not_found()
        return Response(HTTPStatus.OK, raw)

    def _api_list(self, request: Request) -> Response:
        found = self._mailbox.find(
            to=request.text("to"), subject=request.text("subject"), message_id=request.text("message_id")
        )
        offset, limit = request.number("offset", 0), request.number("limit", _API_SIZE)
        shown = [_summary(summary) for summary in found[offset : offset + limit]]
        return as_json({"total": len(found), "messages": shown})

    def _api_message(self, _request: Request, name: str) -> Response:
        content = self._content(name)
        return as_json(
            {
                **_summary(content.summary),
                "text": content.text,
                "html": content.html,
                "headers": content.headers,
                "attachments": [{"name": file, "bytes": size} for file, size in content.attachments],
            }
        )

    def _api_clear(self, _request: Request) -> Response:
        return as_json({"deleted": self._mailbox.clear()})

    def _api_delete(self, _request: Request, name: str) -> Response:
        if not self._mailbox.delete(name):
            raise _not_found()
        return as_json({"deleted": 1})

    def _content(self, name: str) -> Content:
        content = self._mailbox.content(name)
        if content is None:
            raise _not_found()
        return content


def _summary(summary: Summary) -> dict[str, object]:
    return {
        "id": summary.id,
        "received_at": summary.received_at.isoformat(),
        "from": summary.sender,
        "to": list(summary.recipients),
        "subject": summary.subject,
        "message_id": summary.message_id,
    }


def _not_found() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "No hay tal mensaje / no such message")

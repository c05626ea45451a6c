"""The desk as its users see it, for demonstration, drills, bench and end-to-end tests: HTTP, nothing else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Self

import httpx

from deploy.local.configuration import Configuration
from deploy.local.ports import LOOPBACK

_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_PAGE = 500


class DeskError(Exception):
    """The desk answered something else than was expected; the text is its own words."""

    def __init__(self, text: str, *, status: int = 0, content_type: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.content_type = content_type


class ApiClient:
    """A program that talks to one service's API, signed in or not."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def sign_in(self, email: str, password: str) -> Self:
        """Become somebody."""
        answer = self.call("POST", "/api/v1/sessions", {"email": email, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer['token']}"
        return self

    @property
    def is_signed_in(self) -> bool:
        """Whether requests carry a token; it may have expired."""
        return "Authorization" in self._http.headers

    def forget_session(self) -> None:
        """Drop the token."""
        self._http.headers.pop("Authorization", None)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """One request; its JSON answer.

        :raises DeskError: the status is not a success.
        """
        response = self._send(method, path, body, **options)
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    def fetch_list(self, path: str) -> list[dict[str, Any]]:
        """A list that the service answers whole.

        :raises DeskError: the status is not a success.
        """
        answer: list[dict[str, Any]] = self._send("GET", path, None).json()
        return answer

    def _send(self, method: str, path: str, body: dict[str, Any] | None, **options: Any) -> httpx.Response:
        response = self._http.request(method, path, json=body, **options)
        if not response.is_success:
            raise DeskError(
                f"{method} {path}: {response.status_code} {response.text[:500]}",
                status=response.status_code,
                content_type=response.headers.get("Content-Type", ""),
            )
        return response


class Official(ApiClient):
    """An official at the intake service."""

    def register(self, *, email: str, password: str, full_name: str, ubigeo: str, phone: str | None) -> Self:
        """Open an account and sign in."""
        body: dict[str, Any] = {
            "email": email,
            "password": password,
            "full_name": full_name,
            "ubigeo": ubigeo,
            "position": "Secretaría general",
        }
        if phone is not None:
            body["phone"] = phone
        self.call("POST", "/api/v1/officials", body, headers=_once())
        return self.sign_in(email, password)

    def submit(self, subject: str, body: str, *, key: str | None = None) -> dict[str, Any]:
        """Send a consultation: its id, code and status."""
        return self.call("POST", "/api/v1/consultations", {"subject": subject, "body": body}, headers=_once(key))

    def consultation(self, code: str) -> dict[str, Any]:
        """A consultation as the official sees it."""
        return self.call("GET", f"/api/v1/consultations/{code}")

    def reply(self, code: str, body: str) -> dict[str, Any]:
        """Say more."""
        return self.call("POST", f"/api/v1/consultations/{code}/messages", {"body": body}, headers=_once())

    def rate(self, code: str, score: int) -> dict[str, Any]:
        """Rate the answer from 1 to 5."""
        return self.call("POST", f"/api/v1/consultations/{code}/rating", {"score": score}, headers=_once())


class Staff(ApiClient):
    """An advisor or a supervisor at the routing service."""

    def case(self, code: str) -> dict[str, Any]:
        """The sheet of a case."""
        return self.call("GET", f"/api/v1/cases/{code}")

    def advisors(self) -> list[dict[str, Any]]:
        """Every advisor with skills and load."""
        return self.fetch_list("/api/v1/advisors")

    def set_capacity(self, advisor_id: str, capacity: int) -> None:
        """Change how many open cases an advisor takes; a supervisor's right."""
        self.call("PATCH", f"/api/v1/advisors/{advisor_id}", {"capacity": capacity})

    def act(self, code: str, action: str, **fields: Any) -> dict[str, Any]:
        """Do something with a case at its present version."""
        body = {"version": self.case(code)["version"], **fields}
        return self.call("POST", f"/api/v1/cases/{code}/{action}", body, headers=_once())


@dataclass(frozen=True)
class Sandboxes:
    """What arrived: the mailboxes and the phones."""

    mail_url: str
    sms_url: str

    def mails(self, *, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        """Every mail to an address, with a text in its subject."""
        return _all(f"{self.mail_url}/api/messages", {"to": to, "subject": subject})

    def texts(self, *, to: str = "", text: str = "") -> list[dict[str, Any]]:
        """Every SMS to a phone, with a text in it."""
        return _all(f"{self.sms_url}/api/messages", {"to": to, "text": text})


def sandboxes_of(configuration: Configuration) -> Sandboxes:
    """The sandboxes of a local system."""
    ports = configuration.ports
    return Sandboxes(f"http://{LOOPBACK}:{ports.mail_web}", f"http://{LOOPBACK}:{ports.sms}")


def _all(url: str, query: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with httpx.Client(timeout=_TIMEOUT) as client:
        while True:
            answer = client.get(url, params={**query, "offset": len(found), "limit": _PAGE}).raise_for_status().json()
            found += answer["messages"]
            if len(found) >= answer["total"] or not answer["messages"]:
                return found


def _once(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or secrets.token_urlsafe(16)}

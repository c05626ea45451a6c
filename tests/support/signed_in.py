"""People of a running system, signed in: programs with a token, and visitors of pages with cookies and forms."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any, Self

import httpx

from deploy.local.configuration import Configuration

DEMO_PASSWORD = "demo-ventanilla"
PASSWORD = "una frase larga y propia"
_DEMO = {
    "advisor": ("routing", "asesora@ventanilla.example"),
    "supervisor": ("routing", "supervisora@ventanilla.example"),
    "operator": ("insights", "operador@ventanilla.example"),
}
_TIMEOUT = 30


@dataclass(frozen=True)
class Member:
    """Somebody with a token of one service; `http` sends it."""

    service: str
    email: str
    password: str
    token: str
    http: httpx.Client

    def post(self, path: str, body: Any, *, key: str | None = None, **options: Any) -> httpx.Response:
        """Send JSON with an Idempotency-Key of its own unless one is given."""
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(12), **options.pop("headers", {})}
        return self.http.post(path, json=body, headers=headers, **options)

    def json(self, path: str) -> dict[str, Any]:
        """What a route says, which must be a success."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class People:
    """Everybody a test may need, each signed in when first asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._stack = ExitStack()
        self._members: dict[str, Member] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @cached_property
    def official(self) -> Member:
        """An official of this session."""
        return self.new_official()

    @cached_property
    def other_official(self) -> Member:
        """Another one, of another municipality."""
        return self.new_official(ubigeo="160101", full_name="Segundo Tantaleán Díaz")

    @cached_property
    def newcomer(self) -> Member:
        """An official who has not asked anything."""
        return self.new_official()

    @property
    def advisor(self) -> Member:
        """The advisor of the demonstration who knows budgets."""
        return self._demo("advisor")

    @property
    def supervisor(self) -> Member:
        """The supervisor of the demonstration."""
        return self._demo("supervisor")

    @property
    def operator(self) -> Member:
        """The operator of the demonstration."""
        return self._demo("operator")

    def of_role(self, role: str) -> Member:
        """`official`, `newcomer`, `advisor`, `supervisor` or `operator`."""
        return self._demo(role) if role in _DEMO else getattr(self, role)  # type: ignore[no-any-return]  # by its name

    def member_of_desk(self, email: str) -> Member:
        """Somebody of the desk's demonstration, by their address."""
        if email not in self._members:
            self._members[email] = self.sign_in("routing", email, DEMO_PASSWORD)
        return self._members[email]

    def stranger(self, service: str) -> httpx.Client:
        """Somebody without any token."""
        return self._stack.enter_context(
            httpx.Client(base_url=self.configuration.public_url(service), timeout=_TIMEOUT)
        )

    def visitor(self, service: str) -> Visitor:
        """Somebody at the pages of a service, not signed in."""
        return Visitor(self.stranger(service))

    def visitor_of(self, role: str) -> Visitor:
        """Somebody at the pages of their service, signed in."""
        member = self.of_role(role)
        visitor = self.visitor(member.service)
        entered = visitor.send("/ingresar", {"email": member.email, "password": member.password})
        assert entered.status_code == 303, entered.text
        return visitor

    def new_official(self, *, ubigeo: str = "080910", full_name: str = "Yolanda Ccahuana Rojas") -> Member:
        """Register somebody new, who is known to nobody else."""
        email = f"e2e.{secrets.token_hex(5)}@muni-demo.example"
        sent = {
            "email": email, "password": PASSWORD, "full_name": full_name, "ubigeo": ubigeo, "position": "Tesorera",
            "phone": f"+519{secrets.randbelow(10**8):08d}",
        }  # fmt: skip
        made = self.stranger("intake").post("/api/v1/officials", json=sent)
        assert made.status_code == 201, made.text
        return self.sign_in("intake", email, PASSWORD)

    def sign_in(self, service: str, email: str, password: str) -> Member:
        """Somebody with a session of their own."""
        http = self.stranger(service)
        answer = http.post("/api/v1/sessions", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        token = answer.json()["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        return Member(service, email, password, token, http)

    def _demo(self, role: str) -> Member:
        if role not in self._members:
            service, email = _DEMO[role]
            self._members[role] = self.sign_in(service, email, DEMO_PASSWORD)
        return self._members[role]


@dataclass(frozen=True)
class Visitor:
    """Somebody at the pages with a browser that runs no script: keeps cookies, sends forms with their hidden fields."""

    http: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page."""
        return self.http.get(path, headers={"Accept": "text/html", **headers})

    def hidden_fields(self, path: str, action: str | None = None) -> dict[str, str]:
        """The hidden fields of the form on `path` that is sent to `action` (which is `path` if none is given)."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        forms = _Forms(answer.text).hidden
        return forms[action or path]

    def send(
        self, path: str, form: dict[str, Any], *, page: str | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Fill the form that `page` shows for `path`, and press its button. Redirections are not followed."""
        data = {**self.hidden_fields(page or path, path), **form}
        return self.http.post(path, data=data, headers={"Accept": "text/html", **(headers or {})})


class _Forms(HTMLParser):
    """The hidden fields of each form of a page, by the form's address."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and their hidden fields."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = self.hidden.setdefault(values.get("action", ""), {})
        elif tag == "input" and values.get("type") == "hidden" and self._open is not None:
            self._open[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self._open = None

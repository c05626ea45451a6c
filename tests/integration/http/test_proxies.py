"""Whose failures are counted, behind our own proxies and before them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from services.routing.entrypoints import wsgi
from shared.messaging.processes import Parts

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.7", "127.0.0.1"),  # nobody of ours said it: anybody can write the header
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the caller wrote the first, our proxy the last
        (2, "198.51.100.1, 203.0.113.7, 192.0.2.4", "203.0.113.7"),
        (1, "", "127.0.0.1"),
    ],
)
def test_failures_are_counted_by_the_address_that_our_own_proxy_saw(
    parts: Callable[..., Parts], proxies: int, forwarded: str, counted: str
) -> None:
    made = parts("routing", trusted_proxies=proxies)
    client = wsgi.build_app(made).test_client(use_cookies=False)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    sent = {"email": "nadie@ventanilla.example", "password": "no es esta"}
    assert client.post("/api/v1/sessions", json=sent, headers=headers).status_code == 401
    with made.database.transaction() as session:
        keys = session.execute(text("SELECT key FROM throttle ORDER BY key")).scalars().all()
    assert keys == ["account:nadie@ventanilla.example", f"address:{counted}"]


def test_one_who_guesses_behind_the_proxy_locks_out_nobody_else_there(parts: Callable[..., Parts]) -> None:
    made = parts("routing", trusted_proxies=1)
    client = wsgi.build_app(made).test_client(use_cookies=False)
    with made.database.transaction() as session:
        session.execute(text("INSERT INTO throttle VALUES ('address:203.0.113.7', 60, clock_timestamp())"))

    def try_from(address: str) -> int:
        sent = {"email": "nadie@ventanilla.example", "password": "no es esta"}
        return client.post("/api/v1/sessions", json=sent, headers={"X-Forwarded-For": address}).status_code

    assert (try_from("203.0.113.7"), try_from("203.0.113.8")) == (429, 401)


@pytest.mark.parametrize(("proxies", "is_told"), [(0, False), (1, True)])
def test_the_scheme_is_believed_from_our_own_proxy_only(
    parts: Callable[..., Parts], proxies: int, is_told: bool
) -> None:
    client = wsgi.build_app(parts("routing", trusted_proxies=proxies)).test_client()
    answer = client.get("/ingresar", headers={"X-Forwarded-Proto": "https"})
    assert ("Strict-Transport-Security" in answer.headers) is is_told

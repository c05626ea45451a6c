"""Sessions: seen by their owner, ended one by one or all; a new password ends the others; what fails is counted."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import pytest

from shared.accounts import passwords
from shared.accounts.sessions import address_prefix, device_hint
from tests.integration.accounts.conftest import Browser
from tests.support.routing_desk import PASSWORD, Desk

pytestmark = pytest.mark.integration
Browsers = Callable[..., Browser]
OTHER = "otra frase larga y propia"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


def test_somebody_sees_their_sessions_and_ends_one(desk: Desk, browser: Browsers) -> None:
    rosa, here, phone = desk.advisor(), browser(), browser(agent=PHONE)
    here.enter(rosa)
    phone.enter(rosa)
    page = here.get("/cuenta")
    assert "Firefox · Windows" in page
    assert "Chrome · Android" in page
    assert "127.0.0.0/24" in page
    assert page.count("esta sesión") == 1
    (end,) = re.findall(r'action="(/cuenta/sesiones/[0-9a-f-]{36}/cerrar)"', page)
    assert here.send(end, {}, "/cuenta").location == "/cuenta?aviso=sesion"
    assert phone.open("/casos").status_code == 303
    assert here.open("/casos").status_code == 200
    assert here.send(end, {}, "/cuenta").status_code == 404, "it is gone"


def test_nobody_ends_a_session_of_somebody_else(desk: Desk, browser: Browsers) -> None:
    rosa, luis, here, there = desk.advisor(), desk.advisor("Luis Paz"), browser(), browser()
    here.enter(rosa)
    there.enter(luis)
    (row,) = desk.rows("SELECT session_id FROM account_session WHERE account_id = :id", id=luis.id)
    assert here.send(f"/cuenta/sesiones/{row.session_id}/cerrar", {}, "/cuenta").status_code == 404
    assert there.open("/casos").status_code == 200


def test_all_other_sessions_end_at_once(desk: Desk, browser: Browsers) -> None:
    rosa = desk.advisor()
    here, *others = browser(), browser(agent=PHONE), browser()
    for one in (here, *others):
        one.enter(rosa)
    token = desk.token(rosa)
    assert here.send("/cuenta/sesiones/cerrar-otras", {}, "/cuenta").location == "/cuenta?aviso=sesiones"
    assert [one.open("/casos").status_code for one in (here, *others)] == [200, 303, 303]
    program = browser(headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    assert program.open("/api/v1/cases").status_code == 401


def test_a_new_password_ends_other_sessions_and_keeps_this_one(
    desk: Desk, browser: Browsers, audit_lines: Callable[[], list[tuple[str, str]]]
) -> None:
    rosa, here, there = desk.advisor(), browser(), browser()
    here.enter(rosa)
    there.enter(rosa)
    new = "otra frase larga y propia"
    form = {"password": PASSWORD, "new_password": new, "repeated_password": new}
    assert here.send("/cuenta/contrasena", form, "/cuenta").location == "/cuenta?aviso=clave"
    assert here.open("/casos").status_code == 200
    assert there.open("/casos").status_code == 303
    assert browser().enter(rosa).status_code == 401
    assert browser().enter(rosa, password=new).status_code == 303
    assert ("password.changed", "advisor") in audit_lines()


@pytest.mark.parametrize(
    "form",
    [
        {"password": "no es esta", "new_password": OTHER, "repeated_password": OTHER},
        {"password": PASSWORD, "new_password": "corta", "repeated_password": "corta"},
        {"password": PASSWORD, "new_password": passwords.DEMO_PASSWORD, "repeated_password": passwords.DEMO_PASSWORD},
        {"password": PASSWORD, "new_password": OTHER, "repeated_password": "otra distinta"},
        {},
    ],
)  # fmt: skip
def test_a_password_does_not_change_by_mistake_or_by_somebody_else(
    desk: Desk, browser: Browsers, form: dict[str, str]
) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    assert here.send("/cuenta/contrasena", form, "/cuenta").status_code == 422
    assert browser().enter(rosa).status_code == 303


def test_who_forgot_the_password_comes_by_link_and_sets_another_within_minutes(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.send("/ingresar/enlace", {"email": rosa.email})
    (link,) = [event.url for event in desk.events() if event.TYPE == "account.link_requested"]
    path = "/ingresar/enlace/" + link.rsplit("/", 1)[1]
    assert here.send(path, {}, path).status_code == 303
    assert 'name="password"' not in here.get("/cuenta")
    desk.run("UPDATE account_session SET created_at = created_at - interval '16 minutes'")
    assert 'name="password"' in here.get("/cuenta"), "a link opened long ago proves nothing any more"
    desk.run("UPDATE account_session SET created_at = created_at + interval '16 minutes'")
    new = "otra frase larga y propia"
    assert (
        here.send("/cuenta/contrasena", {"new_password": new, "repeated_password": new}, "/cuenta").status_code == 303
    )
    assert browser().enter(rosa, password=new).status_code == 303


def test_guessing_the_password_of_an_open_session_locks_too(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    for _ in range(5):
        here.send("/cuenta/contrasena", {"password": "no es esta"}, "/cuenta")
    new = "otra frase larga y propia"
    form = {"password": PASSWORD, "new_password": new, "repeated_password": new}
    assert here.send("/cuenta/contrasena", form, "/cuenta").status_code == 422, "even the right one, for a while"
    assert browser().enter(rosa).status_code == 429


def test_five_failures_lock_an_account_whether_it_exists_or_not(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    answers = {}
    for email in (rosa.email, "nadie@ventanilla.example"):
        form = {"email": email, "password": "no es esta"}
        answers[email] = [here.send("/ingresar", form).status_code for _ in range(7)]
    assert answers[rosa.email] == answers["nadie@ventanilla.example"] == [401] * 5 + [429] * 2


def test_an_unknown_address_costs_the_same_work_as_a_wrong_password(
    desk: Desk, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: one verification of argon2id each, whoever is asked for."""
    checked: list[str] = []
    genuine = passwords._hasher.verify

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(hasher, name)

        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored[:31])
            return genuine(stored, password)

    hasher = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())
    rosa, here = desk.advisor(), browser()
    here.send("/ingresar", {"email": rosa.email, "password": "no es esta"})
    here.send("/ingresar", {"email": "nadie@ventanilla.example", "password": "no es esta"})
    assert len(checked) == 2
    assert checked[0] == checked[1], "the same parameters"


def test_no_token_password_or_code_comes_into_logs_or_audit(
    desk: Desk, browser: Browsers, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    rosa, here = desk.advisor(), browser()
    here.send("/ingresar/enlace", {"email": rosa.email})
    here.enter(rosa)
    (link,) = [event.url for event in desk.events() if event.TYPE == "account.link_requested"]
    token = link.rsplit("/", 1)[1]
    browser().send(f"/ingresar/enlace/{token}", {}, f"/ingresar/enlace/{token}")
    secret, codes = here.enrol()
    cookie = here.client.get_cookie("ventanilla_routing")
    assert cookie is not None
    lines = str([tuple(row) for row in desk.rows("SELECT action, subject, detail FROM audit_entry")])
    written = caplog.text + "".join(capsys.readouterr()) + lines
    assert "session.opened" in lines
    for word in (token, cookie.value, PASSWORD, secret, *codes, rosa.email):
        assert word not in written, word


def test_sign_ins_and_failures_stand_in_the_audit(
    desk: Desk, browser: Browsers, audit_lines: Callable[[], list[tuple[str, str]]]
) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa, password="no es esta")
    here.send("/ingresar", {"email": "nadie@ventanilla.example", "password": "no es esta"})
    here.enter(rosa)
    here.send("/salir", {}, "/cuenta")
    assert audit_lines() == [
        ("session.refused", "stranger"), ("session.refused", "stranger"), ("session.opened", "advisor"),
        ("session.closed", "advisor"),
    ]  # fmt: skip
    subjects = [row.subject for row in desk.rows("SELECT subject FROM audit_entry ORDER BY seq")]
    assert subjects == [f"account:{rosa.id}", "account:unknown", f"account:{rosa.id}", f"account:{rosa.id}"]


@pytest.mark.parametrize(
    ("address", "prefix"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48"), ("", ""), (None, ""), ("x", "")],
)
def test_only_the_network_of_an_address_is_kept(address: str | None, prefix: str) -> None:
    assert address_prefix(address) == prefix


@pytest.mark.parametrize(
    ("agent", "hint"), [(PHONE, "Chrome · Android"), ("python-requests/2.34", "python-requests"), ("", ""), ("<b>", "")]
)
def test_a_device_is_told_by_what_its_browser_says(agent: str, hint: str) -> None:
    assert device_hint(agent) == hint

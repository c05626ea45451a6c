"""The second factor: enrolled with a code, asked for at every door, each code once, and a way back without it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy import text

from services.routing.entrypoints import wsgi
from shared.accounts.sealing import SealBrokenError, Sealer
from shared.messaging.processes import Parts
from tests.integration.accounts.conftest import PAGE, Browser, forget_last_step
from tests.support.routing_desk import PASSWORD, Desk

pytestmark = pytest.mark.integration
Browsers = Callable[..., Browser]
FACTOR = "/cuenta/segundo-factor"


def test_somebody_enrols_and_is_asked_for_a_code_from_then_on(
    desk: Desk, browser: Browsers, audit_lines: Callable[[], list[tuple[str, str]]]
) -> None:
    rosa, here, there = desk.advisor(), browser(), browser()
    assert here.enter(rosa).status_code == 303
    page = here.get(FACTOR)
    assert 'src="data:image/svg+xml' in page
    assert "<svg" not in page.split("<main")[1].split("data:image")[0], (
        "no inline picture that the policy would question"
    )
    secret, codes = here.enrol()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"(?:[a-z2-7]{4}-){3}[a-z2-7]{4}", code) for code in codes)
    asked = there.enter(rosa)
    assert asked.status_code == 401
    assert "Código de seis cifras" in asked.text
    forget_last_step(desk)
    assert there.enter(rosa, pyotp.TOTP(secret).now()).status_code == 303
    assert ("second_factor.enrolled", "advisor") in audit_lines()


def test_neither_the_secret_nor_a_recovery_code_stands_in_the_database(desk: Desk, browser: Browsers) -> None:
    here = browser()
    here.enter(desk.advisor())
    secret, codes = here.enrol()
    stored = "".join(str(tuple(row)) for row in desk.rows("SELECT totp_secret FROM account"))
    stored += "".join(
        bytes(row[0]).hex() + str(bytes(row[0])) for row in desk.rows("SELECT code_hash FROM recovery_code")
    )
    assert "f1:" in stored
    for shown in (secret, *codes, codes[0].replace("-", "")):
        assert shown not in stored


def test_a_code_works_once_even_at_another_door(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    secret, _ = here.enrol()
    code = pyotp.TOTP(secret).now()
    assert browser().enter(rosa, code).status_code == 401, "it confirmed the enrolment and is spent"
    forget_last_step(desk)
    assert browser().enter(rosa, pyotp.TOTP(secret).now()).status_code == 303
    assert browser().enter(rosa, pyotp.TOTP(secret).now()).status_code == 401, "replayed"


def test_a_wrong_code_enrols_nobody_and_shows_the_same_secret_again(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    secret = here.secret()
    answer = here.send(FACTOR, {"code": "000000", "password": PASSWORD}, FACTOR)
    assert answer.status_code == 422
    assert here.secret() == secret
    answer = here.send(FACTOR, {"code": pyotp.TOTP(secret).now(), "password": "no es esta"}, FACTOR)
    assert answer.status_code == 422
    assert browser().enter(rosa).status_code == 303, "nothing counts yet"


def test_a_secret_shown_too_long_ago_cannot_be_confirmed(desk: Desk, browser: Browsers) -> None:
    here = browser()
    here.enter(desk.advisor())
    secret = here.secret()
    desk.run("UPDATE totp_enrolment SET expires_at = clock_timestamp() - interval '1 s'")
    tokens_of = "/cuenta"
    answer = here.send(FACTOR, {"code": pyotp.TOTP(secret).now(), "password": PASSWORD}, tokens_of)
    assert answer.status_code == 422
    assert here.secret() != secret


def test_a_recovery_code_opens_once_whatever_its_capitals(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    _, codes = here.enrol()
    assert browser().enter(rosa, codes[0].upper().replace("-", " ")).status_code == 303
    assert browser().enter(rosa, codes[0]).status_code == 401
    assert "sin usar: 9" in here.get("/cuenta")


def test_new_recovery_codes_end_those_before(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    _, codes = here.enrol()
    answer = here.send(f"{FACTOR}/codigos", {"code": codes[1], "password": PASSWORD}, FACTOR)
    fresh = re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert browser().enter(rosa, codes[2]).status_code == 401
    assert browser().enter(rosa, fresh[0]).status_code == 303


def test_it_is_removed_with_password_and_code_and_with_nothing_less(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    _, codes = here.enrol()
    for form in ({"password": PASSWORD, "code": "123456"}, {"password": "no", "code": codes[0]}, {}):
        assert here.send(f"{FACTOR}/quitar", form, FACTOR).status_code == 422
    done = here.send(f"{FACTOR}/quitar", {"password": PASSWORD, "code": codes[0]}, FACTOR)
    assert done.location == "/cuenta?aviso=sin_factor"
    assert desk.rows("SELECT count(*) FROM recovery_code")[0][0] == 0
    assert browser().enter(rosa).status_code == 303


def test_wrong_codes_lock_the_account_like_wrong_passwords(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    secret, codes = here.enrol()
    for _ in range(5):
        assert browser().enter(rosa, "000000").status_code == 401
    forget_last_step(desk)
    assert browser().enter(rosa, pyotp.TOTP(secret).now()).status_code == 429
    assert here.send(f"{FACTOR}/quitar", {"password": PASSWORD, "code": codes[0]}, FACTOR).status_code == 422


def test_a_mailed_link_is_one_factor_and_asks_for_the_other(desk: Desk, browser: Browsers) -> None:
    rosa, here, there = desk.advisor(), browser(), browser()
    here.enter(rosa)
    _, codes = here.enrol()
    there.send("/ingresar/enlace", {"email": rosa.email})
    (link,) = [event.url for event in desk.events() if event.TYPE == "account.link_requested"]
    path = "/ingresar/enlace/" + link.rsplit("/", 1)[1]
    assert 'name="code"' in there.get(path)
    assert there.send(path, {}, path).status_code == 401
    assert there.send(path, {"code": "000000"}, path).status_code == 401
    assert there.open("/casos").status_code == 303
    assert there.send(path, {"code": codes[0]}, path).status_code == 303, "the link was not spent by the failures"
    assert there.get("/casos")
    assert browser().send(path, {"code": codes[1]}, path).status_code == 410


def test_a_program_shows_its_code_too(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    secret, _ = here.enrol()
    forget_last_step(desk)
    client = wsgi.build_app(desk.parts).test_client(use_cookies=False)
    sent = {"email": rosa.email, "password": PASSWORD}
    refused = client.post("/api/v1/sessions", json=sent)
    assert (refused.status_code, refused.get_json()["needs_code"]) == (401, True)
    assert client.post("/api/v1/sessions", json={**sent, "code": pyotp.TOTP(secret).now()}).status_code == 201


def test_who_must_have_one_comes_nowhere_before_it_is_set_up(parts: Callable[..., Parts]) -> None:
    desk = Desk(parts("routing", totp_required_roles=("supervisor", "admin")))
    app = wsgi.build_app(desk.parts)
    elena, rosa, browser = desk.supervisor(), desk.advisor(), Browser(app.test_client())
    browser.enter(elena)
    for path in ("/supervision", "/casos", "/asesores"):
        answer = browser.open(path)
        assert (answer.status_code, answer.location) == (303, FACTOR)
    api = app.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {desk.token(elena)}"}
    refused = api.get("/api/v1/cases", headers=bearer)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "second_factor_required")
    assert "exige un segundo factor" in browser.get("/cuenta")
    browser.enrol()
    assert browser.open("/supervision").status_code == 200
    assert api.get("/api/v1/cases", headers=bearer).status_code == 401, "other sessions ended with the enrolment"
    other = Browser(app.test_client())
    other.enter(rosa)
    assert other.open("/casos").status_code == 200, "her role need not"


def test_a_sealed_secret_opens_with_its_key_or_the_one_before_only() -> None:
    sealed = Sealer("the old key").seal("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert Sealer("the old key").open(sealed) == "JBSWY3DPEHPK3PXP"
    assert Sealer("the new key", "the old key").open(sealed) == "JBSWY3DPEHPK3PXP"
    for sealer, text_ in ((Sealer("the new key"), sealed), (Sealer("the old key"), sealed[:-4] + "AAAA"),
                          (Sealer("the old key"), "JBSWY3DPEHPK3PXP")):  # fmt: skip
        with pytest.raises(SealBrokenError):
            sealer.open(text_)


def test_a_lost_key_leaves_the_recovery_codes(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    secret, codes = here.enrol()
    with desk.parts.database.transaction() as session:
        session.execute(text("UPDATE account SET totp_secret = 'f1:broken'"))
    assert browser().enter(rosa, pyotp.TOTP(secret).now()).status_code == 401
    assert browser().enter(rosa, codes[0]).status_code == 303


def test_the_page_with_the_secret_is_kept_by_no_cache(desk: Desk, browser: Browsers) -> None:
    here = browser()
    here.enter(desk.advisor())
    answer = here.client.get(FACTOR, headers=PAGE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]

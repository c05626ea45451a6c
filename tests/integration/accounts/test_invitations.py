"""Invitations: by e-mail, once, for a week, by whom the role allows; and what an admin does with accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.routing.entrypoints import wsgi
from services.routing.use_cases import staff_accounts
from services.routing.use_cases.staff_accounts import LastAdminError, RoleNotAllowedError
from shared.accounts.people import Person
from shared.contracts.account import AccessLinkRequested, AccountRegistered, AccountUpdated
from shared.ids import new_id
from shared.messaging.processes import Parts
from tests.integration.accounts.conftest import Browser
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration
Browsers = Callable[..., Browser]
NEW = "una frase muy larga y mía"
INVITED = {"email": "nueva@ventanilla.example", "full_name": "Nora Nueva", "role": "advisor", "skill_presupuesto": "2"}
ACCEPTED = {"full_name": "Nora Nueva Ríos", "new_password": NEW, "repeated_password": NEW}


@pytest.fixture
def supervised(desk: Desk, browser: Browsers) -> tuple[Browser, Person]:
    elena, here = desk.supervisor(), browser()
    here.enter(elena)
    return here, elena


def invite(here: Browser, **changes: str) -> TestResponse:
    return here.send("/personal/invitar", {**INVITED, "capacity": "5", **changes}, "/personal/invitar")


def links(desk: Desk) -> list[str]:
    urls = [event.url for event in desk.events(cls=AccessLinkRequested) if event.purpose == "invitation"]
    return ["/invitacion/" + url.rsplit("/", 1)[1] for url in urls]


def test_somebody_is_invited_accepts_and_works(desk: Desk, browser: Browsers, supervised: Any) -> None:
    here, _ = supervised
    sent = desk.submit()
    assert invite(here).location == "/personal?aviso=invitado"
    assert "Nora Nueva" in here.get("/personal")
    (path,) = links(desk)
    there = browser()
    assert "nueva@ventanilla.example" in there.get(path)
    assert there.get(path), "looking spends nothing"
    assert there.send(path, ACCEPTED, path).location == "/?aviso=bienvenida"
    assert "Nora Nueva Ríos" in there.get("/casos")
    (told,) = [event for event in desk.events(cls=AccountRegistered) if event.email == INVITED["email"]]
    asked = next(event for event in desk.events(cls=AccessLinkRequested))
    assert told.account_id == asked.account_id, "who was written to is who came"
    assert desk.case(sent.consultation_id).advisor_id == told.account_id, "and takes what waited, in her topic"
    assert browser().send("/ingresar", {"email": INVITED["email"], "password": NEW}).status_code == 303
    assert browser().send(path, ACCEPTED, "/ingresar").status_code == 410, "the link is spent"


def test_the_link_is_kept_as_a_hash_only(desk: Desk, supervised: Any) -> None:
    here, _ = supervised
    invite(here)
    token = links(desk)[0].rsplit("/", 1)[1]
    assert token not in str([tuple(row) for row in desk.rows("SELECT * FROM invitation")])
    assert token not in str([tuple(row) for row in desk.rows("SELECT * FROM audit_entry")])


@pytest.mark.parametrize(
    "form",
    [
        {**ACCEPTED, "new_password": "corta", "repeated_password": "corta"},
        {**ACCEPTED, "repeated_password": "otra"},
        {**ACCEPTED, "full_name": "  "},
        {**ACCEPTED, "full_name": "x" * 121},
    ],
)
def test_what_will_not_do_opens_no_account_and_spends_nothing(
    desk: Desk, browser: Browsers, supervised: Any, form: dict[str, str]
) -> None:
    invite(supervised[0])
    (path,), there = links(desk), browser()
    assert there.send(path, form, path).status_code == 422
    assert there.send(path, ACCEPTED, path).status_code == 303


def test_a_link_that_expired_was_replaced_or_revoked_opens_nothing(
    desk: Desk, browser: Browsers, supervised: Any
) -> None:
    here, _ = supervised
    invite(here)
    there = browser()
    (first,) = links(desk)
    desk.run("UPDATE invitation SET expires_at = clock_timestamp() - interval '1 s'")
    assert there.open(first).status_code == 410
    assert there.send(first, ACCEPTED).status_code == 410
    (resend,) = re.findall(r'action="(/personal/invitaciones/[^"]+/reenviar)"', here.get("/personal"))
    assert here.send(resend, {}, "/personal").location == "/personal?aviso=reenviado"
    second = links(desk)[1]
    assert there.open(first).status_code == 410
    assert there.open(second).status_code == 200
    assert here.send(resend.replace("reenviar", "anular"), {}, "/personal").location == "/personal?aviso=anulado"
    assert there.send(second, ACCEPTED).status_code == 410
    assert here.send(resend, {}, "/personal").status_code == 409
    assert there.open("/invitacion/nada-de-eso").status_code == 410
    assert desk.rows("SELECT count(*) FROM account WHERE email = :email", email=INVITED["email"])[0][0] == 0


def test_an_address_is_invited_once_at_a_time_and_never_with_an_account(desk: Desk, supervised: Any) -> None:
    here, elena = supervised
    assert invite(here).status_code == 303
    again = invite(here, email=INVITED["email"].upper())
    assert again.status_code == 409
    assert "invitación abierta" in again.text
    taken = invite(here, email=elena.email)
    assert taken.status_code == 409
    desk.run("UPDATE invitation SET expires_at = clock_timestamp() - interval '1 s'")
    assert invite(here).status_code == 303, "one that expired makes room"


def test_a_supervisor_makes_no_supervisors(desk: Desk, supervised: Any, browser: Browsers) -> None:
    here, _ = supervised
    for role in ("supervisor", "admin"):
        assert invite(here, role=role).status_code == 403
    assert links(desk) == []
    julia, there = desk.colleague("Julia Espinoza", "admin"), browser()
    there.enter(julia)
    assert invite(there, role="admin").status_code == 303
    (resend,) = re.findall(r"/personal/invitaciones/[^\"]+/reenviar", there.get("/personal"))
    assert "/reenviar" not in here.get("/personal"), "it is not hers to touch"
    assert here.send(resend, {}, "/personal").status_code == 403


def test_an_advisor_invites_nobody(desk: Desk, browser: Browsers) -> None:
    here = browser()
    here.enter(desk.advisor())
    for path in ("/personal", "/personal/invitar", "/auditoria", f"/personal/{new_id()}"):
        assert here.open(path).status_code == 403


def test_who_must_have_a_second_factor_sets_it_up_first(parts: Callable[..., Parts]) -> None:
    desk = Desk(parts("routing", totp_required_roles=("advisor",)))
    app = wsgi.build_app(desk.parts)
    elena, here, there = desk.supervisor(), Browser(app.test_client()), Browser(app.test_client())
    here.enter(elena)
    invite(here)
    (path,) = links(desk)
    there.send(path, ACCEPTED, path)
    assert there.open("/casos").location == "/cuenta/segundo-factor"


def test_a_program_invites_once_per_key(desk: Desk, browser: Browsers) -> None:
    token = desk.token(desk.supervisor())
    client = browser().client
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "invitar-a-nora-1"}
    sent = {"email": INVITED["email"], "full_name": "Nora", "role": "senior", "skills": {"presupuesto": 3}}
    answers = [client.post("/api/v1/invitations", json=sent, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert len(links(desk)) == 1
    found = answers[0].get_json()["id"]
    assert client.post(f"/api/v1/invitations/{found}/resend", headers=headers).get_json()["sent_count"] == 2
    assert client.delete(f"/api/v1/invitations/{found}", headers=headers).status_code == 204
    assert [one["state"] for one in client.get("/api/v1/invitations", headers=headers).get_json()] == ["revoked"]
    assert client.delete(f"/api/v1/invitations/{new_id()}", headers=headers).status_code == 404


def test_an_admin_changes_roles_closes_accounts_and_takes_lost_factors_away(
    desk: Desk, browser: Browsers, audit_lines: Callable[[], list[tuple[str, str]]]
) -> None:
    julia, rosa = desk.colleague("Julia Espinoza", "admin"), desk.advisor()
    here, there = browser(), browser()
    here.enter(julia)
    there.enter(rosa)
    there.enrol()
    page = f"/personal/{rosa.id}"
    assert "Quitar el segundo factor" in here.get(page)
    for form, notice in (
        ({"act": "factor"}, "factor_quitado"), ({"act": "role", "role": "senior"}, "funcion"),
        ({"act": "sessions"}, "sesiones_cerradas"), ({"act": "close"}, "cuenta_cerrada"),
    ):  # fmt: skip
        assert here.send(page, form, page).location == f"{page}?aviso={notice}"
    assert there.open("/casos").status_code == 303
    assert browser().enter(rosa).status_code == 401, "closed"
    assert here.send(page, {"act": "open"}, page).status_code == 303
    assert browser().enter(rosa).status_code == 303, "with the password alone: the factor is gone"
    told = [(event.role, event.is_active) for event in desk.events(rosa.id, AccountUpdated)]
    assert told == [("senior", True), ("senior", False), ("senior", True)]
    done = [action for action, role in audit_lines() if role == "admin"]
    assert done == ["session.opened", "second_factor.reset", "account.role_changed", "session.revoked_by_admin",
                    "account.closed", "account.reopened"]  # fmt: skip


def test_nobody_changes_their_own_role_and_somebody_always_manages(desk: Desk, browser: Browsers) -> None:
    julia, here = desk.colleague("Julia Espinoza", "admin"), browser()
    here.enter(julia)
    page = f"/personal/{julia.id}"
    assert here.send(page, {"act": "role", "role": "advisor"}, "/cuenta").status_code == 403
    assert here.send(page, {"act": "close"}, "/cuenta").status_code == 403
    other = desk.colleague("Otra Admin", "admin")
    with desk.work() as work:
        staff_accounts.set_active(work, other, julia.id, is_active=False)
    with pytest.raises(LastAdminError), desk.work() as work:
        staff_accounts.change_role(work, julia, other.id, "advisor")
    with pytest.raises(RoleNotAllowedError), desk.work() as work:
        staff_accounts.change_role(work, julia, other.id, "king")


def test_the_audit_is_read_by_person_act_and_thing_page_by_page(desk: Desk, browser: Browsers) -> None:
    elena, rosa, here = desk.supervisor(), desk.advisor(), browser()
    for _ in range(3):
        browser().enter(rosa)
    here.enter(elena)
    page = here.get("/auditoria")
    assert "Ingresó" in page
    assert "Rosa Huamán" in page
    assert "Elena Quiñones" in here.get(f"/auditoria?quien={elena.id}&que=session")
    assert "No hay nada que mostrar" in here.get("/auditoria?sobre=v-7k3m-92qx")
    assert here.get("/auditoria?quien=nadie&que=%25&sobre=x")
    headers = {"Authorization": f"Bearer {desk.token(elena)}"}
    query = {"actor_id": str(rosa.id), "action": "session", "limit": 2}
    first = here.client.get("/api/v1/audit", query_string=query, headers=headers).get_json()
    assert [line["action"] for line in first["lines"]] == ["session.opened"] * 2
    rest = here.client.get(
        "/api/v1/audit", query_string={**query, "cursor": first["next_cursor"]}, headers=headers
    ).get_json()
    assert (len(rest["lines"]), rest["next_cursor"]) == (1, None)
    seqs = [line["seq"] for line in first["lines"] + rest["lines"]]
    assert seqs == sorted(seqs, reverse=True)
    assert here.client.get("/api/v1/audit?cursor=zzz", headers=headers).status_code == 422

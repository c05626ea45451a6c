"""What people reach for that is not theirs is refused, and the try is in the audit (PRODUCT: permissions by object)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.accounts import audit_refusals
from tests.integration.accounts.conftest import Browser
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration
Browsers = Callable[..., Browser]


def refusals(desk: Desk) -> list[Any]:
    return desk.rows("SELECT subject, actor_id, detail FROM audit_entry WHERE action = 'access.refused' ORDER BY seq")


def test_a_case_of_somebody_else_does_not_exist_and_the_try_is_noted(desk: Desk, browser: Browsers) -> None:
    desk.advisor()
    sent = desk.submit()
    luis = desk.advisor("Luis Paz", contrataciones=3)
    here = browser()
    here.enter(luis)
    headers = {"Authorization": f"Bearer {desk.token(luis)}"}
    assert here.open(f"/casos/{sent.code}").status_code == 404
    assert here.client.get(f"/api/v1/cases/{sent.code}", headers=headers).status_code == 404
    body = {"version": 1, "body": "Así se hace, según la norma."}
    assert here.client.post(f"/api/v1/cases/{sent.code}/answer", json=body, headers=headers).status_code == 404
    assert here.open("/casos/V-0000-0000").status_code == 404
    noted = refusals(desk)
    assert {(row.subject, row.actor_id) for row in noted} == {(f"case:{sent.code}", luis.id)}
    assert [(row.detail["method"], row.detail["status"]) for row in noted] == [
        ("GET", 404),
        ("GET", 404),
        ("POST", 404),
    ]


def test_what_a_role_may_not_do_is_noted(desk: Desk, browser: Browsers) -> None:
    rosa, here = desk.advisor(), browser()
    here.enter(rosa)
    assert here.open("/supervision").status_code == 403
    (noted,) = refusals(desk)
    assert (noted.detail["route"], noted.detail["status"]) == ("/supervision", 403)


def test_a_stranger_leaves_no_line(desk: Desk, browser: Browsers) -> None:
    sent = desk.submit()
    browser().open(f"/casos/{sent.code}")
    assert refusals(desk) == []


def test_refusals_do_not_fill_the_disk(desk: Desk, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_refusals, "MOST_AN_HOUR", 3)
    here = browser()
    here.enter(desk.advisor())
    for _ in range(6):
        assert here.open("/supervision").status_code == 403
    assert [row.detail.get("is_last_of_the_hour", False) for row in refusals(desk)] == [False, False, True]

"""What an official sees of consultations that the desk merges, separates or splits: nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.case import CaseMerged, CaseSplit, CaseUnmerged
from shared.ids import new_id
from shared.messaging.retry import NotYet
from tests.integration.intake.conftest import DUE, LUIS, NOW, ROSA, Browser, Desk, Official

pytestmark = pytest.mark.integration


@pytest.fixture
def who(official: Callable[..., Official]) -> Official:
    return official()


@pytest.fixture
def code(who: Official) -> str:
    return who.ask()


@pytest.fixture
def at_desk(desk: Callable[..., Desk], who: Official, code: str) -> Desk:
    return desk(who, code)


def said(shown: dict[str, Any]) -> str:
    """The whole timeline."""
    return " ".join(entry["text"] for entry in shown["timeline"])


def merged(at: Desk, **changes: Any) -> CaseMerged:
    values = {
        "into_id": new_id(), "into_code": "V-4H2P-61TA", "is_same_official": False, "advisor": LUIS,
        "promised_at": DUE, "merged_at": NOW,
    }  # fmt: skip
    return CaseMerged(**at.case, **{**values, **changes})


def unmerged(at: Desk, **changes: Any) -> CaseUnmerged:
    values = {
        "from_id": new_id(), "advisor": ROSA, "is_waiting": False, "promised_at": DUE, "unmerged_at": NOW,
    }  # fmt: skip
    return CaseUnmerged(**at.case, **{**values, **changes})


def split(at: Desk, **changes: Any) -> CaseSplit:
    values = {
        "new_consultation_id": new_id(), "subject_line": "Licencia", "body": "¿Y la licencia de edificación?",
        "submitted_at": NOW - timedelta(days=1), "split_at": NOW,
    }  # fmt: skip
    return CaseSplit(**at.case, **{**values, **changes})


def test_a_merged_consultation_shows_who_answers_it_and_nothing_of_somebody_else_s(
    who: Official, code: str, at_desk: Desk
) -> None:
    at_desk.tell(at_desk.classified(), at_desk.assigned(ROSA), merged(at_desk))
    shown = who.sheet(code)
    assert (shown["status"], shown["advisor"]["full_name"], shown["promised_at"]) == (
        "assigned", "Luis Paz", DUE.isoformat(),
    )  # fmt: skip
    assert "V-4H2P-61TA" not in who.get(f"/consultations/{code}").text
    assert "otra consulta que pregunta lo mismo" in said(shown)
    at_desk.tell(at_desk.answered("La respuesta de todos."))
    shown = who.sheet(code)
    assert (shown["status"], shown["messages"][-1]["body"]) == ("answered", "La respuesta de todos.")


def test_one_s_own_other_consultation_is_named(who: Official, code: str, at_desk: Desk) -> None:
    at_desk.tell(merged(at_desk, is_same_official=True, advisor=None, promised_at=None))
    shown = who.sheet(code)
    assert (shown["status"], shown["promised_at"]) == ("in_review", None)
    assert "V-4H2P-61TA" in said(shown)


def test_a_separated_consultation_goes_on_by_itself_or_waits_again(who: Official, code: str, at_desk: Desk) -> None:
    at_desk.tell(at_desk.assigned(), at_desk.asked_back(), merged(at_desk))
    assert who.sheet(code)["status"] == "assigned", "nobody waits for this official now"
    at_desk.tell(unmerged(at_desk, is_waiting=True, promised_at=None))
    assert who.sheet(code)["status"] == "waiting_for_you"
    at_desk.tell(merged(at_desk), unmerged(at_desk))
    shown = who.sheet(code)
    assert (shown["status"], shown["advisor"]["full_name"]) == ("assigned", "Rosa Huamán")
    assert all(entry["text"] and not entry["text"].startswith("case.") for entry in shown["timeline"])


def test_an_undone_merge_that_comes_before_its_merge_leaves_the_newer_word(
    who: Official, code: str, at_desk: Desk
) -> None:
    first, second = at_desk.envelope(merged(at_desk)), at_desk.envelope(unmerged(at_desk))
    at_desk.deliver(second, first, second, first)
    assert who.sheet(code)["advisor"]["full_name"] == "Rosa Huamán"


def test_a_part_gets_a_code_of_its_own_and_keeps_the_day_of_the_whole(
    who: Official, code: str, at_desk: Desk, emitted: Callable[[], list[str]]
) -> None:
    event = split(at_desk)
    at_desk.deliver(*[at_desk.envelope(event)] * 3)
    at_desk.tell(event)
    lines = who.get("/consultations").json["items"]
    assert len(lines) == 2
    [part] = [one for one in lines if one["code"] != code]
    shown = who.sheet(part["code"])
    assert (UUID(shown["id"]), shown["submitted_at"]) == (event.new_consultation_id, event.submitted_at.isoformat())
    assert (shown["body"], shown["status"], shown["channel"]) == (event.body, "received", "desk")
    assert code in said(shown)
    assert part["code"] in said(who.sheet(code))
    assert emitted().count("consultation.submitted") == 2


def test_a_part_of_a_consultation_that_is_not_here_waits(at_desk: Desk) -> None:
    at_desk.case = {**at_desk.case, "consultation_id": new_id()}
    with pytest.raises(NotYet):
        at_desk.tell(split(at_desk))


def test_the_page_says_it_in_words(signed_in: tuple[Browser, Official], desk: Callable[..., Desk]) -> None:
    browser, who = signed_in
    code = who.ask()
    at = desk(who, code)
    at.tell(merged(at), split(at), unmerged(at))
    page = browser.get(f"/consultas/{code}")
    for words in (
        "otra consulta que pregunta lo mismo",
        "se atiende por separado, con el código",
        "Vuelve a atenderse",
    ):
        assert words in page

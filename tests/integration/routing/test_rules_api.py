"""The API of policies, calendars and closed days: from a draft to the adopted date, and everything it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import answering
from shared.accounts.people import Person
from shared.contracts.case import CaseRescheduled
from tests.support.background import in_background
from tests.support.routing_desk import Desk
from tests.support.sla_editing import finished, tomorrow_onwards

pytestmark = pytest.mark.integration

_keys = count(1)


class Program:
    """Calls the API for one person."""

    def __init__(self, desk: Desk, client: FlaskClient, person: Person) -> None:
        self._desk, self._client, self._token = desk, client, desk.token(person)

    def __call__(
        self, method: str, path: str, expected: int = 200, *, language: str = "es", key: str = "", **sent: Any
    ) -> Any:
        answer = self.ask(method, path, language=language, key=key, **sent)
        assert answer.status_code == expected, answer.text
        return answer.get_json(silent=True)

    def ask(self, method: str, path: str, *, language: str = "es", key: str = "", **sent: Any) -> TestResponse:
        headers = {
            "Authorization": f"Bearer {self._token}", "Accept-Language": language,
            "Idempotency-Key": key or f"una-clave-{next(_keys):06}",
        }  # fmt: skip
        is_query = method in ("GET", "DELETE")
        options: dict[str, Any] = {"query_string": sent} if is_query else {"json": sent}
        return self._client.open(f"/api/v1/rules{path}", method=method, headers=headers, **options)

    def until_done(self, run: dict[str, Any]) -> Any:
        """A run, after the clock has done all of it."""
        finished(self._desk, run["id"])
        return self("GET", f"/runs/{run['id']}")


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client(use_cookies=False)


@pytest.fixture
def boss(desk: Desk, client: FlaskClient) -> Program:
    return Program(desk, client, desk.supervisor())


@pytest.fixture
def decree(boss: Program) -> Callable[..., Any]:
    """Close the next four days in the draft; returns the draft."""

    def add(version: int = 0) -> Any:
        days = [
            {"when": day.isoformat(), "name": "Duelo nacional", "norm": "DS 150-2026-PCM", "is_made_up": True}
            for day in tomorrow_onwards(4)
        ]
        return boss("POST", "/calendar/draft/days", version=version, days=days)

    return add


def halved(policy: dict[str, Any]) -> dict[str, Any]:
    for rule in policy["rules"]:
        rule["targets"] = {name: seconds // 2 for name, seconds in rule["targets"].items()}
    return policy


def test_from_a_draft_of_the_policy_to_what_a_new_case_is_promised(desk: Desk, boss: Program) -> None:
    desk.advisor()
    old = desk.submit()
    draft = boss("GET", "/policy/draft")
    assert (draft["version"], draft["changes"]) == (0, [])
    saved = boss("PUT", "/policy/draft", version=0, **halved(draft["policy"]))
    assert saved["version"] == 1
    assert "tramite, primera respuesta: 2 d → 1 d." in saved["changes"]
    assert boss("GET", "/policy/draft", language="en")["changes"][0].startswith("urgent")
    trial = boss("POST", "/policy/trials", 202)
    assert (trial["purpose"], trial["state"], trial["total"], trial["draft_version"]) == ("trial", "running", 1, 1)
    assert "what_if" not in trial
    done = boss.until_done(trial)
    assert (done["state"], done["done"], done["is_publishable"]) == ("done", 1, True)
    assert done["what_if"]["open"]["earlier"] == 1
    [changed] = boss("GET", f"/runs/{trial['id']}/cases")["cases"]
    assert changed["code"] == old.code
    assert changed["promised_after"] < changed["promised_before"]
    edition = boss(
        "POST",
        "/policy/editions",
        201,
        version=1,
        trial_id=trial["id"],
        reason="Responder antes",
        key="publicar-una-vez",
    )
    assert (edition["number"], edition["name"], edition["is_in_force"]) == (2, "P2", True)
    again = boss(
        "POST",
        "/policy/editions",
        201,
        version=1,
        trial_id=trial["id"],
        reason="Responder antes",
        key="publicar-una-vez",
    )
    assert again == edition, "the same key is the same publication"
    assert edition["policy"]["rules"] == saved["policy"]["rules"]
    assert boss("GET", "")["policy"]["in_force"] == {"number": 2, "name": "P2"}
    new = desk.submit()
    assert desk.case(new.consultation_id).policy_version == "P2"
    assert desk.case(old.consultation_id).policy_version == "2026.1"
    [audited] = desk.rows("SELECT subject FROM audit_entry WHERE action = 'policy.published'")
    assert audited.subject == "policy:2"


def test_a_decree_is_previewed_and_adopted_by_open_cases(desk: Desk, boss: Program, decree: Callable[..., Any]) -> None:
    rosa = desk.advisor()
    moving, ending = desk.submit(), desk.submit()
    assert decree()["version"] == 1
    trial = boss.until_done(boss("POST", "/calendar/trials", 202))
    boss("POST", "/calendar/editions", 201, version=1, trial_id=trial["id"], reason="DS 150-2026-PCM")
    with desk.work() as work:
        version = desk.case(ending.consultation_id).version
        answering.answer(work, ending.code, rosa, version=version, body="Así es.")
    preview = boss.until_done(boss("POST", "/calendar/editions/2/previews", 202))
    assert (preview["total"], preview["what_if"]["open"]["later"], preview["what_if"]["received"]) == (1, 1, 0)
    before = desk.case(moving.consultation_id).promised_at
    assert before is not None
    started = boss("POST", "/calendar/editions/2/recalculations", 202, reason="Duelo nacional")
    refused = boss("POST", "/calendar/editions/2/recalculations", 409, reason="Otra vez")
    assert refused["run_id"] == started["id"]
    assert refused["detail"] == "Ya hay un recálculo en curso; espere a que termine."
    done = boss.until_done(started)
    assert done["adopted"] == {"moved": 1, "same_date": 0, "same_rules": 0, "ended": 0, "unreadable": 0}
    after = desk.case(moving.consultation_id).promised_at
    assert after is not None
    assert after > before
    [told] = desk.events(moving.consultation_id, CaseRescheduled)
    assert (told.reason, told.note) == ("calendar_changed", "Duelo nacional")
    assert {one["purpose"] for one in boss("GET", "/calendar/editions/2")["runs"]} == {"preview", "recalculation"}


def test_a_policy_that_cannot_be_is_refused_in_the_words_of_the_page(boss: Program) -> None:
    good = boss("GET", "/policy/draft")["policy"]
    general = good["rules"][-1]
    tried = {
        "La regla «otra» nunca se aplicaría": {"rules": [*good["rules"], {**general, "name": "otra"}]},
        "La última regla debe valer para todos los casos": {
            "rules": [*good["rules"][:-1], {**general, "when": {"is_urgent": False}}]
        },
        "porcentajes crecientes entre 1 y 99": {"ladder": [{"percent": 120, "to": ["advisor"]}]},
        "va a alguien": {"ladder": [{"percent": 50, "to": []}]},
        "recordatorio antes de su límite": {"waiting_reminder_seconds": good["waiting_limit_seconds"]},
        "necesita un plazo mayor que cero": {
            "rules": [{**general, "targets": {**general["targets"], "resolution_seconds": 0}}]
        },
    }
    for sentence, change in tried.items():
        refused = boss("PUT", "/policy/draft", 422, version=0, **{**good, **change})
        assert sentence in refused["errors"]["content"][0]
    wrong = {
        **general,
        "when": {"topics": ["astrología"]},
        "targets": {**general["targets"], "resolution_seconds": 1e9},
    }
    refused = boss("PUT", "/policy/draft", 422, version=0, **{**good, "rules": [wrong]})
    assert set(refused["errors"]["rules"]["0"]) == {"when", "targets"}
    assert boss("GET", "/policy/draft")["version"] == 0


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ("mon 08:00-13:00,12:00-17:00", "se superponen"),
        ("mon 22:00-06:00", "cruza la medianoche"),
        ("de 8 a 5", "No se entiende el día"),
        (" ", "No hay horario"),
        ("sun 08:00-08:01", "no tiene ni una hora de atención en 60 días"),
    ],
)
def test_a_week_that_cannot_be_is_refused_in_the_words_of_the_page(boss: Program, hours: str, says: str) -> None:
    refused = boss("PUT", "/calendar/draft/hours", 422, version=0, hours=hours)
    assert says in refused["errors"]["content"][0]
    assert boss("GET", "/calendar/draft")["version"] == 0


def test_hours_and_days_of_the_draft_are_changed_and_the_draft_is_discarded(desk: Desk, boss: Program) -> None:
    saved = boss("PUT", "/calendar/draft/hours", version=0, hours="lun-vie 09:00-13:00; sab 09:00-12:00")
    assert saved["calendar"]["hours"] == "mon-fri 09:00-13:00; sat 09:00-12:00"
    day = {"when": "12-24", "name": "Víspera", "norm": "DS 9", "closed_window": "08:00-13:00", "first_year": 2026}
    added = boss("POST", "/calendar/draft/days", version=1, days=[day])
    assert "Se agrega 12-24 08:00-13:00, Víspera (DS 9)." in added["changes"]
    twice = boss("POST", "/calendar/draft/days", 422, version=2, days=[day])
    assert "Ese día ya está en el calendario" in twice["errors"]["content"][0]
    eves = [one for one in boss("GET", "/calendar/draft", year=2027)["calendar"]["days"] if one["name"] == "Víspera"]
    assert [one["first_year"] for one in eves] == [2026]
    assert not [one for one in boss("GET", "/calendar/draft", year=2025)["calendar"]["days"] if one in eves]
    removed = boss("POST", "/calendar/draft/days/remove", version=2, keys=[eves[0]["key"]])
    assert removed["version"] == 3
    assert eves[0] not in removed["calendar"]["days"]
    boss("DELETE", "/calendar/draft", 409, version=1)
    boss("DELETE", "/calendar/draft", 204, version=3)
    assert boss("GET", "/calendar/draft")["version"] == 0
    assert desk.rows("SELECT FROM sla_draft") == []


def test_a_file_of_days_is_judged_row_by_row_before_anything_is_kept(desk: Desk, boss: Program) -> None:
    text = (
        "fecha;nombre;norma;ubigeo;horas;se_recupera\n24/12/2026;Víspera de Navidad;DS 9;;08:00-13:00;no\n"
        "2026-12-25;Navidad;DL 713;;;no\n24/12/2026;Otra vez;DS 9;;08:00-13:00;no\nmañana;Sin fecha;DS 9;;;no\n"
    )
    judged = boss("POST", "/calendar/draft/days/import/preview", text=text)
    assert [row["verdict"] for row in judged["rows"]] == ["new", "known", "repeated", "wrong"]
    assert (judged["new"], judged["wrong"]) == (1, 1)
    assert "«mañana» no es un valor" in judged["rows"][3]["error"]
    assert desk.rows("SELECT FROM sla_draft") == []
    added = boss("POST", "/calendar/draft/days/import", version=0, text=text)
    assert added["changes"] == ["Se agrega 2026-12-24 08:00-13:00, Víspera de Navidad (DS 9)."]
    refused = boss("POST", "/calendar/draft/days/import", 422, version=1, text=text)
    assert refused["errors"]["content"] == ["El archivo no trae ningún día nuevo."]
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\n"
        "DTSTART;VALUE=DATE:20270115\r\nSUMMARY:Aniversario\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    wanted = {"text": calendar, "norm": "Ordenanza 1", "ubigeo_prefix": "0901"}
    added = boss("POST", "/calendar/draft/days/import", version=1, **wanted)
    assert "Se agrega 2027-01-15, Aniversario (0901; Ordenanza 1)." in added["changes"]
    for nonsense in ("hola", "fecha,nombre\n"):
        boss("POST", "/calendar/draft/days/import/preview", 422, text=nonsense)


def test_two_supervisors_do_not_overwrite_each_other(desk: Desk, client: FlaskClient, boss: Program) -> None:
    other = Program(desk, client, desk.supervisor("Otra Persona"))
    policy = boss("GET", "/policy/draft")["policy"]
    other("PUT", "/policy/draft", version=0, **{**policy, "reopen_within_days": 40})
    refused = boss("PUT", "/policy/draft", 409, version=0, **{**policy, "reopen_within_days": 50})
    assert refused["code"] == "stale_version"
    assert refused["current"]["version"] == 1
    assert refused["current"]["changed_by"] == "Otra Persona"
    assert boss("GET", "/policy/draft")["policy"]["reopen_within_days"] == 40


def test_of_two_first_drafts_saved_in_the_same_moment_one_is_kept_and_one_refused(desk: Desk) -> None:
    programs = [
        Program(desk, build_app(desk.parts).test_client(use_cookies=False), desk.supervisor(name))
        for name in ("Elena Quiñones", "Otra Persona")
    ]
    policy = programs[0]("GET", "/policy/draft")["policy"]
    answers: list[int] = []

    def save(program: Program, days: int) -> None:
        sent = {**policy, "version": 0, "reopen_within_days": days}
        answers.append(program.ask("PUT", "/policy/draft", **sent).status_code)

    with in_background(partial(save, programs[0], 40), partial(save, programs[1], 50)):
        pass
    assert sorted(answers) == [200, 409]


def test_nothing_is_published_that_was_not_tried_as_it_stands(boss: Program, decree: Callable[..., Any]) -> None:
    boss("POST", "/calendar/trials", 409)
    decree()
    unfinished = boss("POST", "/calendar/trials", 202)
    wanted = {"version": 1, "trial_id": unfinished["id"], "reason": "Decreto"}
    assert "hay que ensayar" in boss("POST", "/calendar/editions", 409, **wanted)["detail"]
    boss.until_done(unfinished)
    boss("PUT", "/calendar/draft/hours", version=1, hours="mon-fri 09:00-13:00")
    assert "Otra persona cambió" in boss("POST", "/calendar/editions", 409, **wanted)["detail"]
    assert "hay que ensayar" in boss("POST", "/calendar/editions", 409, **{**wanted, "version": 2})["detail"]
    assert not boss("GET", f"/runs/{unfinished['id']}")["is_publishable"]
    assert boss("POST", "/calendar/editions", 422, **{**wanted, "reason": " "})["errors"]["reason"]


def test_only_the_edition_in_force_is_adopted_and_what_is_not_there_is_not_found(boss: Program) -> None:
    for act in ("previews", "recalculations"):
        boss("POST", f"/policy/editions/7/{act}", 409, **({} if act == "previews" else {"reason": "x"}))
    for path in ("/policy/editions/7", f"/policy/editions/{10**12}", "/runs/01a00000-0000-7000-8000-000000000000"):
        boss("GET", path, 404)
    boss("GET", "/runs/01a00000-0000-7000-8000-000000000000/cases", 404)
    delivered = boss("GET", "/calendar/editions/1")
    assert (delivered["is_in_force"], delivered["published_by"]) == (True, None)
    assert delivered["calendar"]["zone"] == "America/Lima"


def test_the_clocks_of_the_api_tell_the_pauses_and_what_moved_the_promise(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor()
    sent = desk.submit(submitted_at=datetime.now(UTC) - timedelta(hours=2))
    with desk.work() as work:
        version = desk.case(sent.consultation_id).version
        answering.ask_for_clarification(work, sent.code, rosa, version=version, body="¿De qué año?")
    desk.run("UPDATE case_history SET at = at - interval '1 hour' WHERE kind = 'clarification_requested'")
    headers = {"Authorization": f"Bearer {desk.token(rosa)}"}
    path = f"/api/v1/cases/{sent.code}/sla"
    waiting = client.get(path, headers=headers).get_json()
    [pause] = waiting["clocks"][0]["pauses"]
    assert (pause["to"], pause["reason"]) == (None, "waiting")
    assert [(one["type"], one["after"]) for one in waiting["moves"]] == [("clarification_requested", None)]
    desk.clarify(sent.consultation_id)
    clock = client.get(path, headers=headers).get_json()["clocks"][0]
    assert clock["pauses"][0]["from"] == pause["from"]
    assert clock["pauses"][0]["to"] > pause["from"]

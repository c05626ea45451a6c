"""The pages where supervisors edit policies, hours and holidays: without JavaScript, from draft to adopted date."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from shared.accounts.people import Person
from tests.support.routing_desk import Desk
from tests.support.sla_editing import finished, tomorrow_onwards
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

_HEAVIEST = 50_000


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def boss(desk: Desk) -> Person:
    return desk.supervisor()


@pytest.fixture
def browser(client: FlaskClient, boss: Person) -> StaffBrowser:
    return StaffBrowser(client, boss)


@pytest.fixture
def try_draft(desk: Desk, browser: StaffBrowser) -> Callable[[str], str]:
    """Press «Ensayar», let the clock work, and look at the result; returns the trial."""

    def press(slug: str) -> str:
        browser.open(f"/plazos/{slug}")
        sent = browser.send(f"/plazos/{slug}/ensayo")
        assert "En curso" in sent.text
        trial = sent.request.path.rpartition("/")[2]
        finished(desk, trial)
        browser.open(f"/plazos/ensayos/{trial}")
        return trial

    return press


def policy_form(page: str) -> dict[str, object]:
    """What a browser would send of the policy's form, untouched."""
    form = page[page.index('action="/plazos/politica" class="card"') :]
    fields: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form[: form.index("</form>")]):
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or (kind is not None and kind[1] == "checkbox" and " checked" not in tag):
            continue
        known = fields.setdefault(name[1], [])
        assert isinstance(known, list)
        known.append(value[1] if value else "")
    for number in range(len(re.findall(r'name="r\d+_name"', form))):
        chosen = re.search(rf'name="r{number}_urgent">.*?</select>', form, re.DOTALL)
        assert chosen is not None
        picked = re.search(r'value="([^"]*)" selected', chosen[0])
        fields[f"r{number}_urgent"] = picked[1] if picked else ""
    return fields


def test_from_the_form_of_the_policy_to_the_date_of_an_open_case(
    desk: Desk, browser: StaffBrowser, try_draft: Callable[[str], str]
) -> None:
    desk.advisor()
    old = desk.submit()
    before = desk.case(old.consultation_id).promised_at
    form = policy_form(browser.open("/plazos/politica")) | {"r3_first": "1 d", "s1_percent": "50", "s1_to": ["advisor"]}
    saved = browser.client.post("/plazos/politica", data=form, follow_redirects=True)
    assert "tramite, primera respuesta: 2 d → 1 d." in saved.text
    assert (
        "Avisos: 75 % (asesor), 100 % (supervisión) → 50 % (asesor), 75 % (asesor), 100 % (supervisión)." in saved.text
    )
    try_draft("politica")
    assert "vencerían antes" in browser.page
    published = browser.send("/plazos/politica/publicar", reason="Responder antes los trámites")
    assert "Política P2" in published.text
    assert "en vigor" in published.text
    assert desk.case(old.consultation_id).promised_at == before
    running = browser.send("/plazos/politica/ediciones/2/recalculo", reason="También a los abiertos")
    finished(desk, running.request.path.rpartition("/")[2])
    moved = desk.case(old.consultation_id).promised_at
    assert moved is not None
    assert before is not None
    assert moved < before
    assert "Plazos contados de nuevo con la edición P2." in browser.open(f"/casos/{old.code}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"r3_first": "pronto"}, "No se entiende el plazo «pronto»"),
        (
            {"r4_name": "otra", "r4_first": "1 d", "r4_next": "1 d", "r4_final": "1 d"},
            "La regla «otra» nunca se aplicaría",
        ),
        ({"r3_urgent": "no"}, "La última regla debe valer para todos los casos"),
        ({"s0_percent": "120"}, "porcentajes crecientes entre 1 y 99"),
        ({"s0_to": []}, "va a alguien"),
        ({"waiting_reminder": "20 d"}, "recordatorio antes de su límite"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_in_words_and_what_was_typed_stays(
    browser: StaffBrowser, change: dict[str, object], says: str
) -> None:
    form = policy_form(browser.open("/plazos/politica")) | {"r1_name": "Mi regla legal"} | change
    answer = browser.client.post("/plazos/politica", data=form)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="Mi regla legal"' in answer.text


@pytest.mark.parametrize(
    ("windows", "says"),
    [
        ("08:00-13:00, 12:00-17:00", "se superponen"),
        ("22:00-06:00", "cruza la medianoche"),
        ("de 8 a 5", "No se entiende la ventana"),
    ],
)
def test_hours_that_cannot_be_are_refused_and_what_was_typed_stays(
    browser: StaffBrowser, windows: str, says: str
) -> None:
    browser.open("/plazos/calendario")
    answer = browser.send("/plazos/calendario/horario", day_mon=windows)
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{windows}"' in answer.text


def test_a_week_without_an_open_hour_is_refused(browser: StaffBrowser) -> None:
    browser.open("/plazos/calendario")
    assert "No hay horario" in browser.send("/plazos/calendario/horario").text


def test_a_holiday_is_declared_tried_published_and_adopted(
    desk: Desk, browser: StaffBrowser, try_draft: Callable[[str], str]
) -> None:
    desk.advisor()
    sent = desk.submit()
    before = desk.case(sent.consultation_id).promised_at
    for day in tomorrow_onwards(4):
        browser.open("/plazos/calendario")
        added = browser.send("/plazos/calendario/dias", when=day.isoformat(), name="Duelo", norm="DS 150-2026-PCM")
        assert added.status_code == 200
        assert f"Se agrega {day.isoformat()}, Duelo (DS 150-2026-PCM)." in added.text
    again = browser.send("/plazos/calendario/dias", when=day.isoformat(), name="Otra vez", norm="DS 150-2026-PCM")
    assert again.status_code == 422
    assert "Ese día ya está en el calendario" in again.text
    try_draft("calendario")
    browser.send("/plazos/calendario/publicar", reason="Duelo nacional")
    running = browser.send("/plazos/calendario/ediciones/2/recalculo", reason="Duelo nacional")
    finished(desk, running.request.path.rpartition("/")[2])
    after = desk.case(sent.consultation_id).promised_at
    assert after is not None
    assert before is not None
    assert after > before
    explained = browser.open(f"/casos/{sent.code}/plazos")
    assert "Duelo" in explained
    assert "C2-" in explained


def test_a_day_can_be_taken_out_again_and_the_draft_discarded(desk: Desk, browser: StaffBrowser) -> None:
    page = browser.open("/plazos/calendario?anio=2027")
    key = re.search(r'name="day" value="(2027-07-28[^"]*)"', page)
    assert key is not None
    removed = browser.send("/plazos/calendario/quitar", day=[key[1]])
    assert "Se quita 2027-07-28, Fiestas Patrias" in removed.text
    browser.send("/plazos/calendario/descartar")
    assert desk.rows("SELECT FROM sla_draft") == []


def test_a_file_of_days_is_shown_row_by_row_before_anything_is_kept(desk: Desk, browser: StaffBrowser) -> None:
    browser.open("/plazos/calendario/importar")
    text = (
        "fecha;nombre;norma;ubigeo;horas;se_recupera\n24/12/2026;Víspera de Navidad;DS 9;;08:00-13:00;no\n"
        "2026-12-25;Navidad;DL 713;;;no\n24/12/2026;Otra vez;DS 9;;08:00-13:00;no\nmañana;Sin fecha;DS 9;;;no\n"
    )
    shown = browser.send("/plazos/calendario/importar", file=(io.BytesIO(text.encode("cp1252")), "dias.csv"))
    for words in ("4 filas: 1 nuevas, 1 con error", "repetido en el archivo", "ya está", "«mañana» no es un valor"):
        assert words in shown.text
    assert desk.rows("SELECT FROM sla_draft") == []
    added = browser.send("/plazos/calendario/importar/confirmar")
    assert "Se agrega 2026-12-24 08:00-13:00, Víspera de Navidad (DS 9)." in added.text


@pytest.mark.parametrize("data", [b"", b"hola", b"fecha,nombre\n", b"x" * 210_000])
def test_a_file_that_is_none_is_refused_in_words(browser: StaffBrowser, data: bytes) -> None:
    browser.open("/plazos/calendario/importar")
    answer = browser.send("/plazos/calendario/importar", file=(io.BytesIO(data), "dias.csv"))
    assert answer.status_code == 422
    assert "No se guardó nada todavía" in answer.text


def test_two_supervisors_do_not_overwrite_each_other(desk: Desk, browser: StaffBrowser, client: FlaskClient) -> None:
    mine = policy_form(browser.open("/plazos/politica"))
    other = StaffBrowser(build_app(desk.parts).test_client(), desk.supervisor("Otra Persona"))
    theirs = policy_form(other.open("/plazos/politica")) | {"reopen_within_days": "40"}
    assert other.client.post("/plazos/politica", data=theirs).status_code == 303
    answer = browser.client.post("/plazos/politica", data=mine | {"reopen_within_days": "50"})
    assert answer.status_code == 409
    assert "Otra persona cambió este borrador" in answer.text
    assert 'value="50"' in answer.text


def test_publishing_needs_a_reason_and_pressing_twice_publishes_once(
    desk: Desk, browser: StaffBrowser, try_draft: Callable[[str], str]
) -> None:
    form = policy_form(browser.open("/plazos/politica")) | {"reopen_within_days": "40"}
    browser.client.post("/plazos/politica", data=form)
    try_draft("politica")
    hidden = browser.hidden("/plazos/politica/publicar")
    refused = browser.client.post("/plazos/politica/publicar", data=hidden | {"reason": "  "})
    assert refused.status_code == 422
    assert "Escriba la razón" in refused.text
    for _ in range(2):
        assert browser.client.post("/plazos/politica/publicar", data=hidden | {"reason": "Así"}).status_code == 303
    assert len(desk.rows("SELECT FROM sla_edition")) == 1


def test_advisors_are_kept_out(desk: Desk, client: FlaskClient) -> None:
    rosa = StaffBrowser(client, desk.advisor())
    for path in ("/plazos", "/plazos/politica", "/plazos/calendario", "/plazos/calendario/importar"):
        rosa.open(path, 403)
    assert 'href="/plazos"' not in rosa.open("/casos")


def test_every_page_is_light_and_speaks_english_too(browser: StaffBrowser) -> None:
    for path in ("/plazos", "/plazos/politica", "/plazos/calendario", "/plazos/calendario/importar"):
        page = browser.open(f"{path}?lang=en")
        assert len(page.encode()) < _HEAVIEST, path
        assert "Guardar" not in page
        assert "Publicad" not in page

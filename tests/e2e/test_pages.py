"""Every page of the product, looked at: on a small phone and a desktop, for weight, complaints and accessibility."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from deploy.local.desk_clients import sandboxes_of
from tests.support.eventually import eventually
from tests.support.onlooker import DESKTOP, PHONE, Onlooker
from tests.support.running_system import RunningSystem
from tests.support.signed_in import People, Visitor

_HEAVIEST = 50_000
_GRAVE = {"serious", "critical"}
# WCAG 2.2 A and AA, and nothing that is only somebody's advice.
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@dataclass(frozen=True)
class Sight:
    """A page as somebody sees it."""

    name: str
    role: str
    service: str
    path: str


@dataclass(frozen=True)
class Story:
    """What the pages speak about."""

    answered: str
    waiting: str
    triage: str
    message_id: str
    advisor_id: str
    norm_id: str


SIGHTS = [
    Sight("inicio", "stranger", "intake", "/"),
    Sight("registro", "stranger", "intake", "/registro"),
    Sight("ingresar", "stranger", "intake", "/ingresar"),
    Sight("enlace", "stranger", "intake", "/ingresar/enlace/inventado"),
    Sight("api", "stranger", "intake", "/api/docs"),
    Sight("no-existe", "stranger", "intake", "/nada"),
    Sight("consultar", "official", "intake", "/consultar"),
    Sight("consultas", "official", "intake", "/consultas"),
    Sight("consulta-respondida", "official", "intake", "/consultas/{answered}"),
    Sight("consulta-en-espera", "official", "intake", "/consultas/{waiting}"),
    Sight("recibo", "official", "intake", "/consultas/{waiting}/recibo"),
    Sight("perfil", "official", "intake", "/perfil"),
    Sight("consulta-ajena", "official", "intake", "/consultas/V-0000-0000"),
    Sight("mesa-ingresar", "stranger", "routing", "/ingresar"),
    Sight("mesa-api", "stranger", "routing", "/api/docs"),
    Sight("casos", "advisor", "routing", "/casos"),
    Sight("casos-por-clasificar", "supervisor", "routing", "/casos?vista=triage"),
    Sight("casos-todos", "supervisor", "routing", "/casos?vista=all"),
    Sight("caso-respondido", "supervisor", "routing", "/casos/{answered}"),
    Sight("caso-en-espera", "supervisor", "routing", "/casos/{waiting}"),
    Sight("caso-por-clasificar", "supervisor", "routing", "/casos/{triage}"),
    Sight("plazos", "supervisor", "routing", "/casos/{waiting}/plazos"),
    Sight("supervision", "supervisor", "routing", "/supervision"),
    Sight("asesores", "supervisor", "routing", "/asesores"),
    Sight("asesor-nuevo", "supervisor", "routing", "/asesores/nuevo"),
    Sight("asesor", "supervisor", "routing", "/asesores/{advisor_id}"),
    Sight("borradores", "advisor", "routing", "/borradores"),
    Sight("revision", "advisor", "routing", "/revision"),
    Sight("revision-reglas", "supervisor", "routing", "/revision/reglas"),
    Sight("normas", "advisor", "routing", "/normas"),
    Sight("norma", "advisor", "routing", "/normas/{norm_id}"),
    Sight("norma-por-cuidar", "supervisor", "routing", "/normas/{norm_id}"),
    Sight("norma-nueva", "supervisor", "routing", "/normas/nueva"),
    Sight("biblioteca", "advisor", "routing", "/biblioteca"),
    Sight("biblioteca-texto", "supervisor", "routing", "/biblioteca/nuevo"),
    Sight("biblioteca-macro", "supervisor", "routing", "/biblioteca/nuevo?tipo=macro"),
    Sight("atajos", "advisor", "routing", "/atajos"),
    Sight("prohibido", "advisor", "routing", "/supervision"),
    Sight("mensajes", "reader", "notifications", "/?estado=all"),
    Sight("mensajes-de-una-consulta", "reader", "notifications", "/?codigo={answered}"),
    Sight("mensaje", "reader", "notifications", "/mensajes/{message_id}"),
    Sight("panel-ingresar", "stranger", "insights", "/ingresar"),
    Sight("panel", "operator", "insights", "/"),
    Sight("panel-semana", "operator", "insights", "/?periodo=semana"),
]
_BY_NAME = {sight.name: sight for sight in SIGHTS}


@pytest.fixture(scope="module")
def story(people: People) -> Story:
    """Consultations in every situation that pages tell apart."""
    codes = [
        _ask(people, subject, body)
        for subject, body in (
            ("Nota modificatoria", "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional?"),
            ("Ampliación de plazo", "¿Corresponde penalidad por mora al contratista que pidió ampliación (Ley 32069)?"),
            ("", "Vendemos tóner y laptops al mejor precio, aproveche nuestra promoción de fin de año"),
        )
    ]
    for code in codes[:2]:
        if people.supervisor.json(f"/api/v1/cases/{code}")["state"] == "triage":
            _act(people, code, "topic", topic="presupuesto")
        eventually(lambda code=code: people.supervisor.json(f"/api/v1/cases/{code}")["state"] == "assigned", within=60)
    _act(people, codes[0], "notes", body="Verifiqué la vigencia de la directiva.")
    _act(
        people,
        codes[0],
        "answer",
        body="Sí procede:\n\n1. Informe del área.\n2. Resolución del titular.\n\n" + "á" * 200,
        citations=[{"text": "LOM, art. 20"}, {"text": "Ley 30225, art. 10", "reason": "Se convocó en 2024."}],
    )
    _act(people, codes[1], "clarification", body="¿De qué obra y en qué fecha se pidió la ampliación?")
    for code, status in ((codes[0], "answered"), (codes[1], "waiting_for_you")):
        path = f"/api/v1/consultations/{code}"
        eventually(lambda p=path, s=status: people.official.json(p)["status"] == s, within=60)
    ledger = people.stranger("notifications")

    def messages() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ledger.get("/api/v1/messages", params={"subject": codes[0]}).json()["messages"]
        return found

    eventually(lambda: len(messages()) >= 4, within=60)
    advisors = people.supervisor.http.get("/api/v1/advisors").json()
    [norm] = people.supervisor.http.get(
        "/api/v1/norms", params={"q": "30225", "validity": "repealed", "limit": 1}
    ).json()["items"]
    return Story(codes[0], codes[1], codes[2], messages()[0]["id"], advisors[0]["id"], norm["id"])


@pytest.fixture(scope="module")
def states(people: People) -> dict[str, dict[str, Any]]:
    """The cookies of each role's browser."""
    found = {}
    for role in ("official", "advisor", "supervisor", "operator"):
        visitor: Visitor = people.visitor_of(role)
        cookies = [
            {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
            for name, value in visitor.http.cookies.items()
        ]
        found[role] = {"cookies": cookies, "origins": []}
    return found


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where the pictures are; told at the end, so that somebody looks at them."""
    folder = tmp_path_factory.mktemp("pages")
    yield folder
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\npictures of every page: {folder}")  # noqa: T201 - for whoever runs the tests


@pytest.mark.parametrize("name", _BY_NAME)
def test_a_page_is_light_fits_a_small_phone_and_is_accessible(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], gallery: Path, name: str
) -> None:
    sight = _BY_NAME[name]
    with Onlooker.beside(browser, viewport=PHONE, storage_state=states.get(sight.role)) as onlooker:
        onlooker.open(_address(system, story, sight))
        assert 1_000 < onlooker.bytes_loaded <= _HEAVIEST, onlooker.bytes_loaded
        onlooker.page.screenshot(path=gallery / f"{name}-360.png", full_page=True)
        _assert_fits(onlooker)
        _assert_nobody_complained(onlooker)
        found = Axe().run(onlooker.page, options=_RULES).response["violations"]
    grave = {
        one["id"]: [(node["html"][:200], node["failureSummary"]) for node in one["nodes"]]
        for one in found
        if one["impact"] in _GRAVE
    }
    assert grave == {}


@pytest.mark.parametrize("name", _BY_NAME)
def test_a_page_fits_a_desktop(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], gallery: Path, name: str
) -> None:
    sight = _BY_NAME[name]
    with Onlooker.beside(browser, viewport=DESKTOP, storage_state=states.get(sight.role)) as onlooker:
        onlooker.open(_address(system, story, sight))
        onlooker.page.screenshot(path=gallery / f"{name}-1280.png", full_page=True)
        _assert_fits(onlooker)
        _assert_nobody_complained(onlooker)


def test_the_sandboxes_fit_a_small_phone(browser: Browser, system: RunningSystem, story: Story, gallery: Path) -> None:
    sandboxes = sandboxes_of(system.configuration)
    mail = sandboxes.mails(subject=story.answered)[0]
    paths = {"correo": f"{sandboxes.mail_url}/", "correo-uno": f"{sandboxes.mail_url}/messages/{mail['id']}"}
    for name, url in {**paths, "telefono": f"{sandboxes.sms_url}/"}.items():
        with Onlooker.beside(browser, viewport=PHONE) as onlooker:
            onlooker.open(url)
            onlooker.page.screenshot(path=gallery / f"sandbox-{name}-360.png", full_page=True)
            _assert_fits(onlooker)
            _assert_nobody_complained(onlooker)


@pytest.mark.parametrize("name", ["registro", "consultar", "caso-en-espera", "asesor-nuevo"])
def test_a_form_can_be_filled_with_the_keyboard_alone(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], name: str
) -> None:
    sight = _BY_NAME[name]
    with Onlooker.beside(browser, storage_state=states.get(sight.role)) as onlooker:
        onlooker.open(_address(system, story, sight))
        page = onlooker.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        reached = set()
        for _ in range(120):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
        wanted = page.evaluate(
            "[...document.querySelectorAll('main input:not([type=hidden]), main textarea, main select')]"
            ".filter((one) => one.checkVisibility()).map((one) => one.id || one.name)"
        )
        assert set(wanted) <= reached


def _assert_fits(onlooker: Onlooker) -> None:
    """Nothing is wider than the window, nor is what is folded away; leaves everything unfolded."""
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()
    onlooker.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()


def _assert_nobody_complained(onlooker: Onlooker) -> None:
    """No error in the console, such as one of the content security policy, and nothing from elsewhere."""
    complaints = [said for said in onlooker.complaints if not re.search(r"status of (403|404)", said)]
    assert complaints == []
    assert onlooker.foreign == []


def _ask(people: People, subject: str, body: str) -> str:
    sent = people.official.post("/api/v1/consultations", {"subject": subject, "body": body})
    assert sent.status_code == 201, sent.text
    code: str = sent.json()["code"]
    eventually(lambda: people.supervisor.json(f"/api/v1/cases/{code}")["state"] in ("assigned", "triage"), within=60)
    return code


def _act(people: People, code: str, act: str, **fields: Any) -> None:
    version = people.supervisor.json(f"/api/v1/cases/{code}")["version"]
    done = people.supervisor.post(
        f"/api/v1/cases/{code}/{act}", {"version": version, **fields}, key=secrets.token_urlsafe(12)
    )
    assert done.status_code == 200, done.text


def _address(system: RunningSystem, story: Story, sight: Sight) -> str:
    return system.url(sight.service, sight.path.format(**vars(story)))

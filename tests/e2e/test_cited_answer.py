"""An answer with a norm and a file, from the advisor's browser to the official's, at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import ViewportSize, expect

from tests.support.desk_room import ANSWER, PATIENCE_MS, Room, Tabs, assert_accessible, assert_told, both_sizes
from tests.support.eventually import eventually

_CITED = "Ley N.° 27972, art. 41, num. 3"


@both_sizes
def test_an_answer_takes_a_norm_as_it_is_typed_and_a_file_as_it_is_chosen(
    room: Room, tab: Tabs, viewport: ViewportSize, tmp_path: Path
) -> None:
    act = tmp_path / "acta modelo.txt"
    act.write_text("Acta de conformidad: modelo.\n", encoding="utf-8")
    code = room.ask()
    desk, official = tab(viewport=viewport), tab(viewport=viewport)
    page = desk.page
    room.enter(page, room.advisor_of(code))
    room.open(page, code)
    page.get_by_label("Respuesta al funcionario").fill(ANSWER)

    box = page.get_by_label("Agregar una cita")
    box.fill("organica de municipalidades")
    page.locator("[data-cite-told]").get_by_role("button", name="Ley N.° 27972").click(timeout=PATIENCE_MS)
    expect(box).to_have_value("Ley N.° 27972")
    box.press_sequentially(", art. 41 num. 3")
    expect(page.locator("[data-cite-told]")).to_contain_text(f"Se citará: {_CITED}", timeout=PATIENCE_MS)
    assert_accessible(desk)
    page.get_by_role("button", name="Agregar cita").click()
    expect(page.locator("#citations")).to_contain_text(_CITED, timeout=PATIENCE_MS)
    expect(page.get_by_label("Respuesta al funcionario")).to_have_value(ANSWER)

    page.locator("input[data-attach]").set_input_files(act)
    expect(page.get_by_text("acta modelo.txt").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_label("Respuesta al funcionario")).to_have_value(ANSWER)
    assert_accessible(desk)
    page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(page, "La respuesta se envió")

    room.enter_as_official(official.page, room.people.official)
    address = room.system.url("intake", f"/consultas/{code}")

    def has_arrived() -> bool:
        official.page.goto(address)
        return _CITED in official.page.content()

    eventually(has_arrived, within=60)
    assert_accessible(official)
    with official.page.expect_download() as download:
        official.page.get_by_role("link", name="acta modelo.txt").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == act.read_text(encoding="utf-8")
    assert desk.complaints == official.complaints == []

"""Files go out with answers: all of them or none, what they say they are, and only to who was sent them."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from services.routing.domain.attachments import MOST_BYTES
from services.routing.entrypoints.wsgi import build_app
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered
from shared.ids import new_id
from tests.support import files
from tests.support.routing_desk import Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

BODY = "Se aprueba por resolución de alcaldía; adjunto el modelo."

Upload = tuple[str, bytes]


@pytest.fixture
def app(desk: Desk) -> Flask:
    return build_app(desk.parts)


def multipart(values: dict[str, Any], *uploads: Upload) -> dict[str, Any]:
    """A form with files, encoded in memory: the test client's own encoding leaves temporary files open."""
    fields: MultiDict[str, Any] = MultiDict(values)
    for name, content in uploads:
        fields.add("files", FileStorage(io.BytesIO(content), name))
    boundary, body = encode_multipart(fields)
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


class Writer:
    """An advisor with a case, at a browser without scripts and with a program."""

    def __init__(self, desk: Desk, app: Flask, person: Person, code: str) -> None:
        self.desk, self.app, self.person, self.code = desk, app, person, code
        self.browser, self.base = StaffBrowser(app.test_client(), person), f"/casos/{code}"

    def attach(self, *uploads: Upload, **more: Any) -> TestResponse:
        """Choose files in the form of the answer and press «Adjuntar»."""
        return self.post(f"{self.base}/adjuntos", *uploads, **more)

    def post(self, path: str, *uploads: Upload, **more: Any) -> TestResponse:
        values = self.browser.hidden(f"{self.base}/respuesta") | {"body": BODY} | more
        answer = self.browser.client.post(path, follow_redirects=True, **multipart(values, *uploads))
        self.browser.page = answer.text
        return answer

    def program(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.desk.token(self.person)}", "Idempotency-Key": str(new_id())}
        client = self.app.test_client(use_cookies=False)
        return client.open(f"/api/v1/cases/{self.code}{path}", method=method, headers=headers, **options)

    def upload(self, *uploads: Upload) -> TestResponse:
        return self.program("POST", "/drafts/answer/attachments", **multipart({}, *uploads))

    def version(self) -> int:
        return int(self.program("GET", "").json["version"])  # type: ignore[index]  # a sheet

    def held(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.program("GET", "/drafts/answer/attachments").json["attachments"]  # type: ignore[index]  # a list
        return found


@pytest.fixture
def rosa(desk: Desk, app: Flask) -> Writer:
    person, sent = desk.advisor("Rosa Huamán", presupuesto=1), desk.submit()
    writer = Writer(desk, app, person, sent.code)
    writer.browser.open(writer.base)
    return writer


def told(desk: Desk) -> list[CaseAnswered]:
    return desk.events(cls=CaseAnswered)


def test_files_go_out_with_the_answer_and_open_for_who_has_the_link(desk: Desk, app: Flask, rosa: Writer) -> None:
    model = files.docx()
    rosa.attach(("modelo.docx", model), ("cuadro.csv", b"a;b\n1;2"))
    assert "Los archivos están en su borrador" in rosa.browser.page
    assert rosa.browser.typed("answer") == BODY
    rosa.browser.send(f"{rosa.base}/respuesta", body=BODY)
    [event] = told(desk)
    assert [one.name for one in event.attachments] == ["modelo.docx", "cuadro.csv"]
    first = event.attachments[0]
    assert (first.byte_count, first.sha256) == (len(model), sha256(model).hexdigest())
    stranger = app.test_client()
    got = stranger.get(first.path)
    assert (got.status_code, got.data) == (200, model)
    assert got.headers["Content-Disposition"] == "attachment; filename=modelo.docx"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert stranger.get(f"{first.path}x").status_code == 404
    assert stranger.get("/adjuntos/").status_code == 404
    assert "modelo.docx" in rosa.browser.open(rosa.base)
    assert rosa.held() == []


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        (("virus.pdf", files.EXE), "por dentro"),
        (("grande.pdf", files.PDF + b" " * (MOST_BYTES + 1 - len(files.PDF))), "más de 2 MB"),
        (("vacio.pdf", b""), "está vacío"),
        (("carta.docx", files.docx(has_macros=True)), "macros"),
        (("informe\u202efdp.exe", files.EXE), "se aceptan"),
    ],
    ids=["exe", "too large", "empty", "macros", "turned name"],
)
def test_a_file_that_does_not_go_out_is_refused_in_words_and_the_text_stays(
    desk: Desk, rosa: Writer, upload: Upload, why: str
) -> None:
    answer = rosa.attach(upload, ("bueno.pdf", files.PDF))
    assert answer.status_code == 422
    assert why in answer.text
    assert rosa.browser.typed("answer") == BODY
    assert rosa.held() == [], "all of them, or none"
    refused = rosa.upload(upload)
    assert refused.status_code == 422
    assert why in str(refused.json["errors"]["attachments"])  # type: ignore[index]  # a problem
    assert [row.body for row in desk.rows("SELECT body FROM case_draft")] == [BODY]


def test_names_lose_their_folders_and_a_second_one_is_numbered(rosa: Writer) -> None:
    rosa.upload(("../../informe.pdf", files.pdf(1)))
    rosa.upload(("informe.pdf", files.pdf(2)))
    assert [one["name"] for one in rosa.held()] == ["informe.pdf", "informe (2).pdf"]


def test_the_same_file_twice_and_a_sixth_one_are_refused(rosa: Writer) -> None:
    assert rosa.upload(("a.pdf", files.pdf(1))).status_code == 201
    again = rosa.upload(("otro.pdf", files.pdf(1)))
    assert (again.status_code, "ya está adjunto" in again.text) == (422, True)
    assert rosa.upload(*((f"{number}.pdf", files.pdf(number)) for number in range(2, 6))).status_code == 201
    sixth = rosa.upload(("6.pdf", files.pdf(6)))
    assert (sixth.status_code, "cinco archivos" in sixth.text) == (422, True)
    assert len(rosa.held()) == 5


def test_a_file_is_taken_out_again_and_nothing_of_it_stays(desk: Desk, rosa: Writer) -> None:
    rosa.attach(("a.pdf", files.pdf(1)), ("b.pdf", files.pdf(2)))
    first = rosa.held()[0]["id"]
    rosa.browser.send(f"{rosa.base}/respuesta", to=f"{rosa.base}/adjuntos", body=BODY, file_drop=first)
    assert "El archivo se quitó" in rosa.browser.page
    assert [one["name"] for one in rosa.held()] == ["b.pdf"]
    rosa.program("DELETE", f"/drafts/answer/attachments/{rosa.held()[0]['id']}")
    assert desk.rows("SELECT * FROM attachment_content") == []


def test_discarding_the_text_discards_its_files(desk: Desk, rosa: Writer) -> None:
    rosa.attach(("a.pdf", files.PDF))
    rosa.browser.send(f"{rosa.base}/respuesta", to=f"{rosa.base}/borrador/respuesta/descartar")
    assert desk.rows("SELECT * FROM answer_attachment") == []


def test_a_file_chosen_and_not_attached_is_not_forgotten_silently(desk: Desk, rosa: Writer) -> None:
    rosa.browser.open(rosa.base)
    answer = rosa.browser.send(f"{rosa.base}/respuesta", body=BODY, files="informe.pdf")
    assert answer.status_code == 422
    assert "pulse «Adjuntar»" in answer.text
    assert rosa.browser.typed("answer") == BODY
    assert told(desk) == []


def test_a_file_added_in_another_window_is_not_sent_unseen(desk: Desk, app: Flask, rosa: Writer) -> None:
    rosa.browser.open(rosa.base)
    rosa.upload(("otra ventana.pdf", files.PDF))
    answer = rosa.browser.send(f"{rosa.base}/respuesta", body=BODY)
    assert answer.status_code == 422
    assert "cambiaron en otra ventana" in answer.text
    assert "otra ventana.pdf" in answer.text
    assert told(desk) == []
    rosa.browser.send(f"{rosa.base}/respuesta", body=BODY)
    assert [one.name for one in told(desk)[0].attachments] == ["otra ventana.pdf"]


def test_files_are_reviewed_with_the_text(desk: Desk, app: Flask, rosa: Writer) -> None:
    ana = Writer(desk, app, desk.advisor("Ana Mamani", presupuesto=3), rosa.code)
    luis = Writer(desk, app, desk.advisor("Luis Paredes", presupuesto=2), rosa.code)
    rosa.attach(("uno.pdf", files.pdf(1)))
    held = rosa.held()[0]["id"]
    path = f"{rosa.base}/adjuntos/{held}"
    assert luis.browser.client.get(path).status_code == 404, "nobody else's draft"
    rosa.browser.send(f"{rosa.base}/respuesta", to=f"{rosa.base}/revision", body=BODY)
    assert ana.browser.client.get(path).data == files.pdf(1)
    rosa.program("DELETE", f"/drafts/answer/attachments/{held}")
    assert len(rosa.held()) == 1, "a review waits with it"
    ana.browser.open(f"{rosa.base}/revision")
    ana.browser.send(f"{rosa.base}/revision/devolver", comment="Es otro archivo.")
    rosa.program("DELETE", f"/drafts/answer/attachments/{held}")
    rosa.browser.open(rosa.base)
    rosa.attach(("dos.pdf", files.pdf(2)))
    rosa.browser.send(f"{rosa.base}/respuesta", to=f"{rosa.base}/revision", body=BODY)
    page = ana.browser.open(f"{rosa.base}/revision")
    assert "<ins>" in page
    assert "<del>" in page
    ana.browser.send(f"{rosa.base}/revision/aprobar")
    assert [one.name for one in told(desk)[0].attachments] == ["dos.pdf"]


def test_a_file_sent_by_mistake_is_taken_back_and_its_link_says_so(desk: Desk, app: Flask, rosa: Writer) -> None:
    rosa.attach(("planilla.xlsx", files.xlsx()))
    rosa.browser.send(f"{rosa.base}/respuesta", body=BODY)
    [attachment] = told(desk)[0].attachments
    [sent] = desk.rows("SELECT attachment_id FROM answer_attachment")
    page = rosa.browser.open(rosa.base)
    assert "Retirar" in page
    rosa.browser.send(f"{rosa.base}/adjuntos/{sent.attachment_id}/retirar")
    assert "retirado por Rosa Huamán" in rosa.browser.page
    gone = app.test_client().get(attachment.path, headers={"Accept": "text/html"})
    assert gone.status_code == 410
    assert "se retiró" in gone.text
    assert rosa.browser.client.get(f"{rosa.base}/adjuntos/{sent.attachment_id}").status_code == 200, "staff still can"


def test_bytes_that_changed_are_not_served(desk: Desk, app: Flask, rosa: Writer) -> None:
    rosa.upload(("a.pdf", files.PDF))
    rosa.program("POST", "/answer", json={"version": rosa.version(), "body": BODY})
    desk.run("UPDATE attachment_content SET content = 'x'")
    assert app.test_client().get(told(desk)[0].attachments[0].path).status_code == 500


def test_who_tries_links_waits(app: Flask) -> None:
    stranger = app.test_client()
    seen = [stranger.get(f"/adjuntos/{number}").status_code for number in range(25)]
    assert seen[0] == 404
    assert seen[-1] == 429


def test_without_a_session_or_a_token_of_ours_nothing_is_taken(desk: Desk, app: Flask, rosa: Writer) -> None:
    upload = ("a.pdf", files.PDF)
    stranger = app.test_client()
    path = f"{rosa.base}/adjuntos"
    assert stranger.post(path, **multipart({"body": BODY}, upload)).status_code == 403
    rosa.browser.open(rosa.base)
    forged = rosa.browser.hidden(f"{rosa.base}/respuesta") | {"csrf_token": "x"}
    assert rosa.browser.client.post(path, **multipart(forged, upload)).status_code == 403
    desk.run("DELETE FROM account_session")
    assert rosa.browser.client.post(path, **multipart({"body": BODY}, upload)).status_code == 403
    assert desk.rows("SELECT * FROM answer_attachment") == []


def test_what_is_far_too_large_is_refused_before_it_is_read(app: Flask, rosa: Writer) -> None:
    huge = b"x" * (13 * 1024 * 1024)
    assert rosa.upload(("enorme.pdf", huge)).status_code == 413
    anonymous = app.test_client().post(
        f"/api/v1/cases/{rosa.code}/drafts/answer/attachments",
        **multipart({}, ("a.pdf", b"x" * 400_000)),
    )
    assert anonymous.status_code in (401, 413)

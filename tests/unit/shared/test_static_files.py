"""Styles and scripts go compressed to whoever takes them so, and plain to the others."""

import gzip

import pytest
from flask import Flask

from shared.http.static_files import static_blueprint

STYLE = "p { color: black }\n" * 100


@pytest.fixture
def client(tmp_path):
    own, shared = tmp_path / "own", tmp_path / "shared"
    for folder in (own, shared):
        folder.mkdir()
    (shared / "page.css").write_text(STYLE)
    (shared / "same.css").write_text("shared")
    (own / "same.css").write_text("own")
    (own / "picture.png").write_bytes(b"\x89PNG" * 200)
    (tmp_path / "secret.css").write_text("not for anybody")
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(static_blueprint(own, shared))
    return app.test_client()


def test_a_style_is_compressed_for_who_takes_it(client):
    answer = client.get("/static/page.css", headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data).decode() == STYLE
    assert len(answer.data) < len(STYLE) / 5


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0"])
def test_and_plain_for_who_does_not(client, accepted):
    answer = client.get("/static/page.css", headers={"Accept-Encoding": accepted}, buffered=True)
    assert "Content-Encoding" not in answer.headers
    assert answer.text == STYLE


def test_who_has_it_already_gets_it_not_again(client):
    first = client.get("/static/page.css", buffered=True)
    again = client.get("/static/page.css", headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_pictures_and_tiny_files_go_as_they_are(client):
    for name in ("picture.png", "same.css"):
        answer = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}, buffered=True)
        assert "Content-Encoding" not in answer.headers


def test_a_services_own_file_goes_before_the_shared_one(client):
    assert client.get("/static/same.css", buffered=True).text == "own"


@pytest.mark.parametrize("name", ["nothing.css", "../secret.css", "%2e%2e/secret.css", "/etc/passwd"])
def test_nothing_else_of_the_disk_is_given(client, name):
    assert client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}, buffered=True).status_code in (308, 404)

"""Pages are compressed when our own page or the person asked, and for nobody else."""

from __future__ import annotations

import gzip
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.http.compression import install_compression
from shared.http.csrf import _masked, _unmasked

_PAGE = "<!doctype html><p>" + "Consulta. " * 200


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    install_compression(app)
    app.add_url_rule("/", "page", lambda: _PAGE)
    app.add_url_rule("/short", "short", lambda: "<p>No.")
    app.add_url_rule("/json", "json", lambda: app.response_class(json.dumps([_PAGE]), mimetype="application/json"))
    return app.test_client()


def _ask(client: FlaskClient, path: str = "/", **headers: str) -> tuple[str | None, bytes]:
    sent = {"Accept-Encoding": "gzip, br", **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = client.get(path, headers=sent)
    return answer.headers.get("Content-Encoding"), answer.data


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_we_or_the_person_asked_for_is_compressed(client: FlaskClient, site: str) -> None:
    encoding, data = _ask(client, Sec_Fetch_Site=site)
    assert encoding == "gzip"
    assert gzip.decompress(data).decode() == _PAGE
    assert len(data) < len(_PAGE) / 5


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "anything"])
def test_what_another_site_asks_for_tells_nothing_by_its_length(client: FlaskClient, site: str) -> None:
    assert _ask(client, Sec_Fetch_Site=site) == (None, _PAGE.encode())
    assert _ask(client) == (None, _PAGE.encode())  # a browser that does not say who asked


@pytest.mark.parametrize("path", ["/short", "/json"])
def test_small_pages_and_answers_to_programs_stay_as_they_are(client: FlaskClient, path: str) -> None:
    assert _ask(client, path, Sec_Fetch_Site="same-origin")[0] is None


def test_caches_learn_what_the_answer_depends_on(client: FlaskClient) -> None:
    assert {"accept-encoding", "sec-fetch-site"} <= {one.lower() for one in client.get("/").vary}


def test_a_token_of_forms_is_never_written_the_same_way_twice_and_always_read_the_same() -> None:
    token = bytes(range(32))
    written = {_masked(token) for _ in range(50)}
    assert len(written) == 50
    assert {_unmasked(one) for one in written} == {token}
    assert all(_unmasked(one) != token for one in ("", "zz", "ab", token.hex(), "ñ", "0" * 127))

"""Files that go out with answers are what their names say, and have names that deceive nobody."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.attachments import KINDS, MOST_BYTES, AttachmentError, clean_name, judge, next_name
from tests.support import files


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("informe.pdf", files.PDF),
        ("Informe Final.PDF", files.PDF),
        ("carta.docx", files.docx()),
        ("cuadro.xlsx", files.xlsx()),
        ("carta.odt", files.odf("text")),
        ("cuadro.ods", files.odf("spreadsheet")),
        ("sello.png", files.png()),
        ("foto.jpg", files.jpg()),
        ("foto.jpeg", files.jpg()),
        ("notas.txt", files.TEXT),
        ("antiguo.txt", "año".encode("cp1252")),
        ("cuadro.csv", "año;monto\n2026;5500".encode("utf-16")),
    ],
)
def test_what_offices_use_goes_out(name: str, content: bytes) -> None:
    found = judge(name, content)
    assert found.name == name
    assert found.media_type in KINDS.values()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("virus.pdf", files.EXE, "por dentro"),
        ("virus.exe", files.EXE, "se aceptan"),
        ("virus.pdf.exe", files.EXE, "se aceptan"),
        ("sin nombre", files.PDF, "se aceptan"),
        ("informe\u202efdp.exe", files.PDF, "se aceptan"),
        ("pagina.pdf", b"<html><script>" + files.PDF, "por dentro"),
        ("carta.docx", files.xlsx(), "por dentro"),
        ("carta.docx", b"PK\x03\x04" + b"\x00" * 60, "por dentro"),
        ("carta.docx", files.docx(has_macros=True), "macros"),
        ("carta.odt", files.odf("text", **{"Basic/Standard/Module1.xml": "x"}), "macros"),
        ("carta.docm", files.docx(has_macros=True), "se aceptan"),
        ("foto.png", files.jpg(), "por dentro"),
        ("notas.txt", files.EXE, "por dentro"),
        ("vacio.pdf", b"", "vacío"),
        ("grande.pdf", files.PDF + b" " * (MOST_BYTES + 1 - len(files.PDF)), "2 MB"),
    ],
)
def test_what_is_not_what_it_says_stays_here(name: str, content: bytes, told: str) -> None:
    with pytest.raises(AttachmentError) as refused:
        judge(name, content)
    assert told in refused.value.sentence


def test_the_largest_file_that_is_taken_is_exactly_two_megabytes() -> None:
    assert judge("justo.pdf", files.PDF + b" " * (MOST_BYTES - len(files.PDF))).name == "justo.pdf"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("C:\\Mis documentos\\informe.pdf", "informe.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("informe\u202efdp.txt", "informefdp.txt"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("  .pdf", "pdf"),
        ("...", "archivo"),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
    ],
)
def test_names_are_bare(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=300))
def test_no_name_deceives(given_name: str) -> None:
    kept = clean_name(given_name)
    assert kept
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs") for one in kept)
    assert not set(kept) & set('/\\<>:"|?*')


def test_a_second_file_of_the_same_name_is_told_apart() -> None:
    taken = frozenset({"Informe.pdf", "informe (2).pdf"})
    assert next_name("informe.pdf", taken) == "informe (3).pdf"
    assert next_name("otro.pdf", taken) == "otro.pdf"

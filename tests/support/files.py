"""Small files of every kind that go with answers, and of those that do not."""

from __future__ import annotations

import io
import zipfile
import zlib

EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 200
PDF = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
TEXT = "Señor: adjunto el cálculo.\nS/ 5 500".encode()

_TYPES = '<Types><Override ContentType="{}.main+xml"/></Types>'
_OFFICE = "application/vnd.openxmlformats-officedocument."


def pdf(number: int = 0) -> bytes:
    """A PDF; another one for each number."""
    return PDF + f"% {number}\n".encode()


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = chunk(b"IHDR", b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\xff\xff\xff")) + chunk(b"IEND", b"")


def jpg() -> bytes:
    """The beginning and the end of a photograph."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 20 + b"\xff\xd9"


def docx(*, has_macros: bool = False) -> bytes:
    """A document of a word processor."""
    kind = "application/vnd.ms-word.document.macroEnabled" if has_macros else f"{_OFFICE}wordprocessingml.document"
    members = {
        "[Content_Types].xml": f'<Types><Override ContentType="{kind}.main+xml"/></Types>',
        "word/document.xml": "<w/>",
    }
    return _zip(members | ({"word/vbaProject.bin": "x"} if has_macros else {}))


def xlsx() -> bytes:
    """A spreadsheet."""
    return _zip(
        {"[Content_Types].xml": f'<Types><Override ContentType="{_OFFICE}spreadsheetml.sheet.main+xml"/></Types>'}
    )


def odf(kind: str = "text", **more: str) -> bytes:
    """A document of LibreOffice."""
    return _zip({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<office/>", **more})


def _zip(members: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return made.getvalue()

"""Which files may go out with an answer, judged by what they are and not by what they are called."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

import puremagic

from services.routing.domain.wording import N_

MOST_FILES = 5
MOST_BYTES = 2 * 1024 * 1024
_LONGEST_NAME = 100

_EMPTY = N_("«%(name)s» está vacío.")
_TOO_LARGE = N_("«%(name)s» pesa más de 2 MB: redúzcalo o divídalo.")
_UNKNOWN_KIND = N_("«%(name)s»: se aceptan pdf, docx, xlsx, odt, ods, png, jpg, txt y csv.")
_MISMATCH = N_("«%(name)s» no es por dentro lo que dice su nombre: ábralo, guárdelo de nuevo con su programa y súbalo.")
_MACROS = N_("«%(name)s» tiene macros: guárdelo sin ellas.")

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "odt": f"{_OPEN}text",
    "ods": f"{_OPEN}spreadsheet",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
}
"""Endings with the type a file of each is served as."""
_SAME_ENDING = {"jpeg": "jpg", "jfif": "jpg", "jpe": "jpg"}
_MAIN_PARTS = {
    "docx": b"wordprocessingml.document.main+xml",
    "xlsx": b"spreadsheetml.sheet.main+xml",
}
_MACRO_MARKS = (b"macroEnabled", b"vbaProject")
_MACRO_MEMBERS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|Basic/|Scripts/)", re.IGNORECASE)
_MOST_OF_A_MEMBER = 1_000_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class AttachmentError(ValueError):
    """A file that does not go out; `sentence` (Spanish) with its `values` says what to do."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.sentence, self.values = sentence, values


@dataclass(frozen=True, slots=True)
class Kind:
    """A file that may go out: the name it is given, and the type it is served as."""

    name: str
    media_type: str


def clean_name(given: str) -> str:
    """A file's own name: without folders, controls, marks that turn the reading direction, or more than it needs."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    name = re.sub(r'[<>:"|?*]', "_", " ".join(name.split())).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:_LONGEST_NAME] or "archivo"
    return f"{stem[: _LONGEST_NAME - len(ending) - 1].strip(' .') or 'archivo'}.{ending}"


def judge(given_name: str, content: bytes) -> Kind:
    """What a file is.

    :raises AttachmentError: empty, too large, of another kind than its name says, or with macros.
    """
    name = clean_name(given_name)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    ending = _SAME_ENDING.get(ending, ending)
    if ending not in KINDS:
        raise AttachmentError(_UNKNOWN_KIND, name=name)
    if not content:
        raise AttachmentError(_EMPTY, name=name)
    if len(content) > MOST_BYTES:
        raise AttachmentError(_TOO_LARGE, name=name)
    is_so = _is_text(content) if ending in ("txt", "csv") else _sniffed(content, ending)
    if is_so and ending in ("docx", "xlsx", "odt", "ods"):
        is_so = _is_office(name, content, ending)
    if not is_so:
        raise AttachmentError(_MISMATCH, name=name)
    return Kind(name, KINDS[ending])


def next_name(name: str, taken: frozenset[str]) -> str:
    """The name, or «name (2)» where another file has it."""
    stem, _, ending = name.rpartition(".")
    found, number = name, 1
    while found.lower() in {one.lower() for one in taken}:
        number += 1
        found = f"{stem} ({number}).{ending}"
    return found


def _sniffed(content: bytes, ending: str) -> bool:
    """Whether the first and last bytes are of a file of this kind; an HTML page before «%PDF» is none."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return False
    endings = {_SAME_ENDING.get(one.extension.lstrip("."), one.extension.lstrip(".")) for one in found}
    return ending in endings and (ending != "pdf" or content.startswith(b"%PDF-"))


def _is_text(content: bytes) -> bool:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return not _CONTROLS.search(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return False


def _is_office(name: str, content: bytes, ending: str) -> bool:
    """Whether a ZIP holds a document of this kind.

    :raises AttachmentError: it has macros.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.namelist()
            if ending in _MAIN_PARTS:
                types = _member(archive, "[Content_Types].xml")
                has_macros = any(mark in types for mark in _MACRO_MARKS)
                is_so = _MAIN_PARTS[ending] in types or has_macros
            else:
                types, has_macros = _member(archive, "mimetype"), False
                is_so = types.strip() == KINDS[ending].encode()
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        return False
    if is_so and (has_macros or any(_MACRO_MEMBERS.search(member) for member in members)):
        raise AttachmentError(_MACROS, name=name)
    return is_so


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(_MOST_OF_A_MEMBER)

"""Files of answers in words, what is told when one is refused, and how one is served."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, request, send_file
from werkzeug.datastructures import FileStorage

from services.routing.domain.attachments import MOST_BYTES, MOST_FILES, AttachmentError
from services.routing.entrypoints.refusals.cases import refusals, tell
from services.routing.use_cases.attaching import (
    AttachmentsChangedError,
    BrokenContentError,
    StoredFile,
    WithdrawnError,
)
from services.routing.use_cases.attachment_links import NoSuchAttachmentError
from shared.http.languages import N_, Phrase
from shared.http.problems import INTERNAL, INVALID, NOT_FOUND, Problem, ProblemType

log = structlog.get_logger()

MOST_SENT = (MOST_FILES + 1) * MOST_BYTES
"""Bytes of one upload: as many files as an answer takes and one too large, so that it can be told in words."""

_POLICY = "default-src 'none'; sandbox"
_KILO = 1024
_CHOOSE = N_("Elija un archivo.")
_CHANGED = N_("Los archivos de esta respuesta cambiaron en otra ventana. Así están ahora: revíselos y envíe otra vez.")
_NOT_ATTACHED = N_("Eligió un archivo que no está adjunto: pulse «Adjuntar», y después envíe.")
_WITHDRAWN = ProblemType(
    "withdrawn", HTTPStatus.GONE,
    N_("Este archivo se retiró"),
    N_("Quien respondió lo retiró después de enviarlo. Si lo necesita, pídalo en su consulta."),
)  # fmt: skip


def byte_size(count: int) -> str:
    """A size as people read it: «340 KB», «1.4 MB»."""
    return f"{max(1, round(count / _KILO))} KB" if count < _KILO * _KILO else f"{count / _KILO / _KILO:.1f} MB"


def uploaded_files() -> list[tuple[str, bytes]]:
    """The files of this request, none read further than one byte past what is taken.

    :raises Problem: there is none.
    """
    sent: list[FileStorage] = [one for one in request.files.getlist("files") if one.filename]
    if not sent:
        raise Problem(INVALID, fields={"attachments": [_CHOOSE]})
    return [(one.filename or "", one.stream.read(MOST_BYTES + 1)) for one in sent[: MOST_FILES + 1]]


def unattached() -> dict[str, Any]:
    """The error of a form that is sent with a file chosen and not attached: browsers send only its name then."""
    return {"attachments": [_NOT_ATTACHED]} if request.form.get("files", "").strip() else {}


def served(stored: StoredFile) -> Response:
    """A file as a download that no browser opens in our name."""
    answer = send_file(
        io.BytesIO(stored.content),
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.name,
        etag=False,
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@contextmanager
def opening() -> Iterator[None]:
    """Turn what is refused about a file into a problem.

    :raises Problem: instead.
    """
    try:
        with refusals():
            yield
    except WithdrawnError:
        raise Problem(_WITHDRAWN) from None
    except BrokenContentError:
        log.error("attachment_broken", path=request.path)  # noqa: TRY400 - the path says which; there is no trace to read
        raise Problem(INTERNAL) from None


def install(app: Flask) -> None:
    """Give templates the words, and make `refusals` know what is told of files."""
    app.jinja_env.filters["byte_size"] = byte_size
    tell(AttachmentError, lambda e, _mine: Problem(INVALID, fields={"attachments": [Phrase(e.sentence, **e.values)]}))
    tell(AttachmentsChangedError, lambda _e, _mine: Problem(INVALID, fields={"attachments": [_CHANGED]}))
    tell(NoSuchAttachmentError, lambda _error, _mine: Problem(NOT_FOUND))

"""Styles, scripts and pictures, compressed for slow links. A service's own go before the shared ones of that name.

Files hold no secret, so whoever asks gets them compressed; for pages see `shared.http.compression`.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, request, send_from_directory
from flask.typing import ResponseReturnValue

from shared.accounts.access import public

_KEPT_SECONDS = 86_400
_COMPRESSED = (".css", ".js", ".svg")
_NOT_WORTH_IT_BYTES = 300
_FILES_KEPT = 64


def static_blueprint(service_folder: Path, shared_folder: Path) -> Blueprint:
    """`/static/<name>` of one service."""
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/static/<path:name>")
    @public
    def static_file(name: str) -> ResponseReturnValue:
        folder = service_folder if (service_folder / name).is_file() else shared_folder
        response = send_from_directory(folder, name, max_age=_KEPT_SECONDS)
        if not name.endswith(_COMPRESSED):
            return response
        response.vary.add("Accept-Encoding")
        is_wanted = request.accept_encodings.quality("gzip") > 0 and response.status_code == 200  # noqa: PLR2004
        if is_wanted and (response.content_length or 0) >= _NOT_WORTH_IT_BYTES:
            response.direct_passthrough = False
            response.set_data(_compressed(response.get_data()))
            response.content_encoding = "gzip"
            response.set_etag(f"{response.get_etag()[0]}-gzip")
        return response

    return blueprint


@lru_cache(maxsize=_FILES_KEPT)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)

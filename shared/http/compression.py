"""Pages compressed for slow links, but only those that our own pages or the person asked for.

Who can make a browser ask for a page with words of theirs, and sees how long the answer is, can guess what else is on
it (BREACH). What other sites ask for is therefore sent as it is, and the browser's `Sec-Fetch-Site` says who asked; the
token of forms, the one secret that every page holds, is masked anew in each answer. See adr/0024.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

_ASKED_BY_US = frozenset({"same-origin", "none"})
_NOT_WORTH_IT_BYTES = 800
_LEVEL = 6
"""Level 9 takes half as long again for two bytes in a hundred."""


def install_compression(app: Flask) -> None:
    """Compress HTML on its way out."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.update(("Accept-Encoding", "Sec-Fetch-Site"))
    is_wanted = request.accept_encodings.quality("gzip") > 0 and request.headers.get("Sec-Fetch-Site") in _ASKED_BY_US
    if is_wanted and (response.content_length or 0) >= _NOT_WORTH_IT_BYTES and not response.content_encoding:
        response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response

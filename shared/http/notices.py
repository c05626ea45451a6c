"""Notices: what a page says after a form was accepted. The address carries a known name, never a text."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, request

from shared.http.languages import translate


def add_notices(app: Flask, texts: Mapping[str, str]) -> None:
    """Let `?aviso=<name>` show one of these marked texts on the page that follows a form (see `see_other`).

    A template that passes its own `notice_text` wins.
    """
    known: dict[str, str] = app.extensions.setdefault("ventanilla_notices", {})
    if not known:
        app.context_processor(lambda: {"notice_text": _notice(known)})
    known.update(texts)


def _notice(known: Mapping[str, str]) -> str | None:
    text = known.get(request.args.get("aviso", ""))
    return None if text is None else translate(text)

"""Citations in the form of an answer: what its hidden fields hold, and what is typed to be added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from services.routing.store.drafts import CaseDraft
from services.routing.use_cases import citing

_LONGEST = 2_000
HELD, TYPED, REASON = "cite", "cite_text", "cite_reason_"


def typed_citations(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    """The citations of a form as the API would send them: those it holds, then what was typed and not added yet."""
    held = [
        {**_read(raw), "reason": form.get(f"{REASON}{position}", "")} for position, raw in enumerate(form.getlist(HELD))
    ]
    typed = form.get(TYPED, "").strip()
    return [*held, {"text": typed}] if typed else held


def without(form: MultiDict[str, str], position: str) -> MultiDict[str, str]:
    """The form without the citation at a position; what is typed and not added yet stays typed, and is not added."""
    left = [(raw, form.get(f"{REASON}{at}", "")) for at, raw in enumerate(form.getlist(HELD)) if str(at) != position]
    made = MultiDict((name, value) for name, value in form.items(multi=True) if not name.startswith("cite"))
    for at, (raw, reason) in enumerate(left):
        made.add(HELD, raw)
        made.add(f"{REASON}{at}", reason)
    return made


def cited_on_form(
    session: Session, form: MultiDict[str, str] | None, draft: CaseDraft | None, review: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """What the form of an answer holds: what it held when it was sent, else the draft's, else the returned text's."""
    if form is not None:
        held = [one for one in typed_citations(form) if "norm_id" in one]
        try:
            return shown_today(session, citing.read(session, held))
        except (citing.BadCitationsError, citing.TooManyCitationsError, ValueError):
            return []  # not what our pages put there
    if draft is not None:
        return shown_today(session, draft.citations)
    if review is not None and review["is_mine"] and review["state"] == "returned":
        return list(review["citations"])
    return []


def shown_today(session: Session, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Kept citations with whether their norms are in force today."""
    return citing.shown(session, items, citing.today(datetime.now(UTC)))


def plain_messages(errors: Mapping[str, Any]) -> dict[str, Any]:
    """Messages per field of a form; those that lie deeper (of one citation in a list) are told with their field."""
    return {
        name: messages if isinstance(messages, str) else list(_leaves(messages)) for name, messages in errors.items()
    }


def _leaves(messages: Any) -> list[Any]:
    if isinstance(messages, Mapping):
        return [leaf for one in messages.values() for leaf in _leaves(one)]
    if isinstance(messages, list | tuple):
        return [leaf for one in messages for leaf in _leaves(one)]
    return [messages]


def _read(raw: str) -> dict[str, Any]:
    try:
        found = json.loads(raw[:_LONGEST])
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"text": raw[:_LONGEST]}

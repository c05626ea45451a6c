"""How long each step took, from the moments that the services and the sandboxes wrote down themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploy.local.demo.journey import Journey


def steps_of(journey: Journey) -> dict[str, float]:
    """Seconds by step: from the submission, and for what follows the answer, from the answer."""
    moments = {entry["type"]: _moment(entry["at"]) for entry in reversed(journey.case["timeline"])}
    submitted = moments["submitted"]
    steps = {"assigned": _between(submitted, moments.get("assigned"))}
    steps["first_mail"] = _between(submitted, _first(journey.mails))
    steps["first_sms"] = _between(submitted, _first(journey.texts))
    answered = moments.get("answer_sent")
    if answered is not None:
        steps["answer_to_mail"] = _between(answered, _last(journey.mails))
        steps["answer_to_sms"] = _between(answered, _last(journey.texts))
    return {name: seconds for name, seconds in steps.items() if seconds is not None}


def _between(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else round((end - start).total_seconds(), 3)


def _first(messages: list[dict[str, Any]]) -> datetime | None:
    return min((_moment(message["received_at"]) for message in messages), default=None)


def _last(messages: list[dict[str, Any]]) -> datetime | None:
    return max((_moment(message["received_at"]) for message in messages), default=None)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

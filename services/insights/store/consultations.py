"""The row of a consultation: a set of facts, each merged by a rule that no order or repetition of events can upset.

`first` and `last` keep the earliest and the latest moment. `given` fills a gap: the fact never changes once it is
stated. The rest belong to a sequence column: they follow the newest event of their kind, by its number in the owner's
stream, and an older one that comes late changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

_FIRST = "least({old}, {new})"
_LAST = "greatest({old}, {new})"
_GIVEN = "coalesce({old}, {new})"

_RULES: Mapping[str, str] = {
    "official_id": _GIVEN,
    "ubigeo": _GIVEN,
    "municipality": _GIVEN,
    "channel": _GIVEN,
    "submitted_at": _FIRST,
    "clarified_at": _LAST,
    "reopened_at": _LAST,
    "withdrawn_at": _LAST,
    "classified_at": _FIRST,
    "unstaffed_since": _LAST,
    "assigned_at": _FIRST,
    "last_assigned_at": _LAST,
    "resumed_at": _LAST,
    "asked_at": _LAST,
    "first_answered_at": _FIRST,
    "last_answered_at": _LAST,
    "escalated_at": _LAST,
    "closed_at": _LAST,
}

_FOLLOWERS: Mapping[str, tuple[str, ...]] = {
    "rating_sequence": ("score",),
    "classified_sequence": (
        "topic_code", "topic_name_es", "topic_name_en", "kind", "is_urgent", "confidence", "needs_triage",
    ),
    "advisor_sequence": ("advisor_id", "advisor_name"),
    "promise_sequence": ("promised_at",),
    "closed_sequence": ("outcome",),
}  # fmt: skip


def merge(session: Session, consultation_id: UUID, code: str, facts: Mapping[str, Any]) -> None:
    """Add what an event says of a consultation, in one statement.

    :param facts: values by column; a follower comes together with its sequence column.
    """
    statement = _statement(tuple(sorted(facts)))
    session.execute(statement, {"consultation_id": consultation_id, "code": code, **facts})


@cache
def _statement(columns: tuple[str, ...]) -> TextClause:
    """The upsert for one set of columns; there are as many sets as kinds of event."""
    names = ", ".join(columns)
    values = ", ".join(f":{column}" for column in columns)
    changes = ", ".join(f"{column} = {_merged(column)}" for column in columns)
    return text(f"""
        INSERT INTO consultation AS held (consultation_id, code, {names}) VALUES (:consultation_id, :code, {values})
        ON CONFLICT (consultation_id) DO UPDATE SET {changes}
    """)  # noqa: S608 - the names of columns are those of the tables above


def _merged(column: str) -> str:
    old, new = f"held.{column}", f"excluded.{column}"
    if column in _RULES:
        return _RULES[column].format(old=old, new=new)
    if column in _FOLLOWERS:
        return _LAST.format(old=old, new=new)
    sequence = _sequence_of(column)
    return f"CASE WHEN excluded.{sequence} > coalesce(held.{sequence}, 0) THEN {new} ELSE {old} END"


def _sequence_of(column: str) -> str:
    return next(sequence for sequence, followers in _FOLLOWERS.items() if column in followers)

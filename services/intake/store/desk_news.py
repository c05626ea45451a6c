"""News from the desk, applied to the official's view: each column is set by the newest event that speaks of it.

One statement an event, whatever it says, because this runs once for every event of every consultation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """What an advisor wrote to the official; with its norms and files, JSON-ready, as the desk told them."""

    id: UUID
    author_name: str
    kind: str
    body: str
    citations: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskNews:
    """What one event of the desk says of a consultation; None where it says nothing.

    :param sequence: number of the event in the desk's stream of this consultation.
    :param moves: status by status, where this news leads; empty when it moves nothing.
    :param speaks_of_promise: tells «no promise runs» (`promised_at` None) from «says nothing of it».
    """

    event_id: UUID
    consultation_id: UUID
    sequence: int
    type: str
    happened_at: datetime
    data: Mapping[str, Any]
    moves: Mapping[str, str] = field(default_factory=dict)
    topic: Mapping[str, str] | None = None
    advisor: Mapping[str, str] | None = None
    promised_at: datetime | None = None
    speaks_of_promise: bool = False
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    message: DeskMessage | None = None


def apply(session: Session, news: DeskNews) -> bool:
    """Apply one event; False when the consultation is not here. Applying it again, or late, does no harm."""
    message = news.message
    found = session.execute(_APPLY if message is None else _APPLY_WITH_MESSAGE, {
        "id": news.consultation_id, "event_id": news.event_id, "sequence": news.sequence, "type": news.type,
        "at": news.happened_at, "data": json.dumps(dict(news.data)), "moves": json.dumps(dict(news.moves)),
        "has_moves": bool(news.moves), "topic": _json(news.topic), "advisor": _json(news.advisor),
        "promised_at": news.promised_at, "has_promise": news.speaks_of_promise,
        "answered_at": news.answered_at, "closed_at": news.closed_at,
        **({} if message is None else {
            "message_id": message.id, "author_name": message.author_name, "kind": message.kind, "body": message.body,
            "citations": json.dumps(list(message.citations)), "attachments": json.dumps(list(message.attachments)),
        }),
    }).one_or_none()  # fmt: skip
    return found is not None


def _json(value: Mapping[str, str] | None) -> str | None:
    return None if value is None else json.dumps(dict(value))


_CHANGE = """
    WITH changed AS (
        UPDATE consultation SET
            status = CASE WHEN :has_moves AND status_sequence < :sequence
                          THEN coalesce(CAST(:moves AS jsonb) ->> status, status) ELSE status END,
            status_sequence = CASE WHEN :has_moves THEN greatest(status_sequence, :sequence) ELSE status_sequence END,
            topic = CASE WHEN topic_sequence < :sequence THEN coalesce(CAST(:topic AS jsonb), topic) ELSE topic END,
            topic_sequence = CASE WHEN CAST(:topic AS jsonb) IS NULL THEN topic_sequence
                                  ELSE greatest(topic_sequence, :sequence) END,
            advisor = CASE WHEN advisor_sequence < :sequence THEN coalesce(CAST(:advisor AS jsonb), advisor)
                           ELSE advisor END,
            advisor_sequence = CASE WHEN CAST(:advisor AS jsonb) IS NULL THEN advisor_sequence
                                    ELSE greatest(advisor_sequence, :sequence) END,
            promised_at = CASE WHEN :has_promise AND promise_sequence < :sequence
                               THEN CAST(:promised_at AS timestamptz) ELSE promised_at END,
            promise_sequence = CASE WHEN :has_promise THEN greatest(promise_sequence, :sequence)
                                    ELSE promise_sequence END,
            answered_at = greatest(answered_at, CAST(:answered_at AS timestamptz)),
            closed_at = greatest(closed_at, CAST(:closed_at AS timestamptz))
         WHERE consultation_id = :id
        RETURNING consultation_id
    ), told AS (
        INSERT INTO timeline_entry (consultation_id, entry_id, type, happened_at, data)
        SELECT consultation_id, :event_id, :type, :at, CAST(:data AS jsonb) FROM changed
        ON CONFLICT DO NOTHING
    )
"""
_SAY = """, said AS (
        INSERT INTO thread_message (message_id, consultation_id, author, author_name, kind, body, sent_at, citations,
                                    attachments)
        SELECT :message_id, consultation_id, 'advisor', :author_name, :kind, :body, :at, CAST(:citations AS jsonb),
               CAST(:attachments AS jsonb)
          FROM changed
        ON CONFLICT DO NOTHING
    )
"""
_APPLY = text(_CHANGE + "SELECT consultation_id FROM changed")  # noqa: S608 - constants
_APPLY_WITH_MESSAGE = text(_CHANGE + _SAY + "SELECT consultation_id FROM changed")  # noqa: S608 - constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What became of a message to somebody; `state` is delivered, failed or held."""

    message_id: UUID
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    state: str
    note: str
    happened_at: datetime
    sequence: int


def keep_proof(session: Session, proof: Proof) -> None:
    """Keep the newest word on a message."""
    session.execute(_KEEP_PROOF, {name: getattr(proof, name) for name in Proof.__slots__})


_KEEP_PROOF = text("""
    INSERT INTO delivery_proof (message_id, consultation_id, recipient_id, channel, template, state, note,
                                happened_at, sequence)
    VALUES (:message_id, :consultation_id, :recipient_id, :channel, :template, :state, :note, :happened_at, :sequence)
    ON CONFLICT (message_id) DO UPDATE SET state = excluded.state, note = excluded.note,
           happened_at = excluded.happened_at, sequence = excluded.sequence
     WHERE delivery_proof.sequence < excluded.sequence
""")

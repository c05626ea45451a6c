"""What an official reads: the list of their consultations, and one of them with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.intake.domain.lifecycle import Act, Status, allowed_acts, can_reopen
from services.intake.store.visibility import VISIBLE_TO_VIEWER, visible_to
from shared.accounts.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A consultation as a line of a list. `topic` has code, name_es, name_en; `advisor` has id, full_name."""

    id: UUID
    code: str
    subject_line: str
    body: str
    status: Status
    submitted_at: datetime
    topic: Mapping[str, str] | None
    advisor: Mapping[str, str] | None
    promised_at: datetime | None
    answered_at: datetime | None
    rating_score: int | None

    @property
    def title(self) -> str:
        """The subject, or the beginning of the question when none was given."""
        return self.subject_line or _beginning(self.body)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline; `type` is the event's."""

    type: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """Something written after the question. `kind`: clarification_request, clarification, answer, reopening.

    `citations`: the norms an answer rests on (`text`, `title`, `url`, `validity` on the day `checked_on`, …).
    `attachments`: its files (`name`, `media_type`, `byte_count`, `sha256`, and the `path` at the desk).
    """

    id: UUID
    author: str
    author_name: str
    kind: str
    body: str
    at: datetime
    citations: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message that told the official of something; the newest word."""

    channel: str
    template: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Summary):
    """A consultation with its thread, timeline and proof of delivery, and what its official can do now."""

    channel: str
    closed_at: datetime | None
    rating_comment: str | None
    first_rated_at: datetime | None
    timeline: Sequence[Entry]
    messages: Sequence[Message]
    deliveries: Sequence[Delivery]
    allowed: frozenset[Act]


_SUMMARY = (
    "consultation_id, code, subject_line, body, status, submitted_at, topic, advisor, promised_at, answered_at,"
    " rating_score"
)
_SUMMARY_FIELDS = tuple(Summary.__slots__)


def page(session: Session, person: Person, *, status: Status | None, before: UUID | None, limit: int) -> list[Summary]:
    """The consultations a person sees, newest first, from after `before`; one more than `limit` if there are more."""
    conditions = [VISIBLE_TO_VIEWER]
    conditions += ["status = :status"] if status else []
    conditions += ["consultation_id < :before"] if before else []
    rows = session.execute(
        text(f"""
            SELECT {_SUMMARY} FROM consultation WHERE {" AND ".join(conditions)}
             ORDER BY official_id, consultation_id DESC LIMIT :limit
        """),  # noqa: S608 - constant conditions
        {
            **visible_to(person), "limit": limit + 1,
            **({"status": status} if status else {}), **({"before": before} if before else {}),
        },
    ).all()  # fmt: skip
    return [Summary(**_summary(row)) for row in rows]


def answered(session: Session, person: Person, *, limit: int) -> list[Summary]:
    """The newest consultations a person sees that have an answer."""
    rows = session.execute(
        text(f"""
            SELECT {_SUMMARY} FROM consultation WHERE {VISIBLE_TO_VIEWER} AND answered_at IS NOT NULL
             ORDER BY official_id, consultation_id DESC LIMIT :limit
        """),  # noqa: S608 - a constant condition
        {**visible_to(person), "limit": limit},
    ).all()
    return [Summary(**_summary(row)) for row in rows]


def find_sheet(session: Session, code: str, person: Person) -> Sheet | None:
    """One consultation, with everything, in one statement; None when there is none this person may see."""
    row = session.execute(_SHEET, {"code": code, **visible_to(person)}).one_or_none()
    if row is None:
        return None
    status = Status(row.status)
    ended_at = max(filter(None, (row.answered_at, row.closed_at)), default=None)
    return Sheet(
        **_summary(row),
        channel=row.channel,
        closed_at=row.closed_at,
        rating_comment=row.rating_comment,
        first_rated_at=row.first_rated_at,
        timeline=[Entry(each["type"], _time(each), each["data"]) for each in row.timeline],
        messages=[
            Message(
                UUID(m["id"]),
                m["author"],
                m["author_name"],
                m["kind"],
                m["body"],
                _time(m),
                m["citations"],
                m["attachments"],
            )
            for m in row.messages
        ],
        deliveries=[Delivery(d["channel"], d["template"], d["state"], _time(d)) for d in row.deliveries],
        allowed=allowed_acts(
            status, has_answer=row.answered_at is not None, can_reopen=can_reopen(ended_at, row.read_at)
        ),
    )


_SHEET = text(f"""
    SELECT {_SUMMARY}, channel, closed_at, rating_comment, first_rated_at, transaction_timestamp() AS read_at,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('type', type, 'at', happened_at, 'data', data)
                                      ORDER BY happened_at, entry_id), '[]')
              FROM timeline_entry t WHERE t.consultation_id = consultation.consultation_id) AS timeline,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', message_id, 'author', author, 'author_name', author_name,
                                                         'kind', kind, 'body', m.body, 'at', sent_at,
                                                         'citations', m.citations, 'attachments', m.attachments)
                                      ORDER BY sent_at, message_id), '[]')
              FROM thread_message m WHERE m.consultation_id = consultation.consultation_id) AS messages,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('channel', d.channel, 'template', template, 'state', state,
                                                         'at', happened_at)
                                      ORDER BY happened_at, message_id), '[]')
              FROM delivery_proof d
             WHERE d.consultation_id = consultation.consultation_id AND d.recipient_id = official_id) AS deliveries
      FROM consultation WHERE code = :code AND {VISIBLE_TO_VIEWER}
""")  # noqa: S608 - a constant condition


def _summary(row: Any) -> dict[str, Any]:
    values = dict(zip(_SUMMARY_FIELDS, row, strict=False))
    values["status"] = status = Status(values["status"])
    if status in (Status.WAITING_FOR_YOU, Status.WITHDRAWN):
        values["promised_at"] = None  # the clocks stand still: no promise runs
    return values


def _time(member: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(member["at"])


def _beginning(body: str) -> str:
    line = body.partition("\n")[0]
    return line if len(line) <= _TITLE else f"{line[:_TITLE].rsplit(' ', 1)[0]}…"


_TITLE = 70

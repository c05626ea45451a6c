"""Deadlines told to staff: gathered for a moment, kept for the opening of the desk, and told in one letter.

Two hundred deadlines missed at once make one letter to each person, not two hundred. What waits is a row of
`digest_item`; a timer per person, at the end of the window, writes the letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notifications.domain.template import SLA_DIGEST
from services.notifications.store import digests
from services.notifications.use_cases.writing import Notice, Writer
from shared.messaging.housekeeping import Job
from shared.messaging.timers import Timer
from shared.messaging.work import Work

DIGEST_TIMER = "digest.send"
LATE_SECONDS = 300
"""A notice later than this says so."""
_MOST_LINES = 100
_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to be told of a case: `what` in each language; `at` the deadline it speaks of, if any."""

    code: str
    subject_line: str
    what: dict[str, str]
    at: datetime | None
    late_seconds: int


def gather(
    work: Work, recipient_ids: list[UUID], line: Line, *, not_before: datetime | None, window: timedelta
) -> None:
    """Note a line for each recipient; their letter goes out when the window that it opens ends."""
    if work.cause is None:
        raise LookupError("no event is being handled")
    earliest = max(not_before or work.now, work.now)
    send_at = max(earliest, work.now + window)
    content = {
        "code": line.code, "subject_line": line.subject_line, "what": line.what, "late_seconds": line.late_seconds,
        "at": line.at.isoformat() if line.at else None,
    }  # fmt: skip
    for recipient_id in sorted(set(recipient_ids)):
        digests.lock(work.session, recipient_id)
        known = digests.next_send_at(work.session, recipient_id)
        digests.note(work.session, work.cause.id, recipient_id, content, not_before=earliest, send_at=send_at)
        if known is None or send_at < known:
            work.arm(DIGEST_TIMER, recipient_id, send_at)


def send(timer: Timer, work: Work, writer: Writer) -> None:
    """Write the letter of one person, with everything that may be told by now."""
    digests.lock(work.session, timer.subject)
    items = digests.take(work.session, timer.subject, work.now)
    if items:
        ids, contents = zip(*items, strict=True)
        writer.write(work, _letter(timer.subject, list(contents), ids))
    following = digests.next_send_at(work.session, timer.subject)
    if following is not None:
        work.arm(DIGEST_TIMER, timer.subject, max(following, work.now))


def _letter(recipient_id: UUID, items: list[dict[str, Any]], ids: tuple[UUID, ...]) -> Notice:
    lines = [
        {
            **item,
            "at": datetime.fromisoformat(item["at"]) if item["at"] else None,
            "is_late": item["late_seconds"] >= LATE_SECONDS,
        }
        for item in items[:_MOST_LINES]
    ]
    only = items[0] if len(items) == 1 else None
    by_locale = {
        locale: {"lines": [{**line, "what": line["what"][locale]} for line in lines]} for locale in ("es", "en")
    }
    return Notice(
        template=SLA_DIGEST,
        recipient_id=recipient_id,
        code=only["code"] if only else None,
        values={"count": len(items), "more": len(items) - len(lines)},
        values_by_locale=by_locale,
        digest_items=ids,
    )


def _forget(work: Work) -> None:
    digests.forget(work.session, work.now - _KEPT)


FORGET_DIGESTS_JOB = Job("forget_digests", timedelta(days=1), _forget)

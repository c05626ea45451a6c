"""What happened on a case since somebody read it, for who wrote meanwhile and must join two texts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.text_diff import compare, newer_side, older_side
from services.routing.store import cases, history
from services.routing.store.models import CaseMessage
from services.routing.use_cases.acting import CaseNotFoundError
from services.routing.use_cases.sheet import timeline_line
from shared.accounts.people import Person

_FROM_STAFF = frozenset({"answer", "clarification_request"})


def since(session: Session, code: str, person: Person, seen: str, mine: str, locale: str) -> dict[str, Any]:
    """What is new on a case: `messages`, `notes`, `lines` of its log; and beside `mine` what staff sent meanwhile.

    `theirs` is the newest text that staff sent (None: nobody sent any), `is_sent_already` that it is the person's own
    text, word for word; `mine_pieces` and `theirs_pieces` mark what only one of both says.

    :param seen: what the person had read, from the sheet's `seen`; what does not read as one counts as nothing read.
    :raises CaseNotFoundError: no such case, or invisible.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    lines_seen, notes_seen = _read_seen(seen)
    lines = history.lines_of(session, case.case_id)[lines_seen:]
    told = {UUID(line.data["message_id"]) for line in lines if "message_id" in line.data}
    messages = [one for one in cases.messages_of(session, case.case_id) if one.message_id in told]
    sent = [one for one in messages if one.kind in _FROM_STAFF]
    theirs = sent[-1] if sent else None
    return {
        "messages": messages,
        "notes": cases.notes_of(session, case.case_id)[notes_seen:],
        "lines": [timeline_line(line, locale) for line in lines if "message_id" not in line.data],
        "theirs": theirs,
        "is_sent_already": any(one.author_id == person.id and one.body == mine for one in sent),
        **_pieces(mine, theirs),
    }


def _pieces(mine: str, theirs: CaseMessage | None) -> dict[str, Any]:
    if theirs is None:
        return {"mine_pieces": (), "theirs_pieces": ()}
    pieces = compare(theirs.body, mine)
    return {"mine_pieces": newer_side(pieces), "theirs_pieces": older_side(pieces)}


def _read_seen(seen: str) -> tuple[int, int]:
    lines, _, notes = seen.partition(".")
    if not (lines.isascii() and lines.isdigit() and notes.isascii() and notes.isdigit()) or len(seen) > 20:  # noqa: PLR2004 - digits
        return 0, 0
    return int(lines), int(notes)

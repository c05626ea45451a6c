"""One act on many cases: each through the same use case as by hand, each in a transaction of its own.

A run is rows, so that pressing twice, a time-out or a killed process neither does a case twice nor forgets one: what
became of a case is written in the transaction that did it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.routing.store import bulk
from services.routing.store.bulk import Item, Run
from services.routing.store.models import Case
from services.routing.use_cases import assigning, closing, notes, snoozing, sorting
from services.routing.use_cases.settlement import Settlement
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

MOST = 200
"""Cases of one run."""

CHUNK = 40
"""Cases done in one request; the rest go on with the next."""

FINISH_TIMER = "bulk.finish"
LEFT_AFTER = timedelta(seconds=15)
"""When the clock begins with what a run has left, continued by hand or not: rows are claimed, so both may work."""
GIVEN_UP_AFTER = timedelta(hours=1)

ASSIGN, TOPIC, CLOSE, SNOOZE, NOTE = "assign", "topic", "close", "snooze", "note"
ACTS: dict[str, Callable[..., Case]] = {
    ASSIGN: assigning.assign,
    TOPIC: sorting.choose_topic,
    CLOSE: closing.close,
    SNOOZE: snoozing.snooze,
    NOTE: notes.add_note,
}
DONE, REFUSED = "done", "refused"


class OtherRunError(Exception):
    """The token belongs to a run that was something else."""


def start_run(
    work: Work, person: Person, *, token: str, act: str, values: Mapping[str, Any], cases: Sequence[tuple[str, int]]
) -> UUID:
    """Keep what is to be done: `cases` are (code, version seen), at most `MOST`; the token makes it once.

    :raises OtherRunError: the token was used for another act.
    """
    run = Run(new_id(), act, {name: _plain(value) for name, value in values.items()}, work.now)
    once = dict.fromkeys(code.strip().upper() for code, _ in cases)
    seen = {code.strip().upper(): version for code, version in reversed(cases)}
    run_id = bulk.insert(
        work.session, run, actor_id=person.id, token=token, cases=[(code, seen[code]) for code in once]
    )
    kept = bulk.find(work.session, run_id, person.id)
    if kept is None or (kept.act, kept.params) != (run.act, run.params):
        raise OtherRunError
    if run_id == run.id:
        work.arm(FINISH_TIMER, run_id, work.now + LEFT_AFTER)
    return run_id


def is_going_on(run: Run, now: datetime) -> bool:
    """Whether the clock still does what is left of a run. An older one waits for who asked: the desk has moved on."""
    return now - run.made_at <= GIVEN_UP_AFTER


def do_item(work: Work, person: Person, run: Run, item: Item) -> None:
    """Do one case of a run, and note it.

    :raises Exception: whatever the use case refuses with; nothing changed.
    """
    ACTS[run.act](work, item.code, person, version=item.version, **_values(run))
    Settlement.of(work).settle()
    bulk.note(work.session, run.id, item, DONE)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str | None) else str(value)


def _values(run: Run) -> dict[str, Any]:
    """The values as the use case takes them; what JSON has no word for was kept as text."""
    values = dict(run.params)
    for name, read in _READ.get(run.act, {}).items():
        if values.get(name) is not None:
            values[name] = read(values[name])
    return values


_READ: dict[str, dict[str, Callable[[str], Any]]] = {
    ASSIGN: {"advisor_id": UUID},
    SNOOZE: {"until": date.fromisoformat, "at": time.fromisoformat},
}

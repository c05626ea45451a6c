"""Carrying a run on: case by case, each in its own transaction, with the sentence of what was refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import text

from services.routing.entrypoints.api.relation_inputs import SnoozeSchema
from services.routing.entrypoints.api.schemas import AssignSchema, CloseSchema, NoteSchema, TopicChoiceSchema
from services.routing.entrypoints.bulk.finishing import sentence_of
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals, tell
from services.routing.store import bulk as store
from services.routing.store.bulk import Item, Run
from services.routing.use_cases import bulk
from shared.accounts.people import Person
from shared.http.problems import KEY_REUSED, NOT_FOUND, Problem

_SCHEMAS: dict[str, type[Schema]] = {
    bulk.ASSIGN: AssignSchema,
    bulk.TOPIC: TopicChoiceSchema,
    bulk.CLOSE: CloseSchema,
    bulk.SNOOZE: SnoozeSchema,
    bulk.NOTE: NoteSchema,
}


def schema_of(act: str) -> Schema:
    """What an act needs beside the case and its version."""
    return _SCHEMAS[act](exclude=("version",))


def _reused(_error: Any, _mine: Any) -> Problem:
    return Problem(KEY_REUSED)


tell(bulk.OtherRunError, _reused)


def carry_on(person: Person, run_id: UUID) -> None:
    """Do the next cases of a run, as many as fit into a request.

    :raises Problem: the person has no such run.
    """
    with parts().units.begin() as work:
        run = _run(work.session, person, run_id)
    for _ in range(bulk.CHUNK):
        if not _do_one(person, run):
            return


def read(person: Person, run_id: UUID) -> dict[str, Any]:
    """A run with what became of each case.

    :raises Problem: the person has no such run.
    """
    with parts().database.transaction() as session:
        run = _run(session, person, run_id)
        items = store.items_of(session, run_id)
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    pending = sum(item.outcome is None for item in items)
    return {
        "id": run.id,
        "act": run.act,
        "made_at": run.made_at,
        "done": sum(item.outcome == bulk.DONE for item in items),
        "refused": sum(item.outcome == bulk.REFUSED for item in items),
        "pending": pending,
        "is_going_on": bool(pending) and bulk.is_going_on(run, now),
        "cases": [
            {"code": item.code, "outcome": item.outcome or "pending", "sentence": item.sentence} for item in items
        ],
    }


def _run(session: Any, person: Person, run_id: UUID) -> Run:
    run = store.find(session, run_id, person.id)
    if run is None:
        raise Problem(NOT_FOUND)
    return run


def _do_one(person: Person, run: Run) -> bool:
    item: Item | None = None
    try:
        with refusals(), parts().units.begin() as work:
            item = store.lock_next(work.session, run.id)
            if item is None:
                return False
            bulk.do_item(work, person, run, item)
    except Problem as problem:
        if item is None:
            raise
        with parts().units.begin() as work:
            store.note(work.session, run.id, item, bulk.REFUSED, sentence_of(problem))
    return True

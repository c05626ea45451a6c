"""The shared library: seniors and supervisors keep canned texts and macros, everybody uses them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date, format_datetime
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.routing.domain.roles import Right, may
from services.routing.domain.unresolved import unresolved
from services.routing.domain.variables import fill, unknown_variables
from services.routing.store import cases, library, reviews
from services.routing.store.advisors import LIMA
from services.routing.store.library import ANY_TOPIC, MACRO, LibraryItem, LibraryVersion
from services.routing.store.models import Case
from services.routing.use_cases import closing, drafts, notes, sorting, topics
from services.routing.use_cases.acting import CaseNotFoundError, case_for
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

_TEXTS = ("body", "note", "closing")


class NoSuchItemError(LookupError):
    """There is no such canned text or macro, or it was withdrawn."""


class NotAnEditorError(Exception):
    """The person may use the library but not change this part of it."""


class NameTakenError(Exception):
    """Another item of the same kind and topic has this name."""


@dataclass(eq=False)
class UnknownVariableError(Exception):
    """A text names variables that no case has."""

    names: tuple[str, ...]


@dataclass(eq=False)
class StaleItemError(Exception):
    """Somebody else changed the item meanwhile; `item` is as it is now."""

    item: dict[str, Any]


def may_edit(session: Session, person: Person, topic: str) -> bool:
    """Whether a person keeps the texts of a topic: supervisors every topic, seniors those they know and the general."""
    if not may(person.role, Right.SHARE_TEXTS):
        return False
    return may(person.role, Right.SEE_ALL) or topic == ANY_TOPIC or reviews.level_of(session, person.id, topic) > 0


def keep(
    work: Work, person: Person, *, item_id: UUID | None, version: int, kind: str, topic: str, name: str,
    content: dict[str, Any], is_active: bool = True,
) -> LibraryItem:  # fmt: skip
    """Add an item (`item_id` None), or make its next version; the earlier ones stay readable.

    :param version: as the person saw it.
    :raises NoSuchItemError, NotAnEditorError, NameTakenError, UnknownVariableError, StaleItemError: nothing changed.
    """
    unknown = tuple(name for part in _TEXTS for name in unknown_variables(content.get(part) or ""))
    if unknown:
        raise UnknownVariableError(unknown)
    item = _item_to_change(work, person, item_id, version)
    if not may_edit(work.session, person, topic):
        raise NotAnEditorError
    if item is None:
        item = LibraryItem(item_id=new_id(), kind=kind, version=0)
    if is_active and library.is_name_taken(work.session, item.kind, topic, name, item.item_id):
        raise NameTakenError
    item.topic, item.name, item.content, item.is_active = topic, name, content, is_active
    item.version += 1
    item.changed_at, item.changed_by = work.now, person.full_name
    work.session.add(item)
    work.session.flush()
    work.session.add(
        LibraryVersion(
            item_id=item.item_id, version=item.version, topic=topic, name=name, content=content, is_active=is_active,
            changed_at=work.now, changed_by=person.full_name,
        )
    )  # fmt: skip
    return item


def _item_to_change(work: Work, person: Person, item_id: UUID | None, version: int) -> LibraryItem | None:
    if item_id is None:
        return None
    item = library.find(work.session, item_id, is_locked=True)
    if item is None:
        raise NoSuchItemError
    if not may_edit(work.session, person, item.topic):
        raise NotAnEditorError
    if item.version != version:
        raise StaleItemError(shown(item))
    return item


def shown(item: LibraryItem | LibraryVersion) -> dict[str, Any]:
    """An item, or one of its versions, as people and programs see it."""
    names = ("topic", "name", "content", "is_active", "version", "changed_at", "changed_by")
    found = {name: getattr(item, name) for name in names}
    return found | ({"id": item.item_id, "kind": item.kind} if isinstance(item, LibraryItem) else {})


def text_for(session: Session, code: str, person: Person, item_id: UUID) -> dict[str, Any]:
    """A canned text filled in for a case: `text`, and the `places` that are left to complete.

    :raises CaseNotFoundError: no such case, or invisible.
    :raises NoSuchItemError: no such text.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    item = _active(session, item_id)
    filled = fill(item.content.get("body") or "", values_of(session, case, person))
    return {"text": filled, "places": unresolved(filled)}


def insert(
    work: Work, code: str, person: Person, *, item_id: UUID, kind: str, typed: str, revision: int, version: int,
    citations: list[dict[str, Any]] | None = None,
) -> None:  # fmt: skip
    """Put a canned text below what the person typed, in their draft, from where the page shows it again.

    :raises CaseNotFoundError, NoSuchItemError, StaleDraftError: nothing was inserted.
    """
    text = text_for(work.session, code, person, item_id)["text"]
    joined = f"{typed}\n\n{text}" if typed else text
    drafts.save(
        work, code, person, kind=kind, body=joined, revision=revision, seen_version=version, citations=citations
    )


def run(work: Work, code: str, person: Person, *, version: int, item_id: UUID) -> Case:
    """Do everything a macro says, or nothing: topic, note, text into the person's draft, closing.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, NotAnsweredError: an act of it
        was refused, so none was done.
    :raises NoSuchItemError: no such macro.
    :raises UnresolvedTextError: what would be told to the official has something left to fill.
    """
    case = case_for(work, code, person, version=version)
    item = _active(work.session, item_id)
    if item.kind != MACRO:
        raise NoSuchItemError
    content, values = item.content, values_of(work.session, case, person)
    if content.get("set_topic") and content["set_topic"] != case.topic:
        sorting.choose_topic(work, code, person, version=_seen(work, case), topic=content["set_topic"])
    if note := fill(content.get("note") or "", values):
        notes.add_note(work, code, person, version=_seen(work, case), body=note)
    if body := fill(content.get("body") or "", values):
        _append_to_draft(work, code, person, case, body)
    if content.get("outcome"):
        told = fill(content.get("closing") or "", values)
        closing.close(work, code, person, version=_seen(work, case), outcome=content["outcome"], note=told)
    return case


def values_of(session: Session, case: Case, person: Person) -> dict[str, str]:
    """What each variable stands for on a case, in the official's language; what is not known is left out."""
    locale = case.asker_locale or "es"
    promised = case.promised_at and case.promised_at.astimezone(LIMA)
    pattern = "d 'de' MMMM 'de' y, HH:mm" if locale.startswith("es") else "d MMMM y, HH:mm"
    found = {
        "nombre": case.asker_name,
        "cargo": case.asker_position,
        "municipalidad": case.municipality,
        "codigo": case.code,
        "asunto": case.subject_line,
        "tema": topics.named(case.topic).name(locale),
        "plazo": format_datetime(promised, pattern, locale=locale) if promised else "",
        "asesor": person.full_name,
        "fecha": format_date(_today(session), "long", locale=locale),
    }
    return {name: value for name, value in found.items() if value}


def _today(session: Session) -> date:
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(LIMA).date()


def _append_to_draft(work: Work, code: str, person: Person, case: Case, body: str) -> None:
    kept = drafts.read(work.session, code, person).get("answer")
    before = kept.body if kept else ""
    drafts.save(
        work, code, person, kind="answer", body=f"{before}\n\n{body}" if before else body,
        revision=kept.revision if kept else 0, seen_version=case.version,
    )  # fmt: skip


def _seen(work: Work, case: Case) -> int:
    """The version that the act before made, in the database too, for the next act reads it from there."""
    work.session.flush()
    return case.version


def _active(session: Session, item_id: UUID) -> LibraryItem:
    item = library.find(session, item_id)
    if item is None or not item.is_active:
        raise NoSuchItemError
    return item

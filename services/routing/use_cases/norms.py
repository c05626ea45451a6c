"""The register of norms: supervisors and seniors keep it, everybody cites from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.norms import Validity, fold, identity
from services.routing.store import citations, norms
from services.routing.store.norms import CONTENT, NormRow, NormVersion
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

MOST_KEPT = 2_000
"""Far more than a desk keeps by hand; the whole register is read to search it, blind to accents."""


class NoSuchNormError(LookupError):
    """The register has no such norm."""


class SameNormError(Exception):
    """The register has this norm already, under another row."""


class RepealedByItselfError(Exception):
    """A norm is said to be repealed by itself, or by one that the register does not have."""


@dataclass(eq=False)
class StaleNormError(Exception):
    """Somebody else changed the norm meanwhile; `norm` is as it is now."""

    norm: dict[str, Any]


def keep(work: Work, by: str, *, norm_id: UUID | None, version: int, content: dict[str, Any]) -> NormRow:
    """Add a norm (`norm_id` None), or make its next version; the earlier ones stay readable.

    :param by: who keeps it, by name.
    :param version: as they saw it.
    :param content: every part of `store.norms.CONTENT`.
    :raises NoSuchNormError, SameNormError, RepealedByItselfError, StaleNormError: nothing changed.
    """
    row = _row_to_change(work, norm_id, version)
    norms.reserve_identity(work.session, _identity(content))
    same = norms.find_by_identity(work.session, _identity(content))
    if same is not None and (row is None or same.norm_id != row.norm_id):
        raise SameNormError
    by_id = content["repealed_by_id"]
    if by_id is not None and (norms.find(work.session, by_id) is None or by_id == norm_id):
        raise RepealedByItselfError
    row = row or NormRow(norm_id=new_id(), version=0)
    for name in CONTENT:
        setattr(row, name, content[name])
    row.identity, row.version = _identity(content), row.version + 1
    row.changed_at, row.changed_by = work.now, by
    work.session.add(row)
    work.session.flush()
    work.session.add(
        NormVersion(
            norm_id=row.norm_id, version=row.version, content={name: _plain(content[name]) for name in CONTENT},
            changed_at=work.now, changed_by=by,
        )
    )  # fmt: skip
    return row


def seed(work: Work, known: Iterable[dict[str, Any]], *, by: str) -> int:
    """Add the norms that the register does not have; what people keep of the others stays. Returns how many it added.

    :param known: contents; `repealed_by` names the norm that repeals one as [kind, number], which must come before.
    """
    added = 0
    for one in known:
        content = {name: one.get(name, _BLANK[name]) for name in CONTENT}
        norms.reserve_identity(work.session, _identity(content))
        if norms.find_by_identity(work.session, _identity(content)) is not None:
            continue
        if repealing := one.get("repealed_by"):
            found = norms.find_by_identity(work.session, identity(repealing[0], repealing[1], "", ""))
            content["repealed_by_id"] = found.norm_id if found else None
        keep(work, by, norm_id=None, version=0, content=content)
        added += 1
    return added


def list_norms(session: Session, today: date, *, wanted: str = "", state: str = "") -> list[dict[str, Any]]:
    """The register by name, with how many answers cite each.

    :param wanted: words that must all stand in name, title, other names or issuer, blind to accents.
    :param state: a `Validity`, or "" for all.
    """
    rows = norms.everything(session, limit=MOST_KEPT)
    counts = citations.counts(session)
    words = fold(wanted).split()
    found = [
        shown(row, today, {one.norm_id: one for one in rows}) | {"answers": counts.get(row.norm_id, 0)}
        for row in rows
        if all(word in _searchable(row) for word in words) and state in ("", row.force.on(today))
    ]
    return sorted(found, key=lambda one: (-one["answers"], one["name"])) if words else found


def read_norm(session: Session, norm_id: UUID, today: date) -> dict[str, Any]:
    """One norm with its versions, newest first, and with the norm that repealed it.

    :raises NoSuchNormError: there is none.
    """
    row = norms.find(session, norm_id)
    if row is None:
        raise NoSuchNormError
    others = norms.by_id(session, [row.repealed_by_id] if row.repealed_by_id else [])
    versions = [
        {"version": one.version, "content": one.content, "changed_at": one.changed_at, "changed_by": one.changed_by}
        for one in norms.versions_of(session, norm_id)
    ]
    return shown(row, today, others) | {"versions": versions}


def shown(row: NormRow, today: date, others: dict[UUID, NormRow]) -> dict[str, Any]:
    """A norm as people and programs see it, with whether it is in force on a day."""
    repealing = others.get(row.repealed_by_id) if row.repealed_by_id else None
    return {name: getattr(row, name) for name in CONTENT} | {
        "id": row.norm_id,
        "name": row.name,
        "validity": str(row.force.on(today)),
        "repealed_by": repealing.name if repealing else "",
        "version": row.version,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def answers_that_cite(
    session: Session, norm_id: UUID, person: Person, *, limit: int, after: tuple[UUID, int] | None = None
) -> tuple[list[Any], list[dict[str, Any]]]:
    """`limit` + 1 rows of answers that cite a norm, of cases the person may see, newest first; and how they are shown.

    :raises NoSuchNormError: there is none.
    """
    if norms.find(session, norm_id) is None:
        raise NoSuchNormError
    rows = citations.answers_that_cite(session, norm_id, person, limit=limit, after=after)
    return rows, [
        {
            "code": row.code, "subject": row.subject_line, "topic": row.topic, "municipality": row.municipality,
            "author": row.author_name, "answered_at": row.at, "text": row.AnswerCitation.text,
            "was_in_force": row.AnswerCitation.was_in_force, "reason": row.AnswerCitation.reason,
        }
        for row in rows[:limit]
    ]  # fmt: skip


VALIDITIES = tuple(str(one) for one in Validity)

_BLANK: dict[str, Any] = {
    "number": "", "short_name": "", "other_names": [], "issuer": "", "issued_on": None, "url": "", "valid_from": None,
    "valid_until": None, "repealed_by_id": None, "amendments": "", "note": "", "is_checked": False, "kind": "",
    "title": "",
}  # fmt: skip


def _row_to_change(work: Work, norm_id: UUID | None, version: int) -> NormRow | None:
    if norm_id is None:
        return None
    row = norms.find(work.session, norm_id, is_locked=True)
    if row is None:
        raise NoSuchNormError
    if row.version != version:
        others = norms.by_id(work.session, [row.repealed_by_id] if row.repealed_by_id else [])
        raise StaleNormError(shown(row, work.now.date(), others))
    return row


def _identity(content: dict[str, Any]) -> str:
    return identity(content["kind"], content["number"], content["issuer"], content["title"])


def _searchable(row: NormRow) -> str:
    return fold(" ".join((row.name, row.title, row.short_name, *row.other_names, row.issuer)))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | list | None) else str(value)

"""Answers that say what they rest on: reading citations, asking whether norms are in force, keeping who cites what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.citation_reading import Reference, read_citation, read_partly
from services.routing.domain.citations import CitationSyntaxError, Place, Section, citation_text
from services.routing.domain.norms import Validity, number_key
from services.routing.domain.wording import N_
from services.routing.store import citations, norms
from services.routing.store.advisors import LIMA
from services.routing.store.citations import AnswerCitation
from services.routing.store.norms import NormRow
from services.routing.use_cases import norms as register
from shared.contracts.case import Citation
from shared.messaging.work import Work

MOST_A_TEXT = 20
_MOST_SUGGESTED = 6
PLACE = ("section", "article", "numeral", "literal", "paragraph")

_UNKNOWN = N_("«%(typed)s»: %(norm)s no está en el registro de normas. Revise el número, o pida que la agreguen.")
_AMBIGUOUS = N_("«%(typed)s» puede ser más de una norma: %(norms)s. Cite una.")
_GONE = N_("La norma citada ya no está en el registro.")
_REPEALED = N_(
    "%(citation)s está derogada desde el %(day)s. Si la pregunta es sobre aquella época, escriba por qué la cita."
)
_REPEALED_BY = N_(
    "%(citation)s está derogada desde el %(day)s por %(by)s. Si la pregunta es sobre aquella época, escriba por qué"
    " la cita."
)
_NOT_YET = N_("%(citation)s rige recién desde el %(day)s: escriba por qué la cita.")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the citation at `position`, as a sentence (Spanish) with its values."""

    position: int
    sentence: str
    values: Mapping[str, str]


@dataclass(eq=False)
class BadCitationsError(Exception):
    """Citations that cannot stand so: what each needs."""

    mistakes: tuple[Mistake, ...]


class TooManyCitationsError(Exception):
    """A text cites more than anybody reads."""


def today(now: datetime) -> date:
    """The day it is in Lima, by which norms are in force."""
    return now.astimezone(LIMA).date()


def read(session: Session, given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Citations as they are kept with a draft: `norm_id`, the parts of the place, `reason`; the same twice is one.

    :param given: each with `text` as somebody typed it, or with `norm_id` and the parts of the place; and `reason`.
    :raises BadCitationsError: not read, or of norms that the register does not have; all of them are told.
    :raises TooManyCitationsError: more than `MOST_A_TEXT`.
    """
    kept: dict[tuple[str, ...], dict[str, Any]] = {}
    mistakes: list[Mistake] = []
    names: dict[str, str] | None = None
    for position, one in enumerate(given):
        try:
            if one.get("text"):
                names = norms.names(session) if names is None else names
                norm_id, place = _read_typed(session, one["text"], names)
            else:
                norm_id, place = _read_parts(session, one)
        except CitationSyntaxError as error:
            mistakes.append(Mistake(position, error.sentence, error.values))
            continue
        item = {"norm_id": str(norm_id), **{name: str(getattr(place, name)) for name in PLACE}}
        before = kept.get(tuple(item.values()), {}).get("reason", "")
        kept[tuple(item.values())] = {**item, "reason": one.get("reason") or before}
    if mistakes:
        raise BadCitationsError(tuple(mistakes))
    if len(kept) > MOST_A_TEXT:
        raise TooManyCitationsError
    return list(kept.values())


def suggest(session: Session, typed: str, day: date) -> list[dict[str, Any]]:
    """The norms that what somebody is typing may mean, each as the whole citation it would make; cited ones first."""
    place, words = read_partly(typed)
    if not words:
        return []
    found = register.list_norms(session, day, wanted=" ".join(words))
    return [{**one, "text": citation_text(one["name"], place)} for one in found[:_MOST_SUGGESTED]]


def require_citable(session: Session, items: Sequence[Mapping[str, Any]], day: date) -> None:
    """Let nobody cite by mistake what is not in force: such a citation says why.

    :raises BadCitationsError: which ones do not.
    """
    mistakes = []
    for position, one in enumerate(shown(session, items, day)):
        if one["needs_reason"]:
            sentence = _NOT_YET if one["validity"] == Validity.NOT_YET else _REPEALED
            moment = one["valid_from"] if one["validity"] == Validity.NOT_YET else one["valid_until"]
            values = {"citation": one["text"], "day": moment.strftime("%d/%m/%Y")}
            if one["repealed_by"] and sentence is _REPEALED:
                sentence, values = _REPEALED_BY, {**values, "by": one["repealed_by"]}
            mistakes.append(Mistake(position, sentence, values))
    if mistakes:
        raise BadCitationsError(tuple(mistakes))


def attach(work: Work, message_id: UUID, items: Sequence[Mapping[str, Any]]) -> tuple[Citation, ...]:
    """Tie an answer to what it cites, as of today; returns the citations as the event tells them."""
    if not items:
        return ()
    day = today(work.now)
    found = shown(work.session, items, day)
    work.session.flush()  # the message first: the citations refer to it
    work.session.add_all(
        AnswerCitation(
            message_id=message_id, position=position, norm_id=one["norm_id"], text=one["text"], checked_on=day,
            was_in_force=one["validity"] == Validity.IN_FORCE, reason=one["reason"],
            **{name: one[name] for name in PLACE},
        )
        for position, one in enumerate(found, 1)
    )  # fmt: skip
    return tuple(
        Citation(
            text=one["text"], title=one["title"], url=one["url"], validity=one["validity"], checked_on=day,
            valid_from=one["valid_from"], valid_until=one["valid_until"], repealed_by=one["repealed_by"],
            reason=one["reason"],
        )
        for one in found
    )  # fmt: skip


def copy(work: Work, message_id: UUID, other_id: UUID) -> None:
    """An answer told to somebody else too cites there what it cites here."""
    rows = citations.of_messages(work.session, [message_id])
    if rows:
        work.session.flush()
    names = ("position", "norm_id", "text", "checked_on", "was_in_force", "reason", *PLACE)
    work.session.add_all(AnswerCitation(message_id=other_id, **{n: getattr(row, n) for n in names}) for row in rows)


def shown(session: Session, items: Sequence[Mapping[str, Any]], day: date) -> list[dict[str, Any]]:
    """Kept citations as people and programs see them, with whether the norm is in force on a day."""
    known = norms.by_id(session, {UUID(str(one["norm_id"])) for one in items})
    others = norms.by_id(session, {row.repealed_by_id for row in known.values() if row.repealed_by_id})
    found = []
    for one in items:
        row = known[UUID(str(one["norm_id"]))]
        place = Place(section=Section(one["section"]), **{name: one[name] for name in PLACE if name != "section"})
        found.append(_shown(row, others, place, day) | {"reason": one.get("reason", "")})
    for line in found:
        line["needs_reason"] = line["validity"] != Validity.IN_FORCE and not line["reason"]
    return found


def of_case(session: Session, case_id: UUID, day: date) -> dict[UUID, list[dict[str, Any]]]:
    """What the answers of a case cite, by message: as sent, and with whether the norm is in force today."""
    return _by_message(session, citations.of_case(session, case_id), day)


def of_messages(session: Session, message_ids: Collection[UUID], day: date) -> dict[UUID, list[dict[str, Any]]]:
    """As `of_case`, for answers of several cases."""
    return _by_message(session, citations.of_messages(session, message_ids) if message_ids else [], day)


def _by_message(session: Session, rows: Sequence[AnswerCitation], day: date) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    items = [{name: getattr(row, name) for name in ("norm_id", "reason", *PLACE)} for row in rows]
    for row, line in zip(rows, shown(session, items, day), strict=True):
        told = {"text": row.text, "checked_on": row.checked_on, "was_in_force": row.was_in_force}
        found.setdefault(row.message_id, []).append(line | told)
    return found


def items_of_message(session: Session, message_id: UUID) -> list[dict[str, Any]]:
    """What an answer cites, as the start of another: without the reasons, which were about that question."""
    rows = citations.of_messages(session, [message_id])
    return [{"norm_id": str(row.norm_id), **{name: getattr(row, name) for name in PLACE}, "reason": ""} for row in rows]


def compare(older: Sequence[Mapping[str, Any]], newer: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Shown citations of two rounds as one list: those of the newer as `added` or `same`, then those `removed`."""
    before, after = {one["text"] for one in older}, {one["text"] for one in newer}
    kept = [{**one, "change": "same" if one["text"] in before else "added"} for one in newer]
    return kept + [{**one, "change": "removed"} for one in older if one["text"] not in after]


def _shown(row: NormRow, others: Mapping[UUID, NormRow], place: Place, day: date) -> dict[str, Any]:
    repealing = others.get(row.repealed_by_id) if row.repealed_by_id else None
    return {
        "norm_id": row.norm_id,
        "text": citation_text(row.name, place),
        "title": row.title,
        "url": row.url,
        "validity": str(row.force.on(day)),
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "repealed_by": repealing.name if repealing else "",
        "amendments": row.amendments,
        "is_checked": row.is_checked,
        **{name: str(getattr(place, name)) for name in PLACE},
    }


def _read_parts(session: Session, one: Mapping[str, Any]) -> tuple[UUID, Place]:
    norm_id = UUID(str(one["norm_id"]))
    if norms.find(session, norm_id) is None:
        raise CitationSyntaxError(_GONE)
    section = Section(one.get("section") or Section.BODY)
    return norm_id, Place(section=section, **{name: one.get(name) or "" for name in PLACE if name != "section"})


def _read_typed(session: Session, typed: str, names: Mapping[str, str]) -> tuple[UUID, Place]:
    found = read_citation(typed, names)
    rows: dict[UUID, NormRow] = {}
    for reference in found.references:
        meant = _meant(session, reference)
        if not meant:
            raise CitationSyntaxError(_UNKNOWN, typed=typed, norm=reference.text)
        rows.update({row.norm_id: row for row in meant})
    if len(rows) > 1:
        named = "; ".join(sorted(f"{row.name} ({row.issuer or row.title})" for row in rows.values()))
        raise CitationSyntaxError(_AMBIGUOUS, typed=typed, norms=named)
    return next(iter(rows)), found.place


def _meant(session: Session, reference: Reference) -> list[NormRow]:
    """The norms a reference may mean: exactly, or, with the end of the number left out («D.S. 004-2019»), nearly."""
    if reference.known:
        row = norms.find(session, UUID(reference.known))
        return [row] if row else []
    wanted = number_key(reference.kind, reference.number)
    keyed = [(number_key(row.kind, row.number), row) for row in norms.of_kind(session, reference.kind) if row.number]
    exact = [row for key, row in keyed if key == wanted]
    return exact or [row for key, row in keyed if key.startswith(f"{wanted}-") and "-" in wanted]

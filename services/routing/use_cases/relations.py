"""What a case has to do with others, as the sheet shows it."""

from __future__ import annotations

from datetime import datetime
from textwrap import shorten
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.routing.domain.case_state import CaseState
from services.routing.store import cases, families
from services.routing.store.cases import visible_to
from services.routing.store.models import Case, CaseHistory
from services.routing.store.relation_models import CaseLink, CaseSplitOff
from services.routing.use_cases.case_merging import UNDO_WITHIN
from services.routing.use_cases.linking import FOLLOWS, SPLIT
from shared.accounts.people import Person

_TITLE_LENGTH = 80


def read_relations(session: Session, case: Case, person: Person, now: datetime) -> dict[str, Any]:
    """Merged cases, and into which this one is merged. What the person may not see has a code and no more."""
    return {
        "merged_into": None if case.merged_into_id is None else _survivor(session, case, person),
        "links": _links(session, case, person),
        "pending_parts": _pending_parts(session, case),
        "merged": [] if case.state == CaseState.MERGED else _merged(session, case, now),
    }


def thread_of_merged(session: Session, case: Case, merged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the officials of merged cases asked and wrote, each line with the code of its case."""
    if not merged:
        return []
    joined = families.merged_into(session, case.case_id)
    codes = {one.case_id: one for one in joined}
    asked = [_line(one.case_id, "consultation", one, one.body, one.submitted_at) for one in joined]
    wrote = [
        _line(one.message_id, one.kind, codes[one.case_id], one.body, one.at)
        for one in families.written_to_merged(session, case.case_id)
    ]
    return asked + wrote


def relative(case: Case, *, is_visible: bool) -> dict[str, Any]:
    """Another case, as a relation shows it."""
    return {
        "code": case.code,
        "title": title_of(case) if is_visible else "",
        "state": case.state,
        "is_visible": is_visible,
    }


def title_of(case: Case) -> str:
    """The subject, or the beginning of the question."""
    return case.subject_line or shorten(case.body, _TITLE_LENGTH, placeholder="…")


def _line(identifier: Any, kind: str, case: Case, body: str, at: datetime) -> dict[str, Any]:
    return {
        "id": identifier,
        "kind": kind,
        "is_official": True,
        "author": case.asker_name,
        "body": body,
        "at": at,
        "code": case.code,
        "municipality": case.municipality,
    }


def _survivor(session: Session, case: Case, person: Person) -> dict[str, Any]:
    survivor = session.get(Case, case.merged_into_id)
    if survivor is None:
        raise AssertionError
    visible = cases.find_visible(session, survivor.code, person) is not None
    return relative(survivor, is_visible=visible)


def _merged(session: Session, case: Case, now: datetime) -> list[dict[str, Any]]:
    joined = families.merged_into(session, case.case_id)
    if not joined:
        return []
    told = {one.case_id for one in families.told_along(session, case.case_id)}
    return [
        relative(one, is_visible=True)
        | {
            "asker": one.asker_name,
            "municipality": one.municipality,
            "merged_at": one.merged_at,
            "is_told": one.case_id in told,
            "can_undo": case.is_open and one.merged_at is not None and now - one.merged_at <= UNDO_WITHIN,
        }
        for one in joined
    ]


def _links(session: Session, case: Case, person: Person) -> list[dict[str, Any]]:
    found = list(
        session.scalars(
            select(CaseLink)
            .where(or_(CaseLink.case_id == case.case_id, CaseLink.other_id == case.case_id))
            .order_by(CaseLink.made_at)
        )
    )
    if not found:
        return []
    ids = [one.other_id if one.case_id == case.case_id else one.case_id for one in found]
    far = {one.case_id: one for one in session.scalars(select(Case).where(Case.case_id.in_(ids)))}
    seen = set(session.scalars(select(Case.case_id).where(Case.case_id.in_(ids), visible_to(person))))
    return [
        relative(far[far_id], is_visible=far_id in seen)
        | {
            "kind": _KINDS.get((one.kind, one.case_id == case.case_id), one.kind),
            "made_by": one.made_by,
            "made_at": one.made_at,
            "can_unlink": one.kind != SPLIT and far_id in seen,
        }
        for one, far_id in zip(found, ids, strict=True)
    ]


_KINDS = {(FOLLOWS, False): "followed", (SPLIT, True): "whole", (SPLIT, False): "part"}
"""What the other case is, seen from the end of a link that is not its beginning."""


def _pending_parts(session: Session, case: Case) -> list[dict[str, Any]]:
    waiting = session.scalars(
        select(CaseSplitOff).where(CaseSplitOff.parent_id == case.case_id, CaseSplitOff.opened_at.is_(None))
    )
    return [{"topic": one.topic, "split_at": one.split_at} for one in waiting]


def handover_of(case: Case, lines: list[CaseHistory]) -> dict[str, Any] | None:
    """The note with which the case came to the advisor who has it now."""
    if not case.is_load:
        return None
    given = next((line for line in reversed(lines) if line.kind in ("assigned", "reassigned")), None)
    if given is None or not given.data.get("handover"):
        return None
    return {"note": given.data["handover"], "by": given.actor_name, "at": given.at}


def candidates(session: Session, case: Case, person: Person, *, limit: int = 5) -> list[Case]:
    """Open cases that may ask the same: of the same official or office, the newest first."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.case_id != case.case_id,
                Case.state.in_(("triage", "unstaffed", "assigned", "waiting")),
                (Case.official_id == case.official_id) | (Case.ubigeo == case.ubigeo),
                visible_to(person),
            )
            .order_by((Case.official_id == case.official_id).desc(), Case.submitted_at.desc())
            .limit(limit)
        )
    )

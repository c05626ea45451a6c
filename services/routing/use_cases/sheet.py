"""What people see of a case: the sheet, the same for the page and the API, and a line of a queue."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from services.routing.domain.case_state import OPEN_STATES, Act, CaseState, is_possible
from services.routing.store import cases, history
from services.routing.store.cases import SEES_ALL
from services.routing.store.models import Case, CaseHistory
from services.routing.use_cases import attaching, citing, relations, topics
from services.routing.use_cases.acting import CaseNotFoundError
from services.routing.use_cases.clocks import clock_values, read_clocks
from services.routing.use_cases.promise_moves import promise_moves
from services.routing.use_cases.similar import similar_to_case
from shared.accounts.people import Person

_SPEAKING = frozenset({Act.ANSWER, Act.ASK, Act.CLOSE, Act.MERGE, Act.SPLIT, Act.SNOOZE})
_OFFERED = (Act.ANSWER, Act.ASK, Act.CHOOSE_TOPIC, Act.ASSIGN, Act.CLOSE, Act.MERGE, Act.SPLIT, Act.SNOOZE)


def read_sheet(session: Session, code: str, person: Person, locale: str) -> dict[str, Any]:
    """Everything about a case that a person may know, in their language. Times are aware UTC.

    :raises CaseNotFoundError: there is no such case, or the person may not see it.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    lines = history.lines_of(session, case.case_id)
    notes = cases.notes_of(session, case.case_id)
    related = relations.read_relations(session, case, person, now)
    return {
        "id": case.case_id,
        "code": case.code,
        "version": case.version,
        "state": case.state,
        "outcome": case.outcome,
        "subject": case.subject_line,
        "title": case.subject_line or _shortened(case.body[:120]),
        "channel": case.channel,
        "submitted_at": case.submitted_at,
        "promised_at": case.promised_at,
        "asker": {
            "full_name": case.asker_name,
            "position": case.asker_position,
            "municipality": case.municipality,
            "ubigeo": case.ubigeo,
            "locale": case.asker_locale,
        },
        "topic": _named(topics.named(case.topic), locale),
        "classification": _classification(case, locale),
        "assignment": _assignment(session, case, locale),
        "clocks": clock_values(read_clocks(session, case, now, lines), locale),
        "attachments_held": attaching.held(session, case.case_id, person.id),
        "thread": _thread(session, case, related["merged"], citing.of_case(session, case.case_id, citing.today(now))),
        "notes": [{"id": one.note_id, "author": one.author_name, "body": one.body, "at": one.at} for one in notes],
        "seen": f"{case.history_count}.{len(notes)}",
        "timeline": [timeline_line(one, locale) for one in lines],
        "relations": related,
        "handover": relations.handover_of(case, lines),
        "snoozed_until": case.snoozed_until,
        "rating": _rating(case),
        "actions": actions(case, person),
        "similar": similar_to_case(session, case, person, locale) if case.is_open else [],
        "reply_proposal": topics.reply_proposal(case.asker_locale) if _is_out_of_scope(case) else None,
        "now": now,
    }


def actions(case: Case, person: Person) -> list[str]:
    """What the person may do with the case as it stands."""
    is_in_charge = person.role in SEES_ALL or case.advisor_id in (None, person.id)
    possible = [act for act in _OFFERED if is_possible(case.standing, act) and (is_in_charge or act not in _SPEAKING)]
    if Act.ASSIGN in possible and not is_in_charge:
        possible.remove(Act.ASSIGN)
    return [str(act) for act in possible]


def read_clock_report(session: Session, code: str, person: Person, locale: str) -> dict[str, Any]:
    """Every clock of a case, each exchange included, with the counted intervals behind its deadline.

    :raises CaseNotFoundError: there is no such case, or the person may not see it.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    return clock_report(session, case, locale)


def clock_report(session: Session, case: Case, locale: str) -> dict[str, Any]:
    """The report of `read_clock_report` for a case at hand."""
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    lines = history.lines_of(session, case.case_id)
    states = read_clocks(session, case, now, lines)
    values = clock_values(states, locale)
    by_key = {(value["name"], value["cycle"]): value for value in values}
    reported = []
    for state in states:
        value = by_key.get((str(state.name), state.cycle)) or clock_values((state,), locale)[0]
        explanation = state.explanation
        reported.append(
            value
            | {
                "intervals": [
                    {"from": one.from_, "to": one.to, "seconds": one.seconds} for one in explanation.intervals
                ],
                "skipped": [
                    {"date": one.date, "reason": one.reason_en if locale.startswith("en") else one.reason}
                    | {"norm": one.norm}
                    for one in explanation.skipped
                ],
                "pauses": [{"from": one.from_, "to": one.to, "reason": str(one.reason)} for one in explanation.pauses],
            }
        )
    return {"code": case.code, "state": case.state, "promised_at": case.promised_at, "clocks": reported} | {
        "moves": promise_moves(session, case, lines, locale)
    }


def queue_line(row: Row[Any], now: datetime, locale: str) -> dict[str, Any]:
    """A case as a queue shows it."""
    is_open = row.state in OPEN_STATES
    return {
        "code": row.code,
        "subject": row.subject_line,
        "title": row.subject_line or _shortened(row.excerpt),
        "asker": row.asker_name,
        "municipality": row.municipality,
        "ubigeo": row.ubigeo,
        "topic": _named(topics.named(row.topic), locale),
        "kind": row.kind,
        "is_urgent": row.is_urgent,
        "state": row.state,
        "outcome": row.outcome,
        "advisor": row.advisor_name,
        "submitted_at": row.submitted_at,
        "promised_at": row.promised_at,
        "due_at": row.next_due_at,
        "seconds_left": int((row.next_due_at - now).total_seconds()) if row.next_due_at else None,
        "is_breached": is_open and row.next_due_at is not None and row.next_due_at < now,
        "is_at_risk": is_open and row.risk_at is not None and row.risk_at <= now <= (row.next_due_at or now),
        "ended_at": row.ended_at,
        "version": row.version,
    }


def _named(topic: topics.Named, locale: str) -> dict[str, str]:
    return {"code": topic.code, "name": topic.name(locale)}


def _shortened(excerpt: str) -> str:
    """What stands for a subject where the official gave none: the first words of the text."""
    return textwrap.shorten(excerpt, 80, placeholder="…")


def _is_out_of_scope(case: Case) -> bool:
    return case.state == CaseState.TRIAGE and case.topic == topics.out_of_scope().code


def _classification(case: Case, locale: str) -> dict[str, Any]:
    kind = topics.kinds().get(case.kind)
    return {
        "topic": case.topic,
        "topic_name": topics.named(case.topic).name(locale),
        "kind": case.kind,
        "kind_name": kind.name(locale) if kind else case.kind,
        "urgent": case.is_urgent,
        "confidence": round(case.topic_confidence, 4),
        "kind_confidence": round(case.kind_confidence, 4),
        "urgency_confidence": round(case.urgency_confidence, 4),
        "reasons": case.reasons,
        "candidates": [one | {"name": topics.named(one["topic"]).name(locale)} for one in case.candidates],
        "needs_triage": case.needs_triage,
        "decided_by": case.decided_by,
        "model_version": case.model_version,
    }


def _assignment(session: Session, case: Case, locale: str) -> dict[str, Any]:
    name = None
    if case.advisor_id is not None:
        name = session.execute(
            text("SELECT full_name FROM account WHERE account_id = :id"), {"id": case.advisor_id}
        ).scalar()
    return {
        "advisor": None if case.advisor_id is None else {"id": case.advisor_id, "full_name": name},
        "assigned_at": case.assigned_at,
        "reason": case.assignment_reason_en if locale.startswith("en") else case.assignment_reason_es,
    }


def _thread(
    session: Session, case: Case, merged: list[dict[str, Any]], cited: dict[UUID, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The consultation and every message after it, oldest first; with what the officials of merged cases wrote."""
    first = {
        "id": case.case_id,
        "kind": "consultation",
        "is_official": True,
        "author": case.asker_name,
        "body": case.body,
        "at": case.submitted_at,
    }
    files = attaching.of_case(session, case.case_id)
    rest = [
        {
            "id": one.message_id,
            "kind": one.kind,
            "is_official": one.kind in ("clarification", "reopening"),
            "author": one.author_name,
            "body": one.body,
            "at": one.at,
            "citations": cited.get(one.message_id, []),
            "attachments": files.get(one.message_id, []),
        }
        for one in cases.messages_of(session, case.case_id)
    ]
    others = relations.thread_of_merged(session, case, merged)
    return [first, *sorted([*rest, *others], key=lambda one: one["at"])]


def timeline_line(line: CaseHistory, locale: str) -> dict[str, Any]:
    """A line of the log as people read it: `type`, `at`, `by`, `reason` and the `details` they may know."""
    data = dict(line.data)
    reason = data.pop("reason_en" if locale.startswith("en") else "reason_es", None)
    details = {key: value for key, value in data.items() if key in _TOLD}
    if topic := (data.get("classification") or {}).get("topic"):
        details["topic"] = topics.named(topic).name(locale)
    elif line.kind == "split_off":
        details["topic"] = topics.named(data["topic"]).name(locale)
    return {"type": line.kind, "at": line.at, "by": line.actor_name, "reason": reason, "details": details}


_TOLD = frozenset(
    {
        "advisor", "channel", "clock", "percent", "outcome", "note", "score", "comment", "edition", "code", "cause",
        "until", "link", "round", "reviewer",
    }
)  # fmt: skip


def _rating(case: Case) -> dict[str, Any] | None:
    if case.rating_score is None:
        return None
    return {"score": case.rating_score, "comment": case.rating_comment, "at": case.rated_at}

"""The rules as programs read them: what is in force, drafts, editions, and the runs that try or adopt them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from services.routing.domain.closed_days import row_of
from services.routing.domain.desk_calendar import calendar_content_of
from services.routing.domain.sla_policy import content_of
from services.routing.store import rule_editions, rule_runs
from services.routing.store.rule_editions import DELIVERED, KINDS, POLICY, version_name
from services.routing.store.rule_models import SlaDraft, SlaEdition, SlaRun
from services.routing.use_cases import rules
from services.routing.use_cases.day_edits import JudgedRow, key_of
from services.routing.use_cases.rule_runs import DONE, RECALCULATION, TRIAL

_NEWEST_RUNS = 20
_OUTCOMES = ("kept_before", "missed_before", "kept_after", "missed_after")


def read_overview(session: Session, locale: str) -> dict[str, Any]:
    """What holds now, the drafts, every edition and the newest runs."""
    kinds = {}
    for kind in KINDS:
        draft = session.get(SlaDraft, kind)
        kinds[kind] = {
            "in_force": _numbered(kind, _newest(session, kind)),
            "draft_version": draft.version if draft else 0,
            "editions": [_edition_line(one, locale) for one in rule_editions.editions(session, kind)],
        }
    return kinds | {"runs": [read_run_row(run) for run in rule_runs.newest(session, _NEWEST_RUNS)]}


def read_draft(session: Session, kind: str, locale: str) -> dict[str, Any]:
    """The draft of a kind, or what is in force as the draft it would become (version 0)."""
    draft = rules.read_draft(session, kind)
    return {
        "kind": kind,
        "version": draft.version,
        "changed_by": draft.changed_name,
        "changed_at": draft.changed_at,
        "changes": [_said(one.es, one.en, locale) for one in draft.changes],
        kind: _content(kind, draft.content),
    }


def read_edition(session: Session, kind: str, number: int, locale: str) -> dict[str, Any]:
    """A published edition, or the delivered one (number 1) that nobody has published.

    :raises LookupError: there is none of this number.
    """
    if number == DELIVERED:
        line = _numbered(kind, number) | dict.fromkeys(("published_by", "published_at", "trial_id"))
        line |= {"reason": "", "changes": []}
    else:
        line = _edition_line(rule_editions.edition(session, kind, number), locale)
    if kind == POLICY:
        content = content_of(rule_editions.policy_number(session, number))
    else:
        content = calendar_content_of(rule_editions.calendar_number(session, number))
    runs = rule_runs.newest(session, _NEWEST_RUNS, kind=kind, edition_number=number)
    return line | {
        "is_in_force": number == _newest(session, kind),
        "runs": [read_run_row(run) for run in runs],
        kind: _content(kind, content),
    }


def read_run(session: Session, run_id: UUID) -> dict[str, Any]:
    """How far a run is, and its result when it is done.

    :raises LookupError: there is none.
    """
    run = session.get(SlaRun, run_id)
    if run is None:
        raise LookupError(run_id)
    draft = session.get(SlaDraft, run.kind) if run.purpose == TRIAL else None
    is_done = run.state == DONE
    found = read_run_row(run) | {"is_publishable": is_done and draft is not None and draft.content == run.content}
    if is_done:
        found["adopted" if run.purpose == RECALCULATION else "what_if"] = (
            run.result if run.purpose == RECALCULATION else _what_if(run.result)
        )
    return found


def read_run_row(run: SlaRun) -> dict[str, Any]:
    """A run in a list."""
    return {
        "id": run.run_id,
        "purpose": run.purpose,
        "kind": run.kind,
        "state": run.state,
        "total": run.total,
        "done": run.done,
        "draft_version": run.draft_version,
        "edition_number": run.edition_number,
        "reason": run.reason,
        "asked_by": run.asked_name,
        "asked_at": run.asked_at,
        "finished_at": run.finished_at,
    }


def read_changed_cases(session: Session, run_id: UUID, *, limit: int, after: UUID | None) -> Sequence[Row[Any]]:
    """The cases that a run moves, `limit` + 1 at most, in order of case; none before it is done.

    :raises LookupError: there is no such run.
    """
    run = session.get(SlaRun, run_id)
    if run is None:
        raise LookupError(run_id)
    return rule_runs.changed_cases(session, run_id, limit + 1, after) if run.state == DONE else []


def changed_case(row: Row[Any], locale: str) -> dict[str, Any]:
    """One case that a run moves: promises and clocks before and after, or why it cannot be counted."""
    result = row.result
    return {
        "code": row.code,
        "subject": row.subject,
        "topic": row.topic,
        "state": row.state,
        "promised_before": result.get("promised_before"),
        "promised_after": result.get("promised_after"),
        "clocks": result.get("clocks", []),
        "error": _said(result["error_es"], result["error_en"], locale) if "error_es" in result else None,
    }


def judged_row(judged: JudgedRow, locale: str) -> dict[str, Any]:
    """A row of a file of days, and what adding it would mean."""
    row = judged.row
    return {
        "number": row.number,
        "verdict": judged.verdict,
        "day": day_value(row_of(row.rule)) if row.rule else None,
        "error": row.error.text(locale) if row.error else None,
    }


def day_value(row: Mapping[str, str]) -> dict[str, Any]:
    """A row of the closed-days table with values instead of texts, and the key it is taken out by."""
    return {
        "key": key_of(dict(row)),
        "when": row["when"],
        "name": row["name"],
        "name_en": row["name_en"],
        "norm": row["norm"],
        "ubigeo_prefix": row["ubigeo_prefix"],
        "closed_window": row["closed_window"],
        "is_made_up": row["is_made_up"] == "yes",
        "first_year": int(row["first_year"]) if row["first_year"] else None,
        "last_year": int(row["last_year"]) if row["last_year"] else None,
    }


def _content(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if kind == POLICY:
        return {name: value for name, value in content.items() if name != "version"}
    return {**content, "days": [day_value(row) for row in content["days"]]}


def _edition_line(edition: SlaEdition, locale: str) -> dict[str, Any]:
    return _numbered(edition.kind, edition.number) | {
        "reason": edition.reason,
        "changes": [_said(one["es"], one["en"], locale) for one in edition.changes],
        "trial_id": edition.trial_id,
        "published_by": edition.published_name,
        "published_at": edition.published_at,
    }


def _numbered(kind: str, number: int) -> dict[str, Any]:
    return {"number": number, "name": version_name(kind, number)}


def _newest(session: Session, kind: str) -> int:
    in_force = rule_editions.in_force(session)
    return in_force.policy if kind == POLICY else in_force.calendar


def _what_if(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "since": result["since"],
        "is_cut": result["is_cut"],
        "received": result["received"],
        "other_outcome": result["other_outcome"],
        "unreadable": result["unreadable"],
        "open": result["open"],
        "clocks": [
            {"clock": clock, "topic": topic, **dict(zip(_OUTCOMES, row, strict=True))}
            for clock, by_topic in sorted(result["clocks"].items())
            for topic, row in sorted(by_topic.items())
        ],
    }


def _said(es: str, en: str, locale: str) -> str:
    return en if locale.startswith("en") else es

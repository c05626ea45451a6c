"""Everything that happened to a case, in one list: who, when, what, from what to what, why, and by which rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from services.routing.store import cases, history
from services.routing.store.models import Case, CaseHistory, CaseNote
from services.routing.use_cases import topics
from services.routing.use_cases.acting import CaseNotFoundError
from services.routing.use_cases.sheet import timeline_line
from shared.accounts.people import Person

GROUPS: dict[str, tuple[str, ...]] = {
    "official": ("submitted", "official_message", "reopened", "withdrawn", "rated"),
    "answers": ("answer_sent", "clarification_requested", "closed"),
    "assignment": ("assigned", "reassigned", "unstaffed", "returned", "snoozed", "awoken"),
    "classification": ("reclassified",),
    "deadlines": ("sla_warning", "sla_breached", "wait_expired", "recalculated", "exception_granted"),
    "relations": ("merged_into", "absorbed", "unmerged", "left", "linked", "unlinked", "split_off"),
    "notes": ("note",),
}
"""What a reader may narrow the list to; a kind of line that stands nowhere here is in every unnarrowed list."""

_GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}


def read_timeline(
    session: Session, code: str, person: Person, locale: str, *, group: str | None = None
) -> dict[str, Any]:
    """Every line of a case's log and every note, oldest first.

    :raises CaseNotFoundError: there is no such case, or the person may not see it.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    logged = _logged(session, case, locale)
    handed = {(line["at"], line["note"]) for line in logged}  # kept as notes too, and told once
    notes = [one for one in cases.notes_of(session, case.case_id) if (one.at, one.body) not in handed]
    lines = [*logged, *map(_noted, notes)]
    lines.sort(key=lambda line: line["at"])
    return {
        "code": case.code,
        "lines": [line for line in lines if group is None or line["group"] == group],
    }


def _logged(session: Session, case: Case, locale: str) -> list[dict[str, Any]]:
    """The log, each line with what held before it, told from the lines above."""
    topic = advisor = ""
    told = []
    for line in history.lines_of(session, case.case_id):
        now_topic, now_advisor = _topic_of(line, locale) or topic, line.data.get("advisor") or advisor
        before, after = "", ""
        if line.kind in ("reclassified", "submitted"):
            before, after, topic = topic, now_topic, now_topic
        elif line.kind in ("assigned", "reassigned"):
            before, after, advisor = advisor, now_advisor, now_advisor
        told.append(
            timeline_line(line, locale)
            | {
                "group": _GROUP_OF.get(line.kind, "other"),
                "before": before,
                "after": after if before != after else "",
                "rule": _rule(case, line),
                "note": line.data.get("handover") or line.data.get("note") or "",
            }
        )
    return told


def _noted(note: CaseNote) -> dict[str, Any]:
    return {
        "type": "note",
        "at": note.at,
        "by": note.author_name,
        "reason": None,
        "details": {},
        "group": "notes",
        "before": "",
        "after": "",
        "rule": "",
        "note": note.body,
    }


def _topic_of(line: CaseHistory, locale: str) -> str:
    code = (line.data.get("classification") or {}).get("topic")
    return topics.named(code).name(locale) if code else ""


def _rule(case: Case, line: CaseHistory) -> str:
    """By which version of which rule: of the classifier, of the policy, or of the way the case was assigned."""
    if line.kind == "submitted":
        return case.model_version
    if line.kind == "recalculated":
        return str(line.data.get("policy_version") or line.data.get("calendar_version") or "")
    if line.kind in ("sla_warning", "sla_breached"):
        return case.policy_version
    return str(line.data.get("how", ""))

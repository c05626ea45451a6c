"""Closing a case by staff."""

from __future__ import annotations

from services.routing.domain.case_state import Act
from services.routing.domain.learning import Label
from services.routing.domain.unresolved import require_finished
from services.routing.store import history
from services.routing.store.models import Case
from services.routing.use_cases import clocks, corrections, instruments
from services.routing.use_cases.acting import case_for, require_charge, undergo
from services.routing.use_cases.drafts import end_review
from services.routing.use_cases.passing_on import pass_on_end
from services.routing.use_cases.topics import out_of_scope, outside_kind
from shared.accounts.people import Person
from shared.contracts.case import CaseClosed
from shared.messaging.work import Work

ANSWERED, WITHDRAWN, OUT_OF_SCOPE, ABANDONED = "answered", "withdrawn", "out_of_scope", "abandoned"
STAFF_OUTCOMES = (ANSWERED, OUT_OF_SCOPE, ABANDONED)


class NotAnsweredError(ValueError):
    """A case that was never answered cannot be closed as answered."""


def close(work: Work, code: str, person: Person, *, version: int, outcome: str, note: str) -> Case:
    """End a case; `note` is what the official is told. Without an answer the clocks do not apply, they are not met.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, NotAnsweredError: nothing
        changed.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    require_finished(note)
    if outcome == ANSWERED and case.first_answered_at is None:
        raise NotAnsweredError
    if outcome == OUT_OF_SCOPE:
        said = Label(case.topic, case.kind, case.is_urgent)
        outside = Label(out_of_scope().code, outside_kind(), is_urgent=False)
        corrections.record(work, case, person, said, outside, was_triage=case.needs_triage, reason="")
    undergo(work, case, Act.CLOSE)
    end(work, case, outcome=outcome, note=note, kind="closed", person=person)
    return case


def end(work: Work, case: Case, *, outcome: str, note: str, kind: str, person: Person | None) -> None:
    """What the end of a case means for its log, its clocks and everybody who follows it."""
    case.outcome = outcome
    case.ended_at = work.now
    case.waiting_since = None
    history.add(
        work.session, case, kind, work.now, actor_id=person.id if person else None,
        actor_name=person.full_name if person else case.asker_name, outcome=outcome, note=note,
    )  # fmt: skip
    end_review(work, case, by=None)
    clocks.refresh(work, case)
    instruments.CASES_ENDED.labels(outcome).inc()
    event = CaseClosed(
        consultation_id=case.case_id,
        code=case.code,
        official_id=case.official_id,
        outcome=outcome,
        note=note,
        closed_at=work.now,
    )
    work.emit(event)
    if person is not None:  # what the official took back is their own affair
        pass_on_end(work, case, event)

"""Topic, kind and urgency decided by a person: triage, and corrections later."""

from __future__ import annotations

from services.routing.domain.case_state import Act, CaseState
from services.routing.domain.learning import Label
from services.routing.store import history
from services.routing.store.models import AdvisorSkill, Case
from services.routing.use_cases import clocks, corrections, instruments
from services.routing.use_cases.acting import case_for, undergo
from services.routing.use_cases.settlement import Placement, Settlement
from services.routing.use_cases.topics import DEFAULT_KIND, staff_kinds, topic_of
from shared.accounts.people import Person
from shared.contracts.case import CaseClassified
from shared.messaging.work import Work


def choose_topic(
    work: Work,
    code: str,
    person: Person,
    *,
    version: int,
    topic: str,
    kind: str | None = None,
    is_urgent: bool | None = None,
    reason: str = "",
) -> Case:
    """Give a case the topic a person chose; from triage it goes on to an advisor at once.

    `kind` and `is_urgent` stay as they are when None. `reason` is for colleagues and for the classifier's log. The
    clocks keep their elapsed time and get the new targets. An advisor who does not know the new topic hands the case
    on, if somebody who does has room.

    :raises CaseNotFoundError, StaleVersionError, ImpossibleActError: nothing changed.
    """
    case = case_for(work, code, person, version=version)
    was_triage = case.state == CaseState.TRIAGE
    undergo(work, case, Act.CHOOSE_TOPIC)
    reclassify(work, case, person, topic=topic, kind=kind, is_urgent=is_urgent, reason=reason)
    instruments.CORRECTIONS.labels(str(was_triage).lower()).inc()
    _find_advisor(work, case)
    return case


def reclassify(
    work: Work,
    case: Case,
    person: Person,
    *,
    topic: str,
    kind: str | None = None,
    is_urgent: bool | None = None,
    reason: str = "",
) -> None:
    """Write a person's decision on topic, kind and urgency, keep it to learn from, renew the clocks, tell everybody."""
    before, said = case.promised_at, Label(case.topic, case.kind, case.is_urgent)
    was_triage = case.needs_triage
    data = {"from_topic": case.topic, "was_triage": was_triage} | ({"note": reason} if reason else {})
    case.topic = topic
    case.kind = kind or (case.kind if case.kind in staff_kinds() else DEFAULT_KIND)
    case.is_urgent = case.is_urgent if is_urgent is None else is_urgent
    case.needs_triage = False
    case.decided_by = str(person.id)
    history.add(
        work.session, case, "reclassified", work.now, actor_id=person.id, actor_name=person.full_name,
        classification=history.classification_data(case.kind, case.topic, is_urgent=case.is_urgent), **data,
    )  # fmt: skip
    decided = Label(case.topic, case.kind, case.is_urgent)
    corrections.record(work, case, person, said, decided, was_triage=was_triage, reason=reason)
    clocks.refresh(work, case)
    work.emit(
        CaseClassified(
            consultation_id=case.case_id,
            code=case.code,
            official_id=case.official_id,
            topic=topic_of(case.topic),
            kind=case.kind,
            is_urgent=case.is_urgent,
            confidence=1.0,
            reasons=(),
            needs_triage=False,
            decided_by=str(person.id),
            model_version=case.model_version,
            promised_at=case.promised_at,
            classified_at=work.now,
        )
    )
    clocks.tell_rescheduled(work, case, "reclassified", before)


def _find_advisor(work: Work, case: Case) -> None:
    if case.state == CaseState.UNSTAFFED:
        Settlement.of(work).place(Placement(case, work))
    elif case.is_load and work.session.get(AdvisorSkill, (case.advisor_id, case.topic)) is None:
        Settlement.of(work).place(Placement(case, work, stays_if_nobody=True))

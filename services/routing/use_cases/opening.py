"""Opening cases: a consultation arrives, is classified, gets its clocks, and goes to an advisor or to triage.

The cases of one batch of events are opened together at the end of its transaction: a handful of statements for all
of them, and the advisors are locked for milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from services.routing.domain.case_state import CaseState
from services.routing.domain.classification import Classification
from services.routing.domain.language_hint import language_of
from services.routing.store import history, rule_editions, rule_versions
from services.routing.store.assignment_source import assignment_rules
from services.routing.store.models import NO_DEADLINE, Case
from services.routing.store.relation_models import CaseSplitOff
from services.routing.use_cases import clocks, instruments, splitting
from services.routing.use_cases.settlement import Placement, Settlement
from services.routing.use_cases.topics import topic_of, topics
from shared.contracts.case import CaseClassified
from shared.contracts.consultation import ConsultationSubmitted
from shared.messaging.work import Work

MODEL = "model"
"""Who decided the topic, when no person did."""

_KEY = "routing.arrivals"
_MOST_REASONS = 8


class Classifies(Protocol):
    """What opening needs of a classifier."""

    def classify(self, subject: str, body: str, *, now: Any) -> Classification:
        """Topic, kind and urgency of one consultation received at `now`."""


@dataclass(slots=True)
class Arrival:
    """A consultation of this transaction whose case is not written yet."""

    event: ConsultationSubmitted
    classification: Classification
    work: Work


def open_case(event: ConsultationSubmitted, work: Work, classifier: Classifies) -> None:
    """Classify a consultation, open its case, start its clocks, and give it to the best advisor there is.

    What is uncertain, or not a consultation at all, goes to triage: a person decides, nothing is dropped.
    """
    started = perf_counter()
    classification = classifier.classify(event.subject_line, event.body, now=event.submitted_at)
    instruments.CLASSIFY_SECONDS.observe(perf_counter() - started)
    instruments.CONFIDENCE.observe(classification.topic_confidence)
    instruments.CASES_OPENED.labels(event.channel).inc()
    arrivals: list[Arrival] | None = work.session.info.get(_KEY)
    if arrivals is None:
        arrivals = work.session.info[_KEY] = []
        Settlement.of(work).prepare(lambda: open_arrivals(work))
    arrivals.append(Arrival(event, classification, work))


def open_arrivals(work: Work) -> None:
    """Write the cases noted so far; whoever looks for a case in the same transaction calls this first."""
    arrivals: list[Arrival] | None = work.session.info.get(_KEY)
    if not arrivals:
        return
    pending, arrivals[:] = list(arrivals), []
    with work.session.no_autoflush:  # one insert for all cases and one for all lines, not two for each
        for arrival in pending:
            _open(arrival)
    work.session.flush()


def _open(arrival: Arrival) -> None:
    work, event = arrival.work, arrival.event
    policy = rule_editions.current_policy(work.session)
    calendar = rule_editions.current_calendar(work.session, event.asker.ubigeo)
    rule_versions.keep(work.session, policy, calendar)
    case = _case_of(arrival)
    part = splitting.sorted_part(work, case.case_id, event.channel)
    if part is not None:
        _sort_as(case, part)
    case.policy_version, case.calendar_version = policy.version, calendar.version
    work.session.add(case)
    line = history.add(
        work.session, case, "submitted", event.submitted_at, actor_id=event.asker.official_id,
        actor_name=event.asker.full_name, channel=event.channel,
        classification=history.classification_data(case.kind, case.topic, is_urgent=case.is_urgent),
    )  # fmt: skip
    outlook = clocks.refresh(work, case, lines=[line], is_new=True)
    if part is not None:
        splitting.join_to_whole(work, case, part)
    work.emit(
        CaseClassified(
            consultation_id=case.case_id,
            code=case.code,
            official_id=case.official_id,
            topic=topic_of(case.topic),
            kind=case.kind,
            is_urgent=case.is_urgent,
            confidence=round(case.topic_confidence, 4),
            reasons=tuple(reason["text"] for reason in case.reasons),
            needs_triage=case.needs_triage,
            decided_by=case.decided_by,
            model_version=case.model_version,
            promised_at=outlook.promised_at,
            classified_at=work.now,
        )
    )
    if case.state == CaseState.TRIAGE:
        instruments.OUTCOMES.labels("triage", case.topic).inc()
    else:
        Settlement.of(work).place(Placement(case, work))


def _sort_as(case: Case, part: CaseSplitOff) -> None:
    """What staff split off another case, they sorted themselves."""
    case.topic, case.kind, case.is_urgent = part.topic, part.kind, part.is_urgent
    case.state, case.needs_triage, case.decided_by = CaseState.UNSTAFFED, False, str(part.split_by)


def _case_of(arrival: Arrival) -> Case:
    event, found = arrival.event, arrival.classification
    needs_triage = found.needs_triage or found.is_out_of_scope
    candidates = _candidates(found, event.topic_hint)
    return Case(
        case_id=event.consultation_id,
        code=event.code,
        official_id=event.asker.official_id,
        asker_name=event.asker.full_name,
        asker_position=event.asker.position,
        asker_locale=event.asker.locale,
        ubigeo=event.asker.ubigeo,
        municipality=event.asker.municipality,
        subject_line=event.subject_line,
        body=event.body,
        channel=event.channel,
        submitted_at=event.submitted_at,
        opened_at=arrival.work.now,
        state=CaseState.TRIAGE if needs_triage else CaseState.UNSTAFFED,
        topic=found.topic,
        kind=found.kind,
        is_urgent=found.urgent,
        needs_triage=needs_triage,
        topic_confidence=found.topic_confidence,
        kind_confidence=found.kind_confidence,
        urgency_confidence=found.urgency_confidence,
        candidates=candidates,
        candidate_topics=[one["topic"] for one in candidates],
        reasons=[{"text": one.text, "weight": round(one.weight, 4)} for one in found.reasons[:_MOST_REASONS]],
        model_version=found.model_version,
        decided_by=MODEL,
        assignment_reason_es="",
        assignment_reason_en="",
        language=language_of(f"{event.subject_line}\n{event.body}"),
        effort=assignment_rules().effort_of(found.kind, found.topic, is_urgent=found.urgent),
        waiting_since=event.submitted_at,
        is_unstaffed_told=False,
        due_key=NO_DEADLINE,
        rated_sequence=0,
        intake_sequence=0,
        history_count=0,
        version=1,
    )


def _candidates(found: Classification, hint: str | None) -> list[dict[str, Any]]:
    """The topics among which a person chooses; what the official believes is offered too, and never decides alone."""
    candidates: list[dict[str, Any]] = [
        {"topic": one.topic, "confidence": round(one.confidence, 4), "is_hint": one.topic == hint}
        for one in found.candidates
    ]
    if hint in topics() and not any(one["is_hint"] for one in candidates):
        candidates.append({"topic": hint, "confidence": 0.0, "is_hint": True})
    return candidates

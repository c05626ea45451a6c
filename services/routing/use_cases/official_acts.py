"""What officials do with their consultation after sending it, and who they are.

These acts may arrive in any order. The thread takes every message whenever it comes; the state follows the newest act
only (by its number in the consultation's stream), so an old withdrawal cannot undo a later reopening.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.routing.domain.case_state import Act, CaseState
from services.routing.store import cases, families, history
from services.routing.store.models import Case, CaseMessage, Official
from services.routing.use_cases import case_merging, clocks, snoozing
from services.routing.use_cases.acting import undergo
from services.routing.use_cases.closing import WITHDRAWN, end
from services.routing.use_cases.opening import open_arrivals
from services.routing.use_cases.settlement import Placement, Settlement
from shared.contracts.case import CaseClarified
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationWithdrawn,
)
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.messaging.retry import NotYet
from shared.messaging.work import Work


def show_official(event: OfficialRegistered | OfficialUpdated, work: Work) -> None:
    """Keep who asks and from which office; addresses are none of this service's business."""
    values = {
        "official_id": event.official_id,
        "full_name": event.full_name,
        "position": event.position,
        "ubigeo": event.ubigeo,
        "municipality": event.municipality,
        "locale": event.locale,
        "sequence": work.sequence,
    }
    statement = insert(Official).values(values)
    newer = {name: statement.excluded[name] for name in values if name != "official_id"}
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=[Official.official_id],
            set_=newer,
            where=Official.sequence < statement.excluded.sequence,
        )
    )


def take_message(event: ConsultationClarified, work: Work) -> None:
    """The official wrote: it ends a wait, and after an answer it opens the case again."""
    case = _case(work, event.consultation_id)
    before = case.promised_at
    _keep_message(work, case, event.message_id, "clarification", event.body, event.clarified_at)
    was = case.standing
    if was is CaseState.MERGED:
        _hand_to_survivor(work, case, event)
        return
    is_asleep = case.snoozed_until is not None
    if not _is_overtaken(case, work):
        undergo(work, case, Act.OFFICIAL_WROTE)
    if is_asleep and case.snoozed_until is None:
        snoozing.note_waking(work, case, snoozing.OFFICIAL_WROTE)
    history.add(
        work.session, case, "official_message", event.clarified_at, actor_id=case.official_id,
        actor_name=case.asker_name, message_id=str(event.message_id),
    )  # fmt: skip
    _return_to_work(work, case, was)
    clocks.refresh(work, case)
    clocks.tell_rescheduled(work, case, "resumed" if was == CaseState.WAITING else "reopened", before)
    _tell_advisor(work, case, event.body, event.clarified_at)


def reopen(event: ConsultationReopened, work: Work) -> None:
    """The answer did not help: the final clock resumes, a next clock starts, and who answered gets it back."""
    case = _case(work, event.consultation_id)
    before = case.promised_at
    _keep_message(work, case, event.message_id, "reopening", event.reason, event.reopened_at)
    was = case.standing
    if not _is_overtaken(case, work):
        is_unsorted = was in (CaseState.CLOSED, CaseState.MERGED) and case.needs_triage
        _undergo(work, case, Act.REOPEN_UNSORTED if is_unsorted else Act.REOPEN)
        case.outcome = None
        case.intake_sequence = work.sequence
    history.add(
        work.session, case, "reopened", event.reopened_at, actor_id=case.official_id, actor_name=case.asker_name,
        message_id=str(event.message_id),
    )  # fmt: skip
    _return_to_work(work, case, was)
    clocks.refresh(work, case)
    clocks.tell_rescheduled(work, case, "reopened", before)
    _tell_advisor(work, case, event.reason, event.reopened_at)


def withdraw(event: ConsultationWithdrawn, work: Work) -> None:
    """The official needs no answer any more."""
    case = _case(work, event.consultation_id)
    if _is_overtaken(case, work):
        return
    case.intake_sequence = work.sequence
    was_closed = case.state == CaseState.CLOSED
    if case.is_open:
        case_merging.release_merged(work, case)
    _undergo(work, case, Act.WITHDRAW)
    if not was_closed:
        end(work, case, outcome=WITHDRAWN, note=event.reason, kind="withdrawn", person=None)


def rate(event: ConsultationRated, work: Work) -> None:
    """Keep the newest rating."""
    case = _case(work, event.consultation_id)
    if work.sequence <= case.rated_sequence:
        return
    case.rated_sequence = work.sequence
    case.rating_score, case.rating_comment, case.rated_at = event.score, event.comment, event.rated_at
    history.add(
        work.session, case, "rated", event.rated_at, actor_id=case.official_id, actor_name=case.asker_name,
        score=event.score, comment=event.comment,
    )  # fmt: skip


def _case(work: Work, case_id: UUID) -> Case:
    open_arrivals(work)
    survivor_id = families.survivor_id_of(work.session, case_id)
    if survivor_id is not None:  # locked first, everywhere
        cases.find_locked(work.session, survivor_id)
    case = cases.find_locked(work.session, case_id)
    if case is None:
        raise NotYet("the case is not open yet")
    return case


def _survivor_of(work: Work, case: Case) -> Case:
    survivor = None if case.merged_into_id is None else cases.find_locked(work.session, case.merged_into_id)
    if survivor is None:
        raise AssertionError
    return survivor


def _undergo(work: Work, case: Case, act: Act) -> None:
    """The official's act; a merged case that its official ends or reopens is one of its own again."""
    if case.standing is CaseState.MERGED:
        case_merging.leave(work, _survivor_of(work, case), case, act)
    else:
        undergo(work, case, act)


def _hand_to_survivor(work: Work, case: Case, event: ConsultationClarified) -> None:
    """The official of a merged case wrote: whoever answers them must read it, in the case that answers them."""
    survivor = _survivor_of(work, case)
    before, was = survivor.promised_at, survivor.standing
    undergo(work, case, Act.OFFICIAL_WROTE)
    undergo(work, survivor, Act.OFFICIAL_WROTE)
    for one, facts in ((case, {}), (survivor, {"code": case.code})):
        history.add(
            work.session, one, "official_message", event.clarified_at, actor_id=case.official_id,
            actor_name=case.asker_name, message_id=str(event.message_id), **facts,
        )  # fmt: skip
    _return_to_work(work, survivor, was)
    clocks.refresh(work, survivor)
    clocks.tell_rescheduled(work, survivor, "resumed" if was == CaseState.WAITING else "reopened", before)
    _tell_advisor(work, case, event.body, event.clarified_at, reader=survivor)


def _is_overtaken(case: Case, work: Work) -> bool:
    """A newer act of the official has set the state already."""
    return work.sequence <= case.intake_sequence


def _return_to_work(work: Work, case: Case, was: CaseState) -> None:
    """A case that had ended and is open again goes back to who knows it if they have room, or to the pool or triage."""
    if was not in (CaseState.ANSWERED, CaseState.CLOSED, CaseState.MERGED) or not case.is_open:
        return
    case.advisor_id = case.ended_at = None
    case.waiting_since = work.now
    if case.state == CaseState.UNSTAFFED:
        Settlement.of(work).place(Placement(case, work, preferred_id=case.last_advisor_id))


def _keep_message(work: Work, case: Case, message_id: UUID, kind: str, body: str, at: datetime) -> None:
    work.session.execute(
        insert(CaseMessage)
        .values(
            message_id=message_id,
            case_id=case.case_id,
            kind=kind,
            author_id=case.official_id,
            author_name=case.asker_name,
            body=body,
            at=at,
        )
        .on_conflict_do_nothing()
    )


def _tell_advisor(work: Work, case: Case, body: str, at: datetime, *, reader: Case | None = None) -> None:
    held = reader or case
    work.emit(
        CaseClarified(
            consultation_id=case.case_id,
            code=case.code,
            official_id=case.official_id,
            advisor_id=held.advisor_id or held.last_advisor_id,
            subject_line=case.subject_line,
            body=body,
            clarified_at=at,
        )
    )

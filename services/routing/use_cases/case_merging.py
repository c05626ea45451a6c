"""Merging a case into another one, and undoing it; docs/adr says what it means for clocks, people and privacy.

The *survivor* goes on; the *merged* case stops, holds nobody's place and raises no alarm, and its official goes on
being told. Rows are locked survivor first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.domain.case_state import Act, CaseState, transition
from services.routing.domain.promise import outlook_of
from services.routing.domain.sla import ClockName, ClockState
from services.routing.domain.sla_alarms import alarms_of
from services.routing.domain.wording import N_
from services.routing.store import families, history
from services.routing.store.models import Case
from services.routing.use_cases import clocks
from services.routing.use_cases.acting import (
    ActRefusedError,
    CaseNotFoundError,
    NotInChargeError,
    StaleVersionError,
    case_for,
    require_charge,
    undergo,
)
from services.routing.use_cases.settlement import Placement, Settlement
from shared.accounts.people import Person
from shared.contracts.case import Advisor, CaseMerged, CaseUnmerged
from shared.messaging.work import Work

UNDO_WITHIN = timedelta(days=7)

BY_HAND, SURVIVOR_WITHDRAWN, REOPENED, WITHDRAWN = "by_hand", "survivor_withdrawn", "reopened", "withdrawn"


class MergeRefusedError(ActRefusedError):
    """Two cases cannot be merged, or no longer separated."""


ITSELF = N_("Un caso no se une a sí mismo: escriba el código del otro.")
NO_TARGET = N_("No hay un caso con ese código entre los que usted ve.")
HAS_MERGED = N_("A este caso ya se unieron otros. Una el otro caso a este, o deshaga antes esas uniones.")
TOO_LATE = N_("Pasaron más de 7 días desde la unión: ya no se deshace. El funcionario puede reabrir su consulta.")
ANSWERED_ALREADY = N_(
    "El funcionario del caso unido ya recibió la respuesta: la unión no se deshace. Si no le sirve, puede reabrir."
)
NOT_MERGED_HERE = N_("Ese caso no está unido a este: no hay unión que deshacer.")
NOT_YOURS = N_("El otro caso está a cargo de otra persona. Pida a supervisión que los una.")


def merge(work: Work, code: str, person: Person, *, version: int, into: str, into_version: int, note: str = "") -> Case:
    """Let the case `code` go on in the case `into`; returns the survivor.

    The survivor's running clocks keep the earliest start; the merged case's stop for good, unless it is undone.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, MergeRefusedError: nothing
        changed.
    """
    merged, survivor = _locked_pair(work, code, into, person, version=version, into_version=into_version)
    require_charge(merged, person)
    _require_charge_of_target(survivor, person)
    transition(survivor.standing, Act.ABSORB)
    transition(merged.standing, Act.MERGE)
    if families.merged_into(work.session, merged.case_id):
        raise MergeRefusedError(HAS_MERGED)
    started_at, former_id, before = _owed_since(work, merged), merged.advisor_id, survivor.promised_at
    undergo(work, merged, Act.MERGE)
    undergo(work, survivor, Act.ABSORB)
    absorbed = history.add(
        work.session, survivor, "absorbed", work.now, actor_id=person.id, actor_name=person.full_name,
        absorbed_started_at=started_at.isoformat(), code=merged.code, note=note,
    )  # fmt: skip
    history.add(
        work.session, merged, "merged_into", work.now, actor_id=person.id, actor_name=person.full_name,
        into_id=str(survivor.case_id), code=survivor.code, note=note, absorbed_sequence=absorbed.sequence,
        former_advisor_id=str(former_id) if former_id else None,
    )  # fmt: skip
    merged.merged_into_id, merged.merged_at = survivor.case_id, work.now
    merged.advisor_id = merged.waiting_since = None
    work.session.flush()
    clocks.refresh(work, merged)
    clocks.refresh(work, survivor)
    clocks.tell_rescheduled(work, survivor, "merged", before)
    _tell_merged(work, merged, survivor)
    return survivor


def unmerge(work: Work, code: str, person: Person, *, version: int, merged: str) -> Case:
    """Undo a merge: the case `merged` leaves `code` and is as it was, with the time that went by counted.

    Whoever had it gets it back if they have room; else it goes to the pool like any other. Returns the survivor.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, MergeRefusedError: nothing
        changed.
    """
    survivor = case_for(work, code, person, version=version)
    require_charge(survivor, person)
    wanted = merged.strip().upper()
    case = next((one for one in families.lock_merged(work.session, survivor.case_id) if one.code == wanted), None)
    if case is None or case.merged_at is None:
        raise MergeRefusedError(NOT_MERGED_HERE)
    transition(survivor.standing, Act.LET_GO)
    if work.now - case.merged_at > UNDO_WITHIN:
        raise MergeRefusedError(TOO_LATE)
    if families.is_told_since(work.session, case.case_id, families.merge_line(work.session, case.case_id).sequence):
        raise MergeRefusedError(ANSWERED_ALREADY)
    separate(work, survivor, case, person=person, cause=BY_HAND)
    return survivor


def separate(work: Work, survivor: Case, case: Case, *, person: Person | None, cause: str) -> None:
    """Make a merged case one of its own again, both as if the merge had never been; both rows are locked."""
    before, line = survivor.promised_at, families.merge_line(work.session, case.case_id)
    former = line.data.get("former_advisor_id")
    undergo(work, survivor, Act.LET_GO)
    undergo(work, case, Act.UNMERGE_UNSORTED if case.needs_triage else Act.UNMERGE)
    case.merged_into_id = case.merged_at = None
    case.waiting_since = case.submitted_at
    for one, undoes, other in (
        (case, line.sequence, survivor),
        (survivor, int(line.data["absorbed_sequence"]), case),
    ):
        history.add(
            work.session, one, "unmerged", work.now, actor_id=person.id if person else None,
            actor_name=person.full_name if person else "", undoes=undoes, code=other.code, cause=cause,
        )  # fmt: skip
    work.session.flush()
    _forget_what_was_not(work, survivor)
    clocks.refresh(work, case)
    clocks.refresh(work, survivor)
    clocks.tell_rescheduled(work, survivor, "unmerged", before)
    _return(work, survivor, case, UUID(former) if former else None)


def leave(work: Work, survivor: Case, case: Case, act: Act) -> None:
    """The official of a merged case reopens it or takes it back: it leaves its survivor, whose clocks stay as they are.

    What the official was told meanwhile counts, as if it had been told in the case itself.
    """
    line, now = families.merge_line(work.session, case.case_id), work.now
    undergo(work, case, act)
    case.merged_into_id = case.merged_at = None
    case.last_advisor_id = survivor.last_advisor_id or case.last_advisor_id
    cause = WITHDRAWN if act is Act.WITHDRAW else REOPENED
    facts: dict[str, Any] = {"code": survivor.code, "cause": cause}
    if act is Act.WITHDRAW:
        history.add(work.session, case, "left", now, **facts)
    else:
        history.add(work.session, case, "unmerged", now, undoes=line.sequence, **facts)
    history.add(work.session, survivor, "left", now, code=case.code, cause=cause)
    survivor.version += 1


def release_merged(work: Work, survivor: Case) -> None:
    """The survivor's official took theirs back; those merged into it still want their answer."""
    for case in families.lock_merged(work.session, survivor.case_id):
        line = families.merge_line(work.session, case.case_id)
        if not families.is_told_since(work.session, case.case_id, line.sequence):
            separate(work, survivor, case, person=None, cause=SURVIVOR_WITHDRAWN)


def _locked_pair(
    work: Work, code: str, into: str, person: Person, *, version: int, into_version: int
) -> tuple[Case, Case]:
    if code.strip().upper() == into.strip().upper():
        raise MergeRefusedError(ITSELF)
    merged, survivor = families.lock_pair(work.session, (code, into), person)
    if merged is None:
        raise CaseNotFoundError(code)
    if survivor is None:
        raise MergeRefusedError(NO_TARGET)
    for case, seen in ((merged, version), (survivor, into_version)):
        if case.version != seen:
            raise StaleVersionError(
                case.assignment_reason_es, {"version": case.version, "state": case.state, "topic": case.topic}
            )
    return merged, survivor


def _require_charge_of_target(survivor: Case, person: Person) -> None:
    try:
        require_charge(survivor, person)
    except NotInChargeError:
        raise MergeRefusedError(NOT_YOURS) from None


def _owed_since(work: Work, case: Case) -> datetime:
    """From when on the survivor answers for the case: the start of the first of its clocks that still runs."""
    active: dict[ClockName, ClockState] = {
        state.name: state for state in clocks.read_clocks(work.session, case, work.now) if state.stopped_at is None
    }
    order = (ClockName.FIRST_RESPONSE, ClockName.NEXT_RESPONSE, ClockName.RESOLUTION)
    return next((active[name].started_at for name in order if name in active), work.now)


def _forget_what_was_not(work: Work, survivor: Case) -> None:
    """Alarms that only the merge called for are history, and must not keep the real ones silent."""
    states = clocks.read_clocks(work.session, survivor, work.now)
    reached = {alarm.key for alarm in alarms_of(states) if alarm.at <= work.now}
    stopped = {f"{state.name}:{state.cycle}" for state in states if state.stopped_at is not None}
    given = clocks.given_alarms(work.session, survivor)
    families.forget_alarms(
        work.session,
        survivor.case_id,
        [key for key in given if key not in reached and ":".join(key.split(":")[:2]) not in stopped],
    )


def _return(work: Work, survivor: Case, case: Case, former_id: UUID | None) -> None:
    settlement = Settlement.of(work)
    if case.state == CaseState.UNSTAFFED:
        settlement.place(Placement(case, work, preferred_id=former_id, returns_to_id=former_id))

    def tell() -> None:
        """At the end of the transaction, when it is settled who has the case."""
        is_waiting = outlook_of(clocks.read_clocks(work.session, case, work.now)).is_waiting
        if is_waiting and case.state == CaseState.ASSIGNED:
            undergo(work, case, Act.WAIT_AGAIN)
        work.emit(
            CaseUnmerged(
                consultation_id=case.case_id,
                code=case.code,
                official_id=case.official_id,
                from_id=survivor.case_id,
                advisor=_advisor_of(work, case),
                is_waiting=is_waiting,
                promised_at=case.promised_at,
                unmerged_at=work.now,
            )
        )

    work.at_end(tell)


def _tell_merged(work: Work, merged: Case, survivor: Case) -> None:
    work.emit(
        CaseMerged(
            consultation_id=merged.case_id,
            code=merged.code,
            official_id=merged.official_id,
            into_id=survivor.case_id,
            into_code=survivor.code,
            is_same_official=merged.official_id == survivor.official_id,
            advisor=_advisor_of(work, survivor),
            promised_at=survivor.promised_at,
            merged_at=work.now,
        )
    )


def _advisor_of(work: Work, case: Case) -> Advisor | None:
    if case.advisor_id is None:
        return None
    return Advisor(id=case.advisor_id, full_name=families.name_of(work.session, case.advisor_id))

"""Spreading the whole backlog at once: a supervisor looks at a plan, then the clock applies it in chunks.

Only cases that wait or that nobody has begun move, each through the ordinary assignment, with the reason the supervisor
gave. What happened since the preview wins: a case that changed, or an advisor without room, is passed over and counted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.assignment import Standing
from services.routing.domain.rebalancing import Movable, Plan, plan
from services.routing.store import advisors, backlog, cases
from services.routing.store.advisors import Bench
from services.routing.store.assignment_source import assignment_rules
from services.routing.store.models import Case
from services.routing.store.staff_models import RebalancePlan
from services.routing.use_cases import assigning
from services.routing.use_cases.placing import need_of
from services.routing.use_cases.settlement import How, Placement, Settlement
from services.routing.use_cases.topics import named
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.timers import Timer
from shared.messaging.work import Work

APPLY_TIMER = "rebalance.apply"
PREVIEWED, APPLYING, APPLIED = "previewed", "applying", "applied"
_MOST_CASES = 1500
_CHUNK = 50
_GOOD_FOR = timedelta(minutes=30)


class PlanNotFoundError(LookupError):
    """There is no such plan."""


class PlanSpentError(Exception):
    """The plan was applied already, is being applied, or was made too long ago."""


def preview(work: Work, person: Person) -> RebalancePlan:
    """Make and keep a plan for the backlog as it stands; nothing moves yet."""
    waiting = backlog.movable(work.session, _MOST_CASES)
    bench = Bench.read(work.session, topics={case.topic for case in waiting}, now=work.now)
    offices = advisors.office_advisors(work.session, [case.ubigeo for case in waiting])
    movables = [_movable(work, case, offices) for case in waiting]
    standings: dict[str, list[Standing]] = {topic: bench.standings(topic) for topic in {case.topic for case in waiting}}
    made = plan(movables, standings, work.now, assignment_rules())
    names = {seat.id: seat.full_name for seat in bench.seats.values()}
    found = RebalancePlan(
        plan_id=new_id(), made_at=work.now, made_by=person.id, made_by_name=person.full_name, state=PREVIEWED,
        content=_content(made, names, {seat.id: seat.capacity for seat in bench.seats.values()}),
        reason="", position=0, moved=0, passed_over=0,
    )  # fmt: skip
    work.session.add(found)
    work.session.flush()
    return found


def _movable(work: Work, case: Case, offices: dict[str, UUID]) -> Movable:
    need = need_of(Placement(case, work, preferred_id=None if case.is_load else case.last_advisor_id), offices)
    return Movable(
        case.case_id, case.code, case.version, case.topic, need, case.waiting_since or case.submitted_at,
        case.advisor_id if case.is_load else None,
    )  # fmt: skip


def _content(made: Plan, names: dict[UUID, str], capacities: dict[UUID, int]) -> dict[str, Any]:
    return {
        "considered": made.considered,
        "left_waiting": made.left_waiting,
        "jain_before": made.jain_before,
        "jain_after": made.jain_after,
        "advisors": [
            {
                "id": str(one), "full_name": names[one], "capacity": capacities[one], "before": made.before[one],
                "after": made.after[one],
            }
            for one in sorted(made.before, key=lambda one: (names[one], str(one)))
        ],
        "moves": [
            {
                "case_id": str(move.case.case_id), "code": move.case.code, "version": move.case.version,
                "topic": named(move.case.topic).es, "to_id": str(move.to_id), "to_name": names[move.to_id],
                "from_name": names.get(move.case.holder_id) if move.case.holder_id else None,
            }
            for move in made.moves
        ],
    }  # fmt: skip


def read_plan(session: Session, plan_id: UUID) -> dict[str, Any]:
    """A plan as people see it, and how far it is applied.

    :raises PlanNotFoundError: there is none.
    """
    found = session.get(RebalancePlan, plan_id)
    if found is None:
        raise PlanNotFoundError(plan_id)
    return found.content | {
        "id": found.plan_id, "state": found.state, "made_at": found.made_at, "made_by_name": found.made_by_name,
        "reason": found.reason, "position": found.position, "moved": found.moved, "passed_over": found.passed_over,
    }  # fmt: skip


def apply(work: Work, plan_id: UUID, reason: str) -> None:
    """Let the clock apply a plan, with this reason.

    :raises PlanNotFoundError: there is none. PlanSpentError: applied before, or older than half an hour.
    """
    found = work.session.get(RebalancePlan, plan_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PlanNotFoundError(plan_id)
    if found.state != PREVIEWED or found.made_at < work.now - _GOOD_FOR:
        raise PlanSpentError
    found.state, found.reason = APPLYING, reason
    work.session.flush()
    work.arm(APPLY_TIMER, plan_id, work.now)


def advance(timer: Timer, work: Work) -> None:
    """Apply the next chunk of a plan, and set the timer for the one after."""
    found = work.session.get(RebalancePlan, timer.subject, with_for_update=True, populate_existing=True)
    if found is None or found.state != APPLYING:
        return
    chunk = found.content["moves"][found.position : found.position + _CHUNK]
    moved = _move(work, found, chunk)
    found.position += len(chunk)
    found.moved += moved
    found.passed_over += len(chunk) - moved
    if found.position < len(found.content["moves"]):
        work.session.flush()
        work.arm(APPLY_TIMER, found.plan_id, work.now)
    else:
        found.state = APPLIED
        work.session.flush()
        assigning.assign_waiting(work)


def _move(work: Work, found: RebalancePlan, chunk: list[dict[str, Any]]) -> int:
    wanted = {UUID(move["case_id"]): move for move in chunk}
    still = set(backlog.lock_still_movable(work.session, list(wanted)))
    person = Person(found.made_by, "", found.made_by_name, "supervisor", "es")
    settlement, placements = Settlement.of(work), []
    for case in cases.get_all(work.session, [case_id for case_id in wanted if case_id in still]):
        move = wanted[case.case_id]
        if case.version == move["version"]:
            placements.append(
                Placement(
                    case, work, chosen_id=UUID(move["to_id"]), chosen_by=person, note=found.reason,
                    how=How.REBALANCED, keeps_room=True, is_optional=True,
                )
            )  # fmt: skip
    for placement in placements:
        settlement.place(placement)
    settlement.settle()
    return sum(placement.is_placed for placement in placements)

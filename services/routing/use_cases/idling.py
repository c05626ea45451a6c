"""Cases that lie untouched with their advisor go on to somebody else, each at most once per assignment.

The limit is working time of the advisor, by urgency (data/assignment.yaml). `Case.idle_at` is set with the assignment
and consumed under the case's lock, in the transaction that acts on it: a timer that costs assignment no statement.
"""

from __future__ import annotations

from sqlalchemy import text

from services.routing.store import advisors, cases, history
from services.routing.store.assignment_source import assignment_rules
from services.routing.store.models import Case
from services.routing.use_cases import instruments
from services.routing.use_cases.alarms import escalate
from services.routing.use_cases.settlement import How, Placement, Settlement
from shared.messaging.work import Work

IDLE_CAUSE = "idle_without_alternative"
_MOST_AT_ONCE = 200
_HOUR = 3600


def return_idle(work: Work) -> None:
    """Hand on what was left untouched past its limit; run by the clock every minute.

    A case that nobody else can take stays where it is, and the supervisors are told: once.
    """
    idle = advisors.lock_idle(work.session, work.now, _MOST_AT_ONCE)
    placements = []
    for case in cases.get_all(work.session, idle):
        case.idle_at = None
        if case.advisor_id is None or _is_touched(work, case):
            instruments.IDLE_RETURNS.labels("touched").inc()
            continue
        placements.append(_placement(work, case))
    settlement = Settlement.of(work)
    for placement in placements:
        settlement.place(placement)
    settlement.settle()
    for placement in placements:
        instruments.IDLE_RETURNS.labels("moved" if placement.is_placed else "nobody_else").inc()
        if not placement.is_placed:
            _tell_stuck(work, placement.case)


def _placement(work: Work, case: Case) -> Placement:
    hours = assignment_rules().idle_limit_seconds(is_urgent=case.is_urgent) // _HOUR
    name = work.session.execute(
        text("SELECT full_name FROM account WHERE account_id = :id"), {"id": case.advisor_id}
    ).scalar_one()
    return Placement(
        case,
        work,
        excluded_id=case.advisor_id,
        cause_es=f"{name} lo tuvo {hours} h de trabajo sin atenderlo. ",
        cause_en=f"{name} had it for {hours} working hours without touching it. ",
        how=How.IDLE,
        stays_if_nobody=True,
    )


def _is_touched(work: Work, case: Case) -> bool:
    """Whether the advisor did anything with the case since they got it."""
    found = work.session.execute(
        text("""
            SELECT 1 FROM case_history
             WHERE case_id = :id AND actor_id = :advisor_id AND at >= :since AND kind NOT IN ('assigned', 'reassigned')
            UNION ALL
            SELECT 1 FROM case_note WHERE case_id = :id AND author_id = :advisor_id AND at >= :since
            UNION ALL
            SELECT 1 FROM case_draft WHERE case_id = :id AND author_id = :advisor_id AND saved_at >= :since
            LIMIT 1
        """),
        {"id": case.case_id, "advisor_id": case.advisor_id, "since": case.assigned_at},
    ).one_or_none()
    return found is not None


def _tell_stuck(work: Work, case: Case) -> None:
    history.add(work.session, case, "idle", work.now)
    escalate(work, case, IDLE_CAUSE)

"""Which event and which timer calls which use case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from services.routing.entrypoints.bulk import finishing as bulk_finishing
from services.routing.store import advisors
from services.routing.use_cases import (
    alarms,
    assigning,
    bulk,
    clocks,
    drafts,
    idling,
    leaves,
    official_acts,
    opening,
    rebalancing,
    recalculating,
    rule_runs,
    snoozing,
)
from services.routing.use_cases.opening import Classifies
from services.routing.use_cases.queue_upkeep import QUEUE_JOBS
from shared.accounts.housekeeping import ACCOUNTS_JOB
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.http.idempotency import IDEMPOTENCY_JOB
from shared.messaging.handlers import Handlers
from shared.messaging.housekeeping import Job
from shared.messaging.timers import TimerHandlers
from shared.messaging.work import Work

log = structlog.get_logger()


def event_handlers(classifier: Callable[[], Classifies]) -> Handlers:
    """Every handler of routing. `classifier` gives the loaded model; it is first called when an event needs it."""
    handlers = Handlers("routing")
    on = handlers.on

    @on(ConsultationSubmitted)
    def open_case(event: ConsultationSubmitted, work: Work) -> None:
        opening.open_case(event, work, classifier())

    on(ConsultationClarified)(official_acts.take_message)
    on(ConsultationReopened)(official_acts.reopen)
    on(ConsultationWithdrawn)(official_acts.withdraw)
    on(ConsultationRated)(official_acts.rate)
    on(OfficialRegistered)(official_acts.show_official)
    on(OfficialUpdated)(official_acts.show_official)
    return handlers


timer_handlers = TimerHandlers()
timer_handlers.on(clocks.ALARM_TIMER)(alarms.sound)
timer_handlers.on(snoozing.SNOOZE_TIMER)(snoozing.return_in_time)
timer_handlers.on(rule_runs.RUN_TIMER)(recalculating.advance_run)
timer_handlers.on(leaves.BEGIN_TIMER)(leaves.begin)
timer_handlers.on(leaves.END_TIMER)(leaves.end)
timer_handlers.on(bulk.FINISH_TIMER)(bulk_finishing.finish_next)
timer_handlers.on(rebalancing.APPLY_TIMER)(rebalancing.advance)


def _recount(work: Work) -> None:
    wrong = advisors.recount_loads(work.session)
    if wrong:
        log.error("advisor_loads_corrected", count=wrong)


JOBS = (
    *QUEUE_JOBS,
    IDEMPOTENCY_JOB,
    ACCOUNTS_JOB,
    Job("assign_waiting_cases", timedelta(minutes=1), assigning.look_again),
    Job("forget_presence", timedelta(minutes=10), drafts.forget_presence),
    rule_runs.FORGET_TRIALS_JOB,
    Job("return_idle_cases", timedelta(minutes=1), idling.return_idle),
    Job("hand_over_cases_of_absent", timedelta(minutes=1), leaves.hand_over_absent),
    Job("watch_leaves", timedelta(minutes=10), leaves.watch),
    Job("recount_advisor_loads", timedelta(days=1), _recount),
)

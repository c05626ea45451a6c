"""Which event calls which use case. Insights receives every event that exists for it and publishes none."""

from __future__ import annotations

from services.insights.use_cases import audits, clocks, consultations, messages, people
from shared.contracts.account import AccountRegistered, AccountUpdated
from shared.contracts.audit import AuditAnchored
from shared.contracts.case import (
    AssignmentUnstaffed,
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClarified,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseMerged,
    CaseReassigned,
    CaseRescheduled,
    CaseSplit,
    CaseUnmerged,
    SlaBreached,
    SlaWarning,
)
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.messaging.handlers import Handlers
from shared.messaging.timers import TimerHandlers

handlers = Handlers("insights")
on = handlers.on

on(OfficialRegistered)(people.record_official)
on(OfficialUpdated)(people.record_official)
on(AccountRegistered)(people.record_staff)
on(AccountUpdated)(people.record_staff)
on(AuditAnchored)(audits.record_anchor)

on(ConsultationSubmitted)(consultations.record_submission)
on(ConsultationClarified)(consultations.record_official_message)
on(CaseClarified)(consultations.record_official_message)
on(ConsultationReopened)(consultations.record_reopening)
on(ConsultationWithdrawn)(consultations.record_withdrawal)
on(ConsultationRated)(consultations.record_rating)

on(CaseClassified)(consultations.record_classification)
on(AssignmentUnstaffed)(consultations.record_unstaffed)
on(CaseAssigned)(consultations.record_assignment)
on(CaseReassigned)(consultations.record_assignment)
on(CaseRescheduled)(consultations.record_reschedule)
on(CaseClarificationRequested)(consultations.record_clarification_request)
on(CaseAnswered)(consultations.record_answer)
on(CaseEscalated)(consultations.record_escalation)
on(CaseClosed)(consultations.record_closing)
on(CaseMerged)(consultations.record_merge)
on(CaseUnmerged)(consultations.record_merge)
on(CaseSplit)(consultations.record_split)

on(SlaWarning)(clocks.record_warning)
on(SlaBreached)(clocks.record_breach)

on(MessageDelivered)(messages.record_outcome)
on(MessageFailed)(messages.record_outcome)
on(MessageHeld)(messages.record_outcome)

timer_handlers = TimerHandlers()
"""Insights promises nothing to anybody, so it has no due times."""

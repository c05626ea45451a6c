"""Which event and which timer calls which use case."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from services.notifications.domain.contact import OFFICIAL, Contact
from services.notifications.settings import Settings, read
from services.notifications.use_cases import access_links, colleagues, digests, officials, people, staff
from services.notifications.use_cases.writing import Writer
from shared.contracts.account import AccessLinkRequested, AccountRegistered, AccountUpdated
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
    CaseUnmerged,
    SlaBreached,
    SlaWarning,
)
from shared.contracts.consultation import ConsultationSubmitted
from shared.contracts.desk import CaseMentioned, CaseReviewDecided, CaseReviewRequested
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.messaging.handlers import Handlers
from shared.messaging.timers import Timer, TimerHandlers
from shared.messaging.work import Work

handlers = Handlers("notifications")
timer_handlers = TimerHandlers()
on = handlers.on


@cache
def settings() -> Settings:
    """The settings of the process that handles events, read at the first one."""
    return read()


@cache
def writer() -> Writer:
    """Who writes the letters."""
    own = settings()
    return Writer(intake_url=own.intake_url, routing_url=own.routing_url, hourly_cap=own.hourly_cap)


def digest_window() -> timedelta:
    """How long deadline notices to one person are gathered."""
    return timedelta(seconds=settings().digest_window_seconds)


@on(OfficialRegistered)
def keep_new_official(event: OfficialRegistered, work: Work) -> None:
    """Know where an official can be reached."""
    _keep_official(event, work)


@on(OfficialUpdated)
def keep_changed_official(event: OfficialUpdated, work: Work) -> None:
    """Follow an official to a new address."""
    _keep_official(event, work)


def _keep_official(event: OfficialRegistered | OfficialUpdated, work: Work) -> None:
    people.keep(
        Contact(event.official_id, OFFICIAL, event.full_name, event.email, event.phone, event.locale, is_active=True),
        work,
    )


@on(AccountRegistered)
def keep_new_account(event: AccountRegistered, work: Work) -> None:
    """Know where a member of staff can be reached."""
    _keep_account(event, work, is_active=True)


@on(AccountUpdated)
def keep_changed_account(event: AccountUpdated, work: Work) -> None:
    """Follow a member of staff, or stop writing to one who left."""
    _keep_account(event, work, is_active=event.is_active)


def _keep_account(event: AccountRegistered | AccountUpdated, work: Work, *, is_active: bool) -> None:
    people.keep(
        Contact(event.account_id, event.role, event.full_name, event.email, event.phone, event.locale, is_active),
        work,
    )


@on(AccessLinkRequested)
def send_link(event: AccessLinkRequested, work: Work) -> None:
    """Send a one-time link."""
    access_links.send_link(event, work, writer())


@on(ConsultationSubmitted)
def expect_date(event: ConsultationSubmitted, work: Work) -> None:
    """Wait a while for the promised date."""
    officials.expect_date(event, work, wait=timedelta(seconds=settings().date_wait_seconds))


@timer_handlers.on(officials.DATE_WAIT_TIMER)
def acknowledge_without_date(timer: Timer, work: Work) -> None:
    """The date did not come; the official still hears that the consultation did."""
    officials.acknowledge_without_date(timer.subject, work, writer())


@on(CaseClassified)
def acknowledge_with_date(event: CaseClassified, work: Work) -> None:
    """Confirm the consultation with its promised date."""
    officials.acknowledge_with_date(event, work, writer())


@on(CaseAssigned)
def tell_assigned(event: CaseAssigned, work: Work) -> None:
    """Tell the official who looks after them, and the advisor that it is they."""
    _tell_advisor(event, work)


@on(CaseReassigned)
def tell_reassigned(event: CaseReassigned, work: Work) -> None:
    """The same, for whoever takes over."""
    _tell_advisor(event, work)


def _tell_advisor(event: CaseAssigned | CaseReassigned, work: Work) -> None:
    # Of a merged consultation the advisor heard by the case that it is dealt with in.
    own = () if event.is_told_along else (staff.tell_case_assigned(event),)
    writer().write(work, officials.tell_assigned(event), *own)


@on(CaseClarificationRequested)
def ask(event: CaseClarificationRequested, work: Work) -> None:
    """Pass the advisor's question on."""
    officials.ask(event, work, writer())


@on(CaseClarified)
def pass_on_message(event: CaseClarified, work: Work) -> None:
    """Pass the official's message on."""
    staff.pass_on_message(event, work, writer())


@on(CaseAnswered)
def answer(event: CaseAnswered, work: Work) -> None:
    """Pass the answer on."""
    officials.answer(event, work, writer())


@on(CaseClosed)
def tell_closed(event: CaseClosed, work: Work) -> None:
    """Say why a case without an answer ended."""
    officials.tell_closed(event, work, writer())


@on(CaseMerged)
def tell_merged(event: CaseMerged, work: Work) -> None:
    """Say that it is answered together with another one."""
    officials.tell_merged(event, work, writer())


@on(CaseUnmerged)
def tell_unmerged(event: CaseUnmerged, work: Work) -> None:
    """Say that it is answered on its own again."""
    officials.tell_merged(event, work, writer())


@on(SlaWarning)
def warn(event: SlaWarning, work: Work) -> None:
    """Warn the advisor."""
    staff.warn(event, work, writer(), digest_window())


@on(SlaBreached)
def tell_breach(event: SlaBreached, work: Work) -> None:
    """Tell the advisor, where the ladder says so; supervisors hear through `case.escalated`, and once is enough."""
    staff.tell_breach(event, work, writer(), digest_window())


@on(CaseRescheduled)
def tell_rescheduled(event: CaseRescheduled, work: Work) -> None:
    """Tell an official whose date other rules moved."""
    officials.tell_rescheduled(event, work, writer())


@timer_handlers.on(digests.DIGEST_TIMER)
def send_digest(timer: Timer, work: Work) -> None:
    """The window of somebody's notices ended."""
    digests.send(timer, work, writer())


@on(CaseEscalated)
def escalate(event: CaseEscalated, work: Work) -> None:
    """Alert the supervisors."""
    staff.escalate(event, work, writer(), digest_window())


@on(AssignmentUnstaffed)
def report_unstaffed(event: AssignmentUnstaffed, work: Work) -> None:
    """Alert the supervisors that nobody can take a case."""
    staff.report_unstaffed(event, work, writer())


@on(CaseReviewRequested)
def ask_for_review(event: CaseReviewRequested, work: Work) -> None:
    """Call those who may decide on an answer."""
    colleagues.ask_for_review(event, work, writer())


@on(CaseReviewDecided)
def tell_decision(event: CaseReviewDecided, work: Work) -> None:
    """Tell the author what became of the answer."""
    colleagues.tell_decision(event, work, writer())


@on(CaseMentioned)
def call_mentioned(event: CaseMentioned, work: Work) -> None:
    """Call those whom a note mentions."""
    colleagues.call(event, work, writer())

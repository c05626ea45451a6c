"""What advisors and supervisors are told about cases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.notifications.domain.template import CASE_ASSIGNED, ESCALATED, OFFICIAL_REPLIED, SLA_WARNING, UNSTAFFED
from services.notifications.store import contacts
from services.notifications.use_cases.digests import Line, gather
from services.notifications.use_cases.officials import topic_names
from services.notifications.use_cases.writing import Notice, Writer
from shared.contracts.case import (
    AssignmentUnstaffed,
    CaseAssigned,
    CaseClarified,
    CaseEscalated,
    CaseReassigned,
    SlaBreached,
    SlaWarning,
)
from shared.messaging.work import Work

_CLOCKS = {
    "first_response": {"es": "primera respuesta", "en": "the first answer"},
    "next_response": {"es": "siguiente respuesta", "en": "the next answer"},
    "resolution": {"es": "resolución", "en": "the resolution"},
}
_CAUSES = {
    "sla_breached": {"es": "venció un plazo", "en": "a deadline passed"},
    "first_response": {"es": "venció el plazo de primera respuesta", "en": "the first answer is overdue"},
    "next_response": {"es": "venció el plazo de la siguiente respuesta", "en": "the next answer is overdue"},
    "resolution": {"es": "venció el plazo de resolución", "en": "the resolution is overdue"},
    "reopened": {"es": "el oficial reabrió la consulta", "en": "the official reopened the consultation"},
    "idle_without_alternative": {
        "es": "nadie lo ha tocado y no hay otra persona que pueda tomarlo",
        "en": "nobody has touched it and there is nobody else to take it",
    },
    "urgent": {"es": "es urgente", "en": "it is urgent"},
    "at_risk_without_advisor": {
        "es": "está por vencer y no tiene asesor",
        "en": "a deadline comes near and it has no advisor",
    },
}


def tell_case_assigned(event: CaseAssigned | CaseReassigned) -> Notice:
    """A case is the advisor's now, and why theirs."""
    return Notice(
        template=CASE_ASSIGNED,
        recipient_id=event.advisor.id,
        consultation_id=event.consultation_id,
        code=event.code,
        values={
            "subject_line": event.subject_line,
            "is_urgent": event.is_urgent,
            "reason": event.reason,
            "promised_at": event.promised_at,
            "is_reassigned": isinstance(event, CaseReassigned),
        },
        values_by_locale=topic_names(event.topic),
    )


def warn(event: SlaWarning, work: Work, writer: Writer, window: timedelta) -> None:
    """A deadline comes near: whoever this step of the ladder goes to hears of it. A case may be nobody's yet."""
    recipients = list(event.supervisor_ids)
    if event.is_advisor_told and event.advisor_id is not None:
        recipients.append(event.advisor_id)
    percent = round(event.fraction * 100)
    if window and recipients:
        what = _clock_words(event.clock, es=f"{percent} % del plazo de {{}}", en=f"{percent} % of the time for {{}}")
        line = Line(event.code, event.subject_line, what, event.due_at, event.late_seconds)
        gather(work, recipients, line, not_before=event.notify_at, window=window)
        return
    writer.write(
        work,
        *(
            Notice(
                template=SLA_WARNING,
                recipient_id=recipient_id,
                consultation_id=event.consultation_id,
                code=event.code,
                values={"subject_line": event.subject_line, "due_at": event.due_at, "percent": percent},
                values_by_locale=_in_words("clock", event.clock, _CLOCKS),
            )
            for recipient_id in dict.fromkeys(recipients)
        ),
    )


def tell_breach(event: SlaBreached, work: Work, writer: Writer, window: timedelta) -> None:
    """A deadline was missed: the advisor hears where the ladder says so; supervisors hear of the escalation."""
    if not event.is_advisor_told or event.advisor_id is None:
        return
    if window:
        what = _clock_words(event.clock, es="venció el plazo de {}", en="{} is overdue")
        line = Line(event.code, event.subject_line, what, event.breached_at, event.late_seconds)
        gather(work, [event.advisor_id], line, not_before=event.notify_at, window=window)
        return
    notice = Notice(
        template=ESCALATED,
        recipient_id=event.advisor_id,
        consultation_id=event.consultation_id,
        code=event.code,
        values={"subject_line": event.subject_line, "advisor": _name_of(work, event.advisor_id)},
        values_by_locale=_in_words("cause", event.clock, _CAUSES),
    )
    writer.write(work, notice)


def pass_on_message(event: CaseClarified, work: Work, writer: Writer) -> None:
    """The official wrote; their advisor reads it here first."""
    if event.advisor_id is None:
        return
    writer.write(
        work,
        Notice(
            template=OFFICIAL_REPLIED,
            recipient_id=event.advisor_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={"subject_line": event.subject_line, "body": event.body},
        ),
    )


def escalate(event: CaseEscalated, work: Work, writer: Writer, window: timedelta) -> None:
    """Each supervisor is told once, whatever the number of times a name stands in the list."""
    if window and event.supervisor_ids:
        what = {locale: _CAUSES.get(event.cause, {}).get(locale, event.cause) for locale in ("es", "en")}
        line = Line(event.code, event.subject_line, what, None, event.late_seconds)
        gather(work, list(event.supervisor_ids), line, not_before=event.notify_at, window=window)
        return
    advisor = _name_of(work, event.advisor_id)
    writer.write(
        work,
        *(
            Notice(
                template=ESCALATED,
                recipient_id=supervisor_id,
                consultation_id=event.consultation_id,
                code=event.code,
                values={"subject_line": event.subject_line, "advisor": advisor},
                values_by_locale=_in_words("cause", event.cause, _CAUSES),
            )
            for supervisor_id in dict.fromkeys(event.supervisor_ids)
        ),
    )


def report_unstaffed(event: AssignmentUnstaffed, work: Work, writer: Writer) -> None:
    """Nobody can take a case: somebody must find somebody."""
    writer.write(
        work,
        *(
            Notice(
                template=UNSTAFFED,
                recipient_id=supervisor_id,
                consultation_id=event.consultation_id,
                code=event.code,
                values={
                    "subject_line": event.subject_line,
                    "reason": event.reason,
                    "waiting_since": event.waiting_since,
                },
                values_by_locale=topic_names(event.topic),
            )
            for supervisor_id in dict.fromkeys(event.supervisor_ids)
        ),
    )


def _name_of(work: Work, advisor_id: UUID | None) -> str:
    """An advisor's name; it only adorns the letter, so nobody waits for it."""
    if advisor_id is None:
        return ""
    known = contacts.find(work.session, [advisor_id])
    return known[advisor_id].full_name if advisor_id in known else ""


def _clock_words(clock: str, *, es: str, en: str) -> dict[str, str]:
    """A sentence about a clock in each language."""
    names = _CLOCKS.get(clock, {})
    return {"es": es.format(names.get("es", clock)), "en": en.format(names.get("en", clock))}


def _in_words(name: str, code: str, words: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """A code in each language; one that this release does not know is shown as it came."""
    return {locale: {name: words.get(code, {}).get(locale, code)} for locale in ("es", "en")}

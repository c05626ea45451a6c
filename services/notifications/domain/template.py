"""The messages we write: which exist, by which channels they go, and what becomes of them in doubt.

The texts are files, `templates/<name>/<locale>/{subject.txt,body.txt,body.html,sms.txt}`.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.domain.policy import OnUncertain

LOCALES = ("es", "en")
DEFAULT_LOCALE = "es"


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of message.

    `has_sms`: it also goes to a mobile phone.
    `on_uncertain`: what becomes of one that may have been sent, when no receipt tells. What officials and staff must
    know is repeated: a second copy, recognisable as one, does less harm than silence.
    `is_secret`: the text opens a door, so the ledger forgets it as soon as it is sent or worthless.
    `is_capped`: it counts towards, and is held by, the hourly cap of its recipient.
    """

    name: str
    has_sms: bool = False
    on_uncertain: OnUncertain = OnUncertain.RESEND
    is_secret: bool = False
    is_capped: bool = True


RECEIVED = Template("received", has_sms=True)
ASSIGNED = Template("assigned")
CLARIFICATION = Template("clarification", has_sms=True)
ANSWERED = Template("answered", has_sms=True)
CLOSED = Template("closed")
MERGED = Template("merged")
CASE_ASSIGNED = Template("case_assigned")
SLA_WARNING = Template("sla_warning")
SLA_DIGEST = Template("sla_digest")
RESCHEDULED = Template("rescheduled")
OFFICIAL_REPLIED = Template("official_replied")
ESCALATED = Template("escalated")
UNSTAFFED = Template("unstaffed")
REVIEW_REQUESTED = Template("review_requested")
REVIEW_DECIDED = Template("review_decided")
MENTIONED = Template("mentioned")
# Held in doubt: whoever asked is waiting at the page and asks again, and a link that works is not sent twice.
ACCESS_LINK = Template("access_link", on_uncertain=OnUncertain.HOLD, is_secret=True, is_capped=False)

# Nobody waits at a page for it, and a second copy brings the same link.
INVITATION = Template("invitation", is_secret=True, is_capped=False)

TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        RECEIVED, ASSIGNED, CLARIFICATION, ANSWERED, CLOSED, MERGED, CASE_ASSIGNED, SLA_WARNING, SLA_DIGEST,
        RESCHEDULED, OFFICIAL_REPLIED,
        ESCALATED, UNSTAFFED, REVIEW_REQUESTED, REVIEW_DECIDED, MENTIONED, ACCESS_LINK, INVITATION,
    )
}  # fmt: skip


def locale_for(wanted: str) -> str:
    """The language we can write in that is nearest to the wanted one."""
    language = wanted.replace("_", "-").partition("-")[0].lower()
    return language if language in LOCALES else DEFAULT_LOCALE

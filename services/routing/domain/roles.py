"""What each role of the desk may do: one table, which routes, use cases, pages and docs/accounts.md all read.

A route says what right it needs, `@signed_in(*who_may(Right.SUPERVISE))`, and never names roles by itself. Rights grow
with the role; what a person may do to one case is decided by `store.cases.visible_to` and by who is in charge of it.
"""

from __future__ import annotations

from enum import StrEnum

ADVISOR, SENIOR, SUPERVISOR, ADMIN = "advisor", "senior", "supervisor", "admin"
ROLES = (ADVISOR, SENIOR, SUPERVISOR, ADMIN)


class Right(StrEnum):
    """Something that some roles may do, and others may not."""

    WORK = "work"
    """Read and answer the cases they can see; own drafts, notes, canned texts, sessions and second factor."""
    REVIEW = "review"
    """Review an answer before it is sent."""
    SHARE_TEXTS = "share_texts"
    """Write canned texts and macros that everybody is offered."""
    KEEP_NORMS = "keep_norms"
    """Keep the register of norms that answers cite."""
    SEE_ALL = "see_all"
    """See every case, and act for it whoever is in charge."""
    SUPERVISE = "supervise"
    """Assign to anybody; load, topics, room and leave of advisors; bulk acts on any case."""
    SET_RULES = "set_rules"
    """Policies, calendars, closed days; corrections and versions of the classifier."""
    INVITE = "invite"
    """Invite advisors and seniors, and withdraw the invitation (admins: anybody)."""
    READ_AUDIT = "read_audit"
    """Read the audit of staff."""
    MANAGE_ACCOUNTS = "manage_accounts"
    """Change roles, close accounts, end anybody's sessions, take away a lost second factor."""


RIGHTS: dict[Right, tuple[str, ...]] = {
    Right.WORK: (ADVISOR, SENIOR, SUPERVISOR, ADMIN),
    Right.REVIEW: (SENIOR, SUPERVISOR, ADMIN),
    Right.SHARE_TEXTS: (SENIOR, SUPERVISOR, ADMIN),
    Right.KEEP_NORMS: (SENIOR, SUPERVISOR, ADMIN),
    Right.SEE_ALL: (SUPERVISOR, ADMIN),
    Right.SUPERVISE: (SUPERVISOR, ADMIN),
    Right.SET_RULES: (SUPERVISOR, ADMIN),
    Right.INVITE: (SUPERVISOR, ADMIN),
    Right.READ_AUDIT: (SUPERVISOR, ADMIN),
    Right.MANAGE_ACCOUNTS: (ADMIN,),
}

INVITABLE: dict[str, tuple[str, ...]] = {SUPERVISOR: (ADVISOR, SENIOR), ADMIN: ROLES}
"""Which roles somebody of a role may invite people to: nobody makes a colleague stronger than themselves."""


def who_may(right: Right) -> tuple[str, ...]:
    """The roles that have a right, for `@signed_in(*who_may(...))`."""
    return RIGHTS[right]


def may(role: str, right: Right) -> bool:
    """Whether somebody of this role has a right."""
    return role in RIGHTS[right]

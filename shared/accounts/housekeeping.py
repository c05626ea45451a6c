"""What accounts leave behind and nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from shared.messaging.housekeeping import Job
from shared.messaging.work import Work


def forget_ended(work: Work) -> None:
    """Drop sessions that ended, links and shown secrets that no longer work, and counts that no longer matter."""
    for statement in (
        "DELETE FROM account_session WHERE expires_at < :now - interval '1 day'",
        "DELETE FROM access_link WHERE expires_at < :now - interval '1 day'",
        "DELETE FROM totp_enrolment WHERE expires_at < :now",
        "DELETE FROM throttle WHERE last_at < :now - interval '2 days'",
    ):
        work.session.execute(text(statement), {"now": work.now})


ACCOUNTS_JOB = Job("forget_ended_sessions", timedelta(hours=6), forget_ended)

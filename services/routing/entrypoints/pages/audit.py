"""The audit as a page: who did what, when, to what."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.personnel import position
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.wording.accounts import ROLE_NAMES
from services.routing.use_cases import staff_accounts
from shared.accounts import audit_reading
from shared.accounts.access import signed_in
from shared.accounts.audit_reading import Wanted
from shared.http.paging import page_of

audit_pages = Blueprint("audit_pages", __name__)
_PAGE = 50
_LONGEST = 200


@audit_pages.get("/auditoria")
@signed_in(*who_may(Right.READ_AUDIT))
def show() -> ResponseReturnValue:
    """The newest lines first; by person, act and thing."""
    actor, action = request.args.get("quien", ""), request.args.get("que", "")[:_LONGEST]
    subject = request.args.get("sobre", "").strip()[:_LONGEST]
    before = position(request.args.get("cursor"))
    wanted = Wanted(actor_id=_id(actor), action=action or None, subject=_subject(subject))
    with parts().database.transaction() as session:
        rows = audit_reading.page(session, wanted, limit=_PAGE, before=before)
        known, people = audit_reading.actions(session), staff_accounts.list_accounts(session)
    page = page_of(rows, _PAGE, lambda row: [row.seq])
    families = sorted({name.partition(".")[0] for name in known})
    return render_template(
        "audit.html", lines=page.rows, next_cursor=page.next_cursor, is_first=before is None, actor=actor,
        action=action, subject=subject, actions=known, families=families, people=people, role_names=ROLE_NAMES,
    )  # fmt: skip


def _id(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def _subject(typed: str) -> str | None:
    """A case may be named by its code alone."""
    if not typed:
        return None
    return typed if ":" in typed else f"case:{typed.upper()}"

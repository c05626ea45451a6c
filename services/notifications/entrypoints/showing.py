"""The ledger as API and pages show it: masked where it must be, without texts that open doors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.notifications.domain.masking import mask_address
from services.notifications.domain.message import NOT_DELIVERED, State
from services.notifications.domain.template import TEMPLATES, locale_for
from services.notifications.entrypoints.access import may_see_addresses, the_parts
from services.notifications.entrypoints.api.schemas import NOT_DELIVERED_FILTER
from services.notifications.store import ledger, notices
from services.notifications.store.ledger import Entry, Filter, Sheet
from services.notifications.store.notices import HeldNotice, NoticeFilter
from services.notifications.use_cases import resending
from services.notifications.use_cases.resending import Refusal
from shared.http.idempotency import NOBODY, Answer, once
from shared.http.languages import current_locale
from shared.http.paging import Page, page_of, read_cursor
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, Problem
from shared.texts import N_


def read_page(query: dict[str, Any]) -> Page[Entry]:
    """The page of the ledger that a query asks for.

    :raises Problem: the cursor is not one of ours.
    """
    wanted = Filter(
        subject=query["subject"].upper() if query["subject"] else None,
        states=_states(query["state"]),
        channel=query["channel"],
        before=_before(query["cursor"]),
        limit=query["limit"],
    )
    with the_parts().database.transaction() as session:
        rows = ledger.find(session, wanted)
    return page_of(rows, wanted.limit, lambda entry: [str(entry.message_id)])


def read_notices(query: dict[str, Any]) -> Page[HeldNotice]:
    """The page of gathered notices that a query asks for.

    :raises Problem: the cursor is not one of ours.
    """
    wanted = NoticeFilter(
        code=query["subject"].upper() if query["subject"] else None,
        state=query["state"],
        before=_before(query["cursor"]),
        limit=query["limit"],
    )
    with the_parts().database.transaction() as session:
        rows = notices.find(session, wanted)
    return page_of(rows, wanted.limit, lambda one: [str(one.item_id)])


def notice_as_json(one: HeldNotice) -> dict[str, Any]:
    """A gathered notice for programs."""
    return {
        "id": one.item_id,
        "subject": one.code,
        "what": what_of(one),
        "recipient_id": one.recipient_id,
        "recipient_kind": one.recipient_kind,
        "state": one.state,
        "noted_at": one.noted_at,
        "send_at": one.send_at,
        "told_at": one.told_at,
        "message_id": one.message_id,
    }


def what_of(one: HeldNotice) -> str:
    """What a notice says, in the reader's language."""
    return one.what[locale_for(current_locale())]


def read_sheet(message_id: UUID) -> Sheet:
    """One message.

    :raises Problem: there is none of that id.
    """
    with the_parts().database.transaction() as session:
        sheet = ledger.find_sheet(session, message_id)
    if sheet is None:
        raise Problem(NOT_FOUND)
    return sheet


def resend(message_id: UUID, key: str) -> Answer:
    """Send a message again, once per key.

    :raises Problem: it does not exist, or it is not one to send again.
    """
    with the_parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            refusal = resending.resend(message_id, work)
            if refusal is not None:
                raise _problem_of(refusal)
            return 202, {"id": str(message_id), "state": State.PENDING.value}

        return once(work, actor=NOBODY, key=key, content={"resend": str(message_id)}, act=act)


def as_json(entry: Entry) -> dict[str, Any]:
    """A message for programs."""
    return {
        "id": entry.message_id,
        "subject": entry.code,
        "subjects": entry.codes,
        "consultation_id": entry.consultation_id,
        "recipient_id": entry.recipient_id,
        "recipient_kind": entry.recipient_kind,
        "channel": entry.channel,
        "template": entry.template,
        "locale": entry.locale,
        "address": address_of(entry),
        "title": entry.subject,
        "segments": entry.segments,
        "state": entry.state,
        "attempts": entry.attempts,
        "next_at": entry.next_at,
        "last_reply": entry.last_reply,
        "created_at": entry.created_at,
        "submitted_at": entry.submitted_at,
        "settled_at": entry.settled_at,
    }


def sheet_as_json(sheet: Sheet) -> dict[str, Any]:
    """A message with its attempts and receipts for programs."""
    return {
        **as_json(sheet.entry),
        "text": text_of(sheet),
        "may_resend": resending.may_resend(sheet),
        "tries": sheet.attempts,
        "receipts": sheet.receipts,
    }


def address_of(entry: Entry) -> str:
    """Where it went, as far as the reader may know."""
    return entry.address if may_see_addresses() else mask_address(entry.address)


def text_of(sheet: Sheet) -> str | None:
    """What it says. A link that opens a door is for its recipient alone, whoever reads the ledger."""
    template = TEMPLATES.get(sheet.entry.template)
    if sheet.is_redacted or template is None or template.is_secret:
        return None
    return sheet.body_text


def _states(wanted: str | None) -> tuple[State, ...]:
    if wanted is None:
        return ()
    return NOT_DELIVERED if wanted == NOT_DELIVERED_FILTER else (State(wanted),)


def _before(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    (text,) = read_cursor(cursor, 1)
    try:
        return UUID(text)
    except ValueError:
        raise Problem(
            INVALID, fields={"cursor": [N_("El cursor no es válido; pida la primera página otra vez.")]}
        ) from None


def _problem_of(refusal: Refusal) -> Problem:
    match refusal:
        case Refusal.NO_SUCH_MESSAGE:
            return Problem(NOT_FOUND)
        case Refusal.TEXT_IS_GONE:
            return Problem(CONFLICT, N_("El texto de este mensaje ya se retiró; la persona debe pedir otro enlace."))
        case Refusal.NOT_RESTING:
            return Problem(
                CONFLICT,
                N_("Solo se reenvía lo que falló, está retenido o es incierto; este mensaje sigue su curso o llegó."),
            )

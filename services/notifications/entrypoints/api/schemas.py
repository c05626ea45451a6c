"""What the API of the ledger reads and answers."""

from __future__ import annotations

from marshmallow import Schema, validate
from marshmallow import fields as mm

from services.notifications.domain.message import Channel, State
from services.notifications.store.notices import STATES as NOTICE_STATES
from shared.http.fields import Line
from shared.texts import N_

NOT_DELIVERED_FILTER = "not_delivered"
MOST_ROWS = 100
STATE_FILTERS = (NOT_DELIVERED_FILTER, *(state.value for state in State))


class LedgerQuerySchema(Schema):
    """Which messages to list. A misspelt filter is refused: ignoring it would list what was not asked for."""

    lang = mm.String(metadata={"description": "Language of the answer's texts; read elsewhere."})
    subject = Line(longest=60, load_default=None, is_blank_none=True)
    state = mm.String(
        load_default=None, validate=validate.OneOf(STATE_FILTERS, error=N_("No es un estado de mensaje."))
    )
    channel = mm.String(
        load_default=None,
        validate=validate.OneOf([channel.value for channel in Channel], error=N_("Elija email o sms.")),
    )
    cursor = Line(longest=200, load_default=None)
    limit = mm.Integer(load_default=50, validate=validate.Range(1, MOST_ROWS, error=N_("Pida entre 1 y 100 mensajes.")))


class EntrySchema(Schema):
    """A message of the ledger."""

    id = mm.UUID(required=True)
    subject = mm.String(allow_none=True, metadata={"description": "Public code of the consultation."})
    subjects = mm.List(
        mm.String(), required=True, metadata={"description": "Every consultation it tells of; a digest tells of many."}
    )
    consultation_id = mm.UUID(allow_none=True)
    recipient_id = mm.UUID(required=True)
    recipient_kind = mm.String(required=True)
    channel = mm.String(required=True, validate=validate.OneOf([channel.value for channel in Channel]))
    template = mm.String(required=True)
    locale = mm.String(required=True)
    address = mm.String(required=True, metadata={"description": "Masked unless the token was shown."})
    title = mm.String(required=True, metadata={"description": "Subject of the e-mail; empty for SMS."})
    segments = mm.Integer(required=True, metadata={"description": "SMS messages it is paid as."})
    state = mm.String(required=True, validate=validate.OneOf([state.value for state in State]))
    attempts = mm.Integer(required=True)
    next_at = mm.AwareDateTime(allow_none=True, metadata={"description": "When it is tried again."})
    last_reply = mm.String(allow_none=True, metadata={"description": "The provider's last word."})
    created_at = mm.AwareDateTime(required=True)
    submitted_at = mm.AwareDateTime(allow_none=True)
    settled_at = mm.AwareDateTime(allow_none=True)


class LedgerSchema(Schema):
    """A page of the ledger."""

    messages = mm.List(mm.Nested(EntrySchema), required=True)
    next_cursor = mm.String(allow_none=True)


class AttemptSchema(Schema):
    """One attempt to send."""

    number = mm.Integer(required=True)
    started_at = mm.AwareDateTime(required=True)
    ended_at = mm.AwareDateTime(required=True)
    outcome = mm.String(required=True)
    reply = mm.String(required=True)


class ReceiptSchema(Schema):
    """One delivery report."""

    attempt = mm.Integer(required=True)
    type = mm.Integer(required=True)
    answer = mm.String(required=True)
    received_at = mm.AwareDateTime(required=True)


class SheetSchema(EntrySchema):
    """A message with everything that was tried and heard."""

    text = mm.String(allow_none=True, metadata={"description": "None when it opened a door, or was taken out."})
    may_resend = mm.Boolean(required=True)
    tries = mm.List(mm.Nested(AttemptSchema), required=True)
    receipts = mm.List(mm.Nested(ReceiptSchema), required=True)


class NoticeQuerySchema(Schema):
    """Which gathered notices to list."""

    lang = mm.String(metadata={"description": "Language of the answer's texts; read elsewhere."})
    subject = Line(longest=60, load_default=None, is_blank_none=True)
    state = mm.String(
        load_default=None, validate=validate.OneOf(NOTICE_STATES, error=N_("Elija waiting, told o dropped."))
    )
    cursor = Line(longest=200, load_default=None)
    limit = mm.Integer(load_default=50, validate=validate.Range(1, MOST_ROWS, error=N_("Pida entre 1 y 100 mensajes.")))


class NoticeSchema(Schema):
    """A notice about a deadline of one case for one person, told in a letter with others."""

    id = mm.UUID(required=True)
    subject = mm.String(required=True, metadata={"description": "Public code of the consultation."})
    what = mm.String(required=True)
    recipient_id = mm.UUID(required=True)
    recipient_kind = mm.String(required=True)
    state = mm.String(required=True, validate=validate.OneOf(NOTICE_STATES))
    noted_at = mm.AwareDateTime(required=True)
    send_at = mm.AwareDateTime(allow_none=True, metadata={"description": "When the letter it waits for is due."})
    told_at = mm.AwareDateTime(allow_none=True)
    message_id = mm.UUID(allow_none=True, metadata={"description": "The letter it went out in."})


class NoticesSchema(Schema):
    """A page of gathered notices."""

    notices = mm.List(mm.Nested(NoticeSchema), required=True)
    next_cursor = mm.String(allow_none=True)


class ResentSchema(Schema):
    """A message that is back in the line."""

    id = mm.UUID(required=True)
    state = mm.String(required=True)

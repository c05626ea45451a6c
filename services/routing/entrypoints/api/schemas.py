"""What the API takes and gives. Unknown fields are refused; texts are trimmed and bounded."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range

from services.routing.domain.assignment import HIGHEST_LEVEL
from services.routing.domain.language_hint import LANGUAGES
from services.routing.entrypoints.api.attachment_schemas import (
    HeldAttachmentSchema,
    SentAttachmentSchema,
    seen_attachments,
)
from services.routing.entrypoints.api.citation_schemas import SentCitationSchema, citation_inputs
from services.routing.entrypoints.api.clock_schemas import ClockSchema
from services.routing.entrypoints.api.relation_schemas import HandoverSchema, RelationsSchema
from services.routing.entrypoints.api.similar_schemas import SimilarSchema
from services.routing.entrypoints.api.staff_schemas import WorkingHours
from services.routing.use_cases.closing import STAFF_OUTCOMES
from services.routing.use_cases.corrections import LONGEST_REASON
from services.routing.use_cases.staff import MAX_CAPACITY
from services.routing.use_cases.topics import staff_kinds, topics
from shared.http.fields import Flag, Line, Text
from shared.http.languages import N_

LONGEST_MESSAGE = 12_000
LONGEST_NOTE = 4_000
_HIGHEST_VERSION = 2**31 - 1


class VersionedSchema(Schema):
    """A write on a case: the version the writer saw, so that nobody overwrites what they have not read."""

    version = mm.Integer(required=True, strict=True, validate=Range(1, _HIGHEST_VERSION))


class MessageSchema(VersionedSchema):
    """A text for the official."""

    body = Text(longest=LONGEST_MESSAGE, required=True)


class AnswerSchema(MessageSchema):
    """An answer, with the norms it rests on."""

    citations = citation_inputs()
    attachments = seen_attachments()


class NoteSchema(VersionedSchema):
    """A text among staff."""

    body = Text(longest=LONGEST_NOTE, required=True)


class TopicChoiceSchema(VersionedSchema):
    """What a person decides about a case; kind and urgency stay as they are unless given."""

    topic = mm.String(required=True, validate=OneOf(list(topics())))
    kind = mm.String(load_default=None, allow_none=True, validate=OneOf(list(staff_kinds())))
    is_urgent = Flag(load_default=None, allow_none=True)
    reason = Text(longest=LONGEST_REASON, load_default="", shortest=0)


class AssignSchema(VersionedSchema):
    """Who gets the case: oneself when nobody is named."""

    advisor_id = mm.UUID(load_default=None, allow_none=True)
    note = Text(longest=LONGEST_NOTE, load_default="", shortest=0)


class CloseSchema(VersionedSchema):
    """How a case ends, and what the official is told."""

    outcome = mm.String(load_default="answered", validate=OneOf(STAFF_OUTCOMES))
    note = Text(longest=LONGEST_NOTE, load_default="", shortest=0)

    @validates_schema
    def _require_note(self, data: dict[str, Any], **_: Any) -> None:
        if data["outcome"] != "answered" and not data["note"]:
            raise ValidationError({"note": [N_("Escriba qué se le dirá al funcionario.")]})


class LeaveSchema(Schema):
    """First and last day of a leave."""

    from_ = mm.Date(required=True, data_key="from")
    until = mm.Date(required=True)

    @validates_schema
    def _require_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["until"] < data["from_"]:
            raise ValidationError({"until": [N_("El último día no puede ser anterior al primero.")]})


class AdvisorChangeSchema(Schema):
    """What changes of an advisor; what is left out stays. `leave` null ends a leave."""

    version = mm.Integer(load_default=None, strict=True, validate=Range(1, _HIGHEST_VERSION))
    is_available = Flag(load_default=None)
    capacity = mm.Integer(load_default=None, strict=True, validate=Range(0, MAX_CAPACITY))
    skills = mm.Dict(
        keys=mm.String(validate=OneOf(list(topics()))),
        values=mm.Integer(strict=True, validate=Range(1, HIGHEST_LEVEL)),
        load_default=None,
    )
    leave = mm.Nested(LeaveSchema, allow_none=True)
    languages = mm.List(mm.String(validate=OneOf(LANGUAGES)), validate=Length(max=len(LANGUAGES)))
    hours = WorkingHours(allow_none=True)
    team_id = mm.UUID(allow_none=True)


class NamedSchema(Schema):
    """A code with the name people see."""

    code = mm.String(required=True)
    name = mm.String(required=True)


class QueueLineSchema(Schema):
    """A case in a queue. `seconds_left` is wall-clock time to the next deadline, negative when missed."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    asker = mm.String(required=True)
    municipality = mm.String(required=True)
    ubigeo = mm.String(required=True)
    topic = mm.Nested(NamedSchema, required=True)
    kind = mm.String(required=True)
    is_urgent = mm.Boolean(required=True)
    state = mm.String(required=True)
    outcome = mm.String(allow_none=True)
    advisor = mm.String(allow_none=True)
    submitted_at = mm.AwareDateTime(required=True)
    promised_at = mm.AwareDateTime(allow_none=True)
    due_at = mm.AwareDateTime(allow_none=True)
    seconds_left = mm.Integer(allow_none=True)
    is_breached = mm.Boolean(required=True)
    is_at_risk = mm.Boolean(required=True)
    ended_at = mm.AwareDateTime(allow_none=True)
    version = mm.Integer(required=True)


class AskerSchema(Schema):
    """Who asks, from which office."""

    full_name = mm.String()
    position = mm.String()
    municipality = mm.String()
    ubigeo = mm.String()
    locale = mm.String()


class ReasonSchema(Schema):
    """A term or rule that carried the classification."""

    text = mm.String()
    weight = mm.Float()


class CandidateSchema(Schema):
    """A topic the consultation may belong to; `is_hint`: the official said so."""

    topic = mm.String()
    name = mm.String()
    confidence = mm.Float()
    is_hint = mm.Boolean()


class ClassificationSchema(Schema):
    """What the model found, and who decided in the end ("model" or an account)."""

    topic = mm.String()
    topic_name = mm.String()
    kind = mm.String()
    kind_name = mm.String()
    urgent = mm.Boolean()
    confidence = mm.Float()
    kind_confidence = mm.Float()
    urgency_confidence = mm.Float()
    reasons = mm.List(mm.Nested(ReasonSchema))
    candidates = mm.List(mm.Nested(CandidateSchema))
    needs_triage = mm.Boolean()
    decided_by = mm.String()
    model_version = mm.String()


class InChargeSchema(Schema):
    """The advisor in charge."""

    id = mm.UUID()
    full_name = mm.String()


class AssignmentSchema(Schema):
    """Who has the case and why."""

    advisor = mm.Nested(InChargeSchema, allow_none=True)
    assigned_at = mm.AwareDateTime(allow_none=True)
    reason = mm.String()


class ThreadSchema(Schema):
    """A message that both sides see."""

    id = mm.UUID()
    kind = mm.String()
    is_official = mm.Boolean()
    author = mm.String()
    body = mm.String()
    at = mm.AwareDateTime()
    code = mm.String()
    municipality = mm.String()
    citations = mm.List(mm.Nested(SentCitationSchema))
    attachments = mm.List(mm.Nested(SentAttachmentSchema))


class NoteLineSchema(Schema):
    """A note among staff."""

    id = mm.UUID()
    author = mm.String()
    body = mm.String()
    at = mm.AwareDateTime()


class TimelineSchema(Schema):
    """A line of the case's log."""

    type = mm.String()
    at = mm.AwareDateTime()
    by = mm.String()
    reason = mm.String(allow_none=True)
    details = mm.Dict()


class RatingSchema(Schema):
    """What the official thought of the answer."""

    score = mm.Integer()
    comment = mm.String(allow_none=True)
    at = mm.AwareDateTime()


class SheetSchema(Schema):
    """Everything about a case."""

    id = mm.UUID(required=True)
    code = mm.String(required=True)
    version = mm.Integer(required=True)
    state = mm.String(required=True)
    outcome = mm.String(allow_none=True)
    subject = mm.String(required=True)
    channel = mm.String(required=True)
    submitted_at = mm.AwareDateTime(required=True)
    promised_at = mm.AwareDateTime(allow_none=True)
    asker = mm.Nested(AskerSchema)
    topic = mm.Nested(NamedSchema)
    classification = mm.Nested(ClassificationSchema)
    assignment = mm.Nested(AssignmentSchema)
    clocks = mm.List(mm.Nested(ClockSchema))
    thread = mm.List(mm.Nested(ThreadSchema))
    attachments_held = mm.List(mm.Nested(HeldAttachmentSchema))
    notes = mm.List(mm.Nested(NoteLineSchema))
    timeline = mm.List(mm.Nested(TimelineSchema))
    relations = mm.Nested(RelationsSchema)
    handover = mm.Nested(HandoverSchema, allow_none=True)
    snoozed_until = mm.AwareDateTime(allow_none=True)
    rating = mm.Nested(RatingSchema, allow_none=True)
    actions = mm.List(mm.String())
    reply_proposal = mm.String(allow_none=True)
    similar = mm.List(mm.Nested(SimilarSchema))


class ActedSchema(Schema):
    """How a case stands after an act."""

    code = mm.String(required=True)
    state = mm.String(required=True)
    version = mm.Integer(required=True)
    topic = mm.String(required=True)
    advisor_id = mm.UUID(allow_none=True)
    reason = mm.String(allow_none=True)
    promised_at = mm.AwareDateTime(allow_none=True)


class TopicSchema(Schema):
    """A topic that advisors handle."""

    code = mm.String(required=True)
    name = mm.String(required=True)
    name_es = mm.String(required=True)
    name_en = mm.String(required=True)


class AdvisorSchema(Schema):
    """An advisor with topics and load."""

    id = mm.UUID(required=True)
    full_name = mm.String(required=True)
    email = mm.String(required=True)
    is_active = mm.Boolean(required=True)
    is_available = mm.Boolean(required=True)
    leave_from = mm.Date(allow_none=True)
    leave_until = mm.Date(allow_none=True)
    capacity = mm.Integer(required=True)
    open_count = mm.Integer(required=True)
    open_effort = mm.Integer(required=True)
    languages = mm.List(mm.String(), required=True)
    hours = mm.String(allow_none=True)
    team_id = mm.UUID(allow_none=True)
    team_name = mm.String(allow_none=True)
    is_on_leave = mm.Boolean(required=True)
    last_assigned_at = mm.AwareDateTime(allow_none=True)
    skills = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)
    breached = mm.Integer(required=True)
    at_risk = mm.Integer(required=True)
    waiting = mm.Integer(required=True)
    version = mm.Integer(required=True)


class NewAdvisorSchema(Schema):
    """A new member of staff who takes cases; without a password they enter by e-mailed link."""

    email = Line(longest=254, required=True)
    full_name = Line(longest=120, required=True)
    password = mm.String(load_default=None, allow_none=True, validate=Length(max=256))
    locale = mm.String(load_default="es", validate=OneOf(("es", "en")))
    capacity = mm.Integer(load_default=8, strict=True, validate=Range(0, MAX_CAPACITY))
    skills = mm.Dict(
        keys=mm.String(validate=OneOf(list(topics()))),
        values=mm.Integer(strict=True, validate=Range(1, HIGHEST_LEVEL)),
        required=True,
    )

"""The shapes of the overview. Counts are whole numbers, durations seconds, moments ISO 8601 with offset."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import OneOf

from services.insights.domain.periods import PERIODS
from services.insights.domain.states import MEASURES, OPEN
from shared.http.languages import N_


class PeriodSchema(Schema):
    """Which stretch of time: today (the local day) or the last seven days."""

    period = mm.String(
        load_default="today", validate=OneOf(list(PERIODS), error=N_("Elija today (hoy) o week (siete días)."))
    )


class HourSchema(Schema):
    """An hour and what happened in it."""

    starts_at = mm.AwareDateTime(required=True)
    count = mm.Integer(required=True)


class FlowSchema(Schema):
    """How many consultations took a step, by hour."""

    measure = mm.String(required=True, validate=OneOf(MEASURES))
    total = mm.Integer(required=True, metadata={"description": "La suma de sus horas."})
    hours = mm.List(mm.Nested(HourSchema), required=True)


class PeriodShownSchema(Schema):
    """The stretch of time that was asked for."""

    name = mm.String(required=True)
    starts_at = mm.AwareDateTime(required=True)
    ends_at = mm.AwareDateTime(required=True)


class StateSchema(Schema):
    """How many open consultations are in a state."""

    state = mm.String(required=True, validate=OneOf(OPEN))
    count = mm.Integer(required=True)


class GroupSchema(Schema):
    """Open consultations of one state and topic."""

    state = mm.String(required=True, validate=OneOf(OPEN))
    topic_code = mm.String(required=True, allow_none=True)
    topic_name_es = mm.String(required=True, allow_none=True)
    topic_name_en = mm.String(required=True, allow_none=True)
    count = mm.Integer(required=True)
    urgent = mm.Integer(required=True)
    late = mm.Integer(required=True, metadata={"description": "Pasada la fecha prometida y es turno de la mesa."})
    oldest_at = mm.AwareDateTime(required=True, allow_none=True)


class OpenSchema(Schema):
    """Consultations that still need somebody to act."""

    total = mm.Integer(required=True)
    by_state = mm.List(mm.Nested(StateSchema), required=True)
    groups = mm.List(mm.Nested(GroupSchema), required=True)


class DeadlineSchema(Schema):
    """A deadline of a case the desk has to act on."""

    code = mm.String(required=True)
    topic_name_es = mm.String(required=True, allow_none=True)
    topic_name_en = mm.String(required=True, allow_none=True)
    advisor_name = mm.String(required=True, allow_none=True)
    clock = mm.String(required=True)
    due_at = mm.AwareDateTime(required=True)


class DeadlinesSchema(Schema):
    """Deadlines that are near or passed; each case counts once."""

    at_risk = mm.Integer(required=True)
    at_risk_cases = mm.List(mm.Nested(DeadlineSchema), required=True)
    breached = mm.Integer(required=True)
    breached_cases = mm.List(mm.Nested(DeadlineSchema), required=True)
    breaches_in_period = mm.Integer(required=True)


class MessageCountSchema(Schema):
    """Messages by channel and state."""

    channel = mm.String(required=True)
    state = mm.String(required=True)
    count = mm.Integer(required=True)


class MessagesSchema(Schema):
    """Messages to people."""

    in_period = mm.List(mm.Nested(MessageCountSchema), required=True)
    troubled = mm.List(mm.Nested(MessageCountSchema), required=True)


class ReachSchema(Schema):
    """Who takes part."""

    officials = mm.Integer(required=True)
    municipalities = mm.Integer(required=True)
    municipalities_that_asked = mm.Integer(required=True)
    staff = mm.Integer(required=True)


class QueueSchema(Schema):
    """The delivery of a service, as its clock said it; null where it said nothing."""

    service = mm.String(required=True)
    is_known = mm.Boolean(required=True)
    unpublished = mm.Float(required=True, allow_none=True)
    unconfirmed = mm.Float(required=True, allow_none=True)
    outbox_oldest_seconds = mm.Float(required=True, allow_none=True)
    pending = mm.Float(required=True, allow_none=True)
    waiting = mm.Float(required=True, allow_none=True)
    inbox_oldest_seconds = mm.Float(required=True, allow_none=True)
    dead_letters = mm.Float(required=True, allow_none=True)
    unknown_events = mm.Float(required=True, allow_none=True)
    quarantined = mm.Float(required=True, allow_none=True)
    timers_overdue_seconds = mm.Float(required=True, allow_none=True)
    read_at = mm.AwareDateTime(required=True, allow_none=True)


class BrokerQueueSchema(Schema):
    """Messages that wait in the broker for a subscriber."""

    subscriber = mm.String(required=True)
    messages = mm.Float(required=True)


class ProcessSchema(Schema):
    """Processes of one kind: how many answer, and which do not."""

    service = mm.String(required=True)
    process = mm.String(required=True)
    alive = mm.Integer(required=True)
    total = mm.Integer(required=True)
    silent = mm.List(mm.String(), required=True)


class SignSchema(Schema):
    """Something is wrong; docs/runbook.md explains each name."""

    name = mm.String(required=True)
    is_critical = mm.Boolean(required=True)
    where = mm.String(required=True)
    amount = mm.Float(required=True)
    unit = mm.String(required=True, validate=OneOf(["count", "seconds"]))


class OverviewSchema(Schema):
    """Everything that the console shows."""

    generated_at = mm.AwareDateTime(required=True)
    period = mm.Nested(PeriodShownSchema, required=True)
    flow = mm.List(mm.Nested(FlowSchema), required=True)
    open = mm.Nested(OpenSchema, required=True)
    deadlines = mm.Nested(DeadlinesSchema, required=True)
    messages = mm.Nested(MessagesSchema, required=True)
    reach = mm.Nested(ReachSchema, required=True)
    queues = mm.List(mm.Nested(QueueSchema), required=True)
    broker_queues = mm.List(mm.Nested(BrokerQueueSchema), required=True)
    processes = mm.List(mm.Nested(ProcessSchema), required=True)
    signs = mm.List(mm.Nested(SignSchema), required=True)

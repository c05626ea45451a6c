"""What the API gives about the clocks of a case: what was counted, what was not, and what moved the promise."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm

from services.routing.domain.sla_explanation import PauseReason


class IntervalSchema(Schema):
    """A counted stretch of working time."""

    from_ = mm.AwareDateTime(attribute="from", data_key="from")
    to = mm.AwareDateTime()
    seconds = mm.Integer()


class SkippedSchema(Schema):
    """A day that was closed, and by what norm."""

    date = mm.Date()
    reason = mm.String()
    norm = mm.String()


class PauseSchema(Schema):
    """A stretch in which a clock did not run; `to` is null while it lasts. `waiting`: for the official."""

    from_ = mm.AwareDateTime(attribute="from", data_key="from")
    to = mm.AwareDateTime(allow_none=True)
    reason = mm.String(metadata={"enum": [str(one) for one in PauseReason]})


class PromiseMoveSchema(Schema):
    """What moved the promised date; `before` and `after` are null while the case waits for the official."""

    at = mm.AwareDateTime()
    type = mm.String()
    by = mm.String()
    reason = mm.String()
    before = mm.AwareDateTime(allow_none=True)
    after = mm.AwareDateTime(allow_none=True)


class ClockSchema(Schema):
    """A clock of a case. Seconds are of working time; `due_at` is null while paused."""

    name = mm.String(required=True)
    cycle = mm.Integer(required=True)
    state = mm.String(required=True)
    started_at = mm.AwareDateTime(required=True)
    due_at = mm.AwareDateTime(allow_none=True)
    target_seconds = mm.Integer(required=True)
    elapsed_seconds = mm.Integer(required=True)
    remaining_seconds = mm.Integer(required=True)
    warn_at = mm.AwareDateTime(allow_none=True)
    breached_at = mm.AwareDateTime(allow_none=True)
    met_at = mm.AwareDateTime(allow_none=True)
    stopped_at = mm.AwareDateTime(allow_none=True)
    is_paused = mm.Boolean(required=True)
    explanation = mm.String(required=True)
    policy_version = mm.String(required=True)
    calendar_version = mm.String(required=True)
    intervals = mm.List(mm.Nested(IntervalSchema))
    skipped = mm.List(mm.Nested(SkippedSchema))
    pauses = mm.List(mm.Nested(PauseSchema))


class ClockReportSchema(Schema):
    """Every clock of a case with what was counted."""

    code = mm.String(required=True)
    state = mm.String(required=True)
    promised_at = mm.AwareDateTime(allow_none=True)
    clocks = mm.List(mm.Nested(ClockSchema), required=True)
    moves = mm.List(
        mm.Nested(PromiseMoveSchema), metadata={"description": "What moved the promised date, oldest first"}
    )

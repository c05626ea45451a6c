"""What the API takes and gives about fairness and the spreading of the backlog."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm

from shared.http.fields import Line


class PeriodSchema(Schema):
    """First and last day of a report, in Lima; the last thirty days unless told."""

    since = mm.Date(load_default=None)
    until = mm.Date(load_default=None)


class FairAdvisorSchema(Schema):
    """One advisor's share. `effort` in hundredths of a plain case; `skips`: how often passed over, by reason."""

    id = mm.UUID(required=True)
    full_name = mm.String(required=True)
    is_active = mm.Boolean(required=True)
    capacity = mm.Integer(required=True)
    total = mm.Integer(required=True)
    effort = mm.Integer(required=True)
    topics = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)
    ways = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)
    skips = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)


class FairTopicSchema(Schema):
    """One topic's share, and how even it is among those who know it."""

    code = mm.String(required=True)
    name = mm.String(required=True)
    total = mm.Integer(required=True)
    unstaffed = mm.Integer(required=True)
    knowing = mm.Integer(required=True)
    jain = mm.Float(required=True)
    jain_by_level = mm.Dict(keys=mm.String(), values=mm.Float(), required=True)


class FairnessSchema(Schema):
    """The fairness report: the totals by advisor, by topic and by way are one number."""

    since = mm.Date(required=True)
    until = mm.Date(required=True)
    total = mm.Integer(required=True)
    unstaffed = mm.Integer(required=True)
    ways = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)
    jain_cases = mm.Float(required=True)
    jain_load = mm.Float(required=True)
    advisors = mm.List(mm.Nested(FairAdvisorSchema), required=True)
    topics = mm.List(mm.Nested(FairTopicSchema), required=True)


class RebalancedAdvisorSchema(Schema):
    """What spreading anew would change for one advisor."""

    id = mm.UUID(required=True)
    full_name = mm.String(required=True)
    capacity = mm.Integer(required=True)
    before = mm.Integer(required=True)
    after = mm.Integer(required=True)


class MoveSchema(Schema):
    """One case that would move; `from_name` is null for one that waits."""

    code = mm.String(required=True)
    topic = mm.String(required=True)
    from_name = mm.String(allow_none=True)
    to_name = mm.String(required=True)


class RebalanceSchema(Schema):
    """A plan to spread the backlog, and what became of it. `state`: previewed, applying or applied."""

    id = mm.UUID(required=True)
    state = mm.String(required=True)
    made_at = mm.AwareDateTime(required=True)
    made_by_name = mm.String(required=True)
    considered = mm.Integer(required=True)
    left_waiting = mm.Integer(required=True)
    jain_before = mm.Float(required=True)
    jain_after = mm.Float(required=True)
    advisors = mm.List(mm.Nested(RebalancedAdvisorSchema), required=True)
    moves = mm.List(mm.Nested(MoveSchema), required=True)
    position = mm.Integer(required=True)
    moved = mm.Integer(required=True)
    passed_over = mm.Integer(required=True)


class ReasonedSchema(Schema):
    """Why a plan is applied; it stands in the log of every case that moves."""

    reason = Line(longest=300, required=True)

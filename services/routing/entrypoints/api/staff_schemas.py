"""What the API takes and gives about leaves, teams and the working hours of advisors."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow import fields as mm
from marshmallow.validate import OneOf

from services.routing.domain.sla_errors import SlaError
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.use_cases.leaves import LeaveKind
from shared.http.fields import Line, Text
from shared.http.languages import N_

_LONGEST_NOTE = 500
_HOURS = N_("No se entiende el horario. Escríbalo como: mon-fri 08:00-13:00,14:00-17:00")


class WorkingHours(mm.String):
    """A working week, such as `mon-fri 08:00-13:00,14:00-17:00`; blank for the desk's own."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = " ".join(str(super()._deserialize(value, attr, data, **kwargs)).split())
        if not text:
            return ""
        try:
            hours = WeeklyHours.parse(text)
        except SlaError:
            raise ValidationError(_HOURS) from None
        if not any(hours.days):
            raise ValidationError(_HOURS)
        return text


class LeaveEntrySchema(Schema):
    """A leave to enter: first and last day in Lima, both included."""

    advisor_id = mm.UUID(required=True)
    starts_on = mm.Date(required=True)
    ends_on = mm.Date(required=True)
    kind = mm.String(load_default=str(LeaveKind.VACATION), validate=OneOf([str(one) for one in LeaveKind]))
    note = Text(longest=_LONGEST_NOTE, shortest=0, load_default="")


class LeaveQuerySchema(Schema):
    """Which leaves: those that share a day with this stretch."""

    since = mm.Date(load_default=None)
    until = mm.Date(load_default=None)


class LeaveOutSchema(Schema):
    """A leave as it stands."""

    id = mm.UUID(required=True)
    advisor_id = mm.UUID(required=True)
    full_name = mm.String(required=True)
    starts_on = mm.Date(required=True)
    ends_on = mm.Date(required=True)
    kind = mm.String(required=True)
    note = mm.String(required=True)
    approved_by_name = mm.String(required=True)
    created_at = mm.AwareDateTime(required=True)
    begun_at = mm.AwareDateTime(allow_none=True)
    ended_at = mm.AwareDateTime(allow_none=True)
    cancelled_at = mm.AwareDateTime(allow_none=True)


class TeamEntrySchema(Schema):
    """A team to make or rename."""

    name = Line(longest=80, required=True)


class TeamOutSchema(Schema):
    """A team with the number of its advisors."""

    id = mm.UUID(required=True)
    name = mm.String(required=True)
    member_count = mm.Integer(required=True)

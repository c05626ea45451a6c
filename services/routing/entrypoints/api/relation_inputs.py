"""What the API takes about merged, linked, split and snoozed cases."""

from __future__ import annotations

from datetime import time

from marshmallow import fields as mm
from marshmallow.validate import OneOf, Range

from services.routing.entrypoints.api.schemas import LONGEST_MESSAGE, LONGEST_NOTE, VersionedSchema
from services.routing.use_cases.linking import CHOSEN_KINDS
from services.routing.use_cases.topics import DEFAULT_KIND, staff_kinds, topics
from shared.http.fields import Flag, Line, Text

LONGEST_CODE = 20


class MergeSchema(VersionedSchema):
    """Into which case, and the version of both that the person compared."""

    into = Line(longest=LONGEST_CODE, required=True)
    into_version = mm.Integer(required=True, strict=True, validate=Range(1, 2**31 - 1))
    note = Text(longest=LONGEST_NOTE, load_default="", shortest=0)


class UnmergeSchema(VersionedSchema):
    """Which merged case leaves; the version is the survivor's."""

    merged = Line(longest=LONGEST_CODE, required=True)


class SnoozeSchema(VersionedSchema):
    """Until which local day, and time of it; the case returns when the desk opens on or after that."""

    until = mm.Date(required=True)
    at = mm.Time(format="%H:%M", load_default=time(0))
    reason = Text(longest=LONGEST_NOTE, required=True)


class LinkSchema(VersionedSchema):
    """The other case, and what it has to do with this one."""

    other = Line(longest=LONGEST_CODE, required=True)
    kind = mm.String(load_default="related", validate=OneOf(CHOSEN_KINDS))


class UnlinkSchema(VersionedSchema):
    """The other case."""

    other = Line(longest=LONGEST_CODE, required=True)


class SplitSchema(VersionedSchema):
    """The part that becomes a consultation of its own, and how it is sorted."""

    subject = Line(longest=150, load_default="", shortest=0)
    body = Text(longest=LONGEST_MESSAGE, required=True)
    topic = mm.String(required=True, validate=OneOf(list(topics())))
    kind = mm.String(load_default=DEFAULT_KIND, validate=OneOf(list(staff_kinds())))
    is_urgent = Flag(load_default=False)

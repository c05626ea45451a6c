"""What the API takes about merged, linked, split and snoozed cases."""

from __future__ import annotations

from marshmallow import fields as mm
from marshmallow.validate import Range

from services.routing.entrypoints.api.schemas import LONGEST_NOTE, VersionedSchema
from shared.http.fields import Line, Text

LONGEST_CODE = 20


class MergeSchema(VersionedSchema):
    """Into which case, and the version of both that the person compared."""

    into = Line(longest=LONGEST_CODE, required=True)
    into_version = mm.Integer(required=True, strict=True, validate=Range(1, 2**31 - 1))
    note = Text(longest=LONGEST_NOTE, load_default="", shortest=0)


class UnmergeSchema(VersionedSchema):
    """Which merged case leaves; the version is the survivor's."""

    merged = Line(longest=LONGEST_CODE, required=True)

"""What the API of queues, search and saved views takes and gives."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range, Regexp

from services.routing.domain.case_filter import SORTS, VIEWS
from services.routing.domain.case_state import CaseState
from services.routing.entrypoints.api.composing_schemas import OtherSchema
from services.routing.entrypoints.api.schemas import QueueLineSchema
from services.routing.use_cases.saved_views import LONGEST_NAME
from services.routing.use_cases.topics import kinds, out_of_scope, topics
from shared.http.fields import Flag, Line

LONGEST_QUERY = 200
OLDEST_AGE_DAYS = 3_650
_MOST_A_PAGE = 100
_PLACE = r"^([0-9]{2}){1,3}$"


class CaseFilterSchema(Schema):
    """What narrows a queue. `place` is a ubigeo, or its first two or four digits; ages are days since submission."""

    q = Line(longest=LONGEST_QUERY, load_default=None, is_blank_none=True)
    topic = mm.String(load_default=None, allow_none=True, validate=OneOf([*topics(), out_of_scope().code]))
    kind = mm.String(load_default=None, allow_none=True, validate=OneOf(list(kinds())))
    urgent = Flag(load_default=None, allow_none=True)
    place = mm.String(load_default=None, allow_none=True, validate=Regexp(_PLACE))
    advisor = mm.UUID(load_default=None, allow_none=True)
    state = mm.String(load_default=None, allow_none=True, validate=OneOf([str(one) for one in CaseState]))
    min_age_days = mm.Integer(load_default=None, allow_none=True, validate=Range(0, OLDEST_AGE_DAYS))
    max_age_days = mm.Integer(load_default=None, allow_none=True, validate=Range(1, OLDEST_AGE_DAYS))


class QueueQuerySchema(CaseFilterSchema):
    """Which queue, narrowed how, in which order, and which page of it; `saved` names a saved view instead."""

    view = mm.String(load_default=None, validate=OneOf(VIEWS))
    sort = mm.String(load_default=None, validate=OneOf(SORTS))
    saved = mm.UUID(load_default=None)
    limit = mm.Integer(load_default=25, validate=Range(1, _MOST_A_PAGE))
    cursor = mm.String(load_default=None, validate=Length(max=300))


class SegmentSchema(Schema):
    """A stretch of text; `is_hit`: it is what was searched for."""

    text = mm.String(required=True)
    is_hit = mm.Boolean(required=True)


class FoundLineSchema(QueueLineSchema):
    """A case in a queue; in a search with its title and the place of its text where the words stand.

    `others`: who else is at the case at this moment, who answers first.
    """

    others = mm.List(mm.Nested(OtherSchema), required=True)

    title_segments = mm.List(mm.Nested(SegmentSchema))
    excerpt = mm.List(mm.Nested(SegmentSchema))


class QueueSchema(Schema):
    """One page of a queue, how many cases each queue holds, and the cursors of the pages around.

    A cursor is null where there is nothing further. `also_searched`: words like those typed that no case has.
    `is_ranked`: matches come by how well they match; false where there are too many for that, newest first.
    """

    view = mm.String(required=True)
    sort = mm.String(required=True)
    cases = mm.List(mm.Nested(FoundLineSchema), required=True)
    counts = mm.Dict(keys=mm.String(), values=mm.Integer(), required=True)
    first_cursor = mm.String(allow_none=True)
    previous_cursor = mm.String(allow_none=True)
    next_cursor = mm.String(allow_none=True)
    last_cursor = mm.String(allow_none=True)
    also_searched = mm.List(mm.String())
    is_ranked = mm.Boolean()


class SavedQuerySchema(CaseFilterSchema):
    """What a saved view keeps: a queue, filters, an order."""

    view = mm.String(required=True, validate=OneOf(VIEWS))
    sort = mm.String(load_default=None, allow_none=True, validate=OneOf(SORTS))


class NewViewSchema(Schema):
    """A view to save. Only who supervises may share it."""

    name = Line(longest=LONGEST_NAME, required=True)
    is_shared = Flag(load_default=False)
    query = mm.Nested(SavedQuerySchema, required=True)


class ViewChangeSchema(Schema):
    """What changes of a saved view; what is left out stays."""

    name = Line(longest=LONGEST_NAME)
    is_shared = Flag()
    query = mm.Nested(SavedQuerySchema)


class ViewSchema(Schema):
    """A saved view: one's own, or shared by a supervisor. `query` holds what narrows, and nothing else."""

    id = mm.UUID(required=True)
    name = mm.String(required=True)
    is_shared = mm.Boolean(required=True)
    is_own = mm.Boolean(required=True)
    query = mm.Dict(required=True)
    version = mm.Integer(required=True)

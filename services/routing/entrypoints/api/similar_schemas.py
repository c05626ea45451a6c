"""Answered cases like one at hand, as the API gives them."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm

from services.routing.entrypoints.api.citation_schemas import SentCitationSchema


class SimilarTopicSchema(Schema):
    """A topic with its name."""

    code = mm.String(required=True)
    name = mm.String(required=True)


class SimilarSchema(Schema):
    """An answered case like this one. Who asked is not told; `score` is 0 to 1."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    topic = mm.Nested(SimilarTopicSchema, required=True)
    answered_at = mm.AwareDateTime(required=True)
    score = mm.Float(required=True)
    terms = mm.List(mm.String(), required=True)
    excerpt = mm.String(required=True)
    answer = mm.String(required=True)
    citations = mm.List(mm.Nested(SentCitationSchema), required=True)


class SimilarCasesSchema(Schema):
    """The answered cases most like a case, best first."""

    similar = mm.List(mm.Nested(SimilarSchema), required=True)

"""What the API of the classifier takes and gives."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, Range, Regexp

from services.routing.use_cases.model_choice import LONGEST_REASON
from shared.http.fields import Text

_A_VERSION = Regexp(r"^[0-9a-f]{16}$")
_MOST_A_PAGE = 100


class ModelChangeSchema(Schema):
    """A change of champion: the one that the caller saw, and why it should change."""

    champion = mm.String(required=True, validate=_A_VERSION)
    reason = Text(longest=LONGEST_REASON, required=True)


class CorrectionQuerySchema(Schema):
    """Which page of the corrections."""

    limit = mm.Integer(load_default=25, validate=Range(1, _MOST_A_PAGE))
    cursor = mm.String(load_default=None, validate=Length(max=200))


class ModelSchema(Schema):
    """A model. `metrics`: on the fixed split; `comparison`: paired with its parent (docs/classifier.md says how)."""

    version = mm.String(required=True)
    origin = mm.String(required=True)
    parent = mm.String(required=True, allow_none=True)
    decision = mm.String(required=True)
    reasons = mm.List(mm.Dict(), required=True)
    is_loadable = mm.Boolean(required=True)
    learnt = mm.Integer(required=True)
    judged = mm.Integer(required=True)
    trained_at = mm.AwareDateTime(required=True)
    trained_by = mm.String(required=True)
    train_seconds = mm.Float(required=True)
    taxonomy_version = mm.String(required=True)
    corpus_hash = mm.String(required=True)
    metrics = mm.Dict(required=True)
    comparison = mm.Dict(required=True, allow_none=True)


class ModelChoiceSchema(Schema):
    """That a model began to decide."""

    version = mm.String(required=True)
    previous = mm.String(required=True, allow_none=True)
    act = mm.String(required=True)
    by = mm.String(required=True)
    reason = mm.String(required=True)
    at = mm.AwareDateTime(required=True)


class TrainingRunSchema(Schema):
    """A training and what came of it."""

    state = mm.String(required=True)
    cause = mm.String(required=True)
    by = mm.String(required=True)
    asked_at = mm.AwareDateTime(required=True)
    ended_at = mm.AwareDateTime(required=True, allow_none=True)
    new_corrections = mm.Integer(required=True, allow_none=True)
    version = mm.String(required=True, allow_none=True)
    error = mm.String(required=True, allow_none=True)


class ExperienceSchema(Schema):
    """What a model did in the last seven days; shares between 0 and 1."""

    version = mm.String(required=True)
    cases = mm.Integer(required=True)
    mean_confidence = mm.Float(required=True, allow_none=True)
    triaged = mm.Float(required=True, allow_none=True)
    corrected = mm.Dict(keys=mm.String(), values=mm.Float(allow_none=True), required=True)
    handled_wrong = mm.Float(required=True, allow_none=True)


class DriftSchema(Schema):
    """The last seven days beside what came before."""

    champion = mm.String(required=True, allow_none=True)
    champion_since = mm.AwareDateTime(required=True, allow_none=True)
    cases = mm.Integer(required=True)
    reference_cases = mm.Integer(required=True)
    is_reference_own = mm.Boolean(required=True)
    confidence_psi = mm.Float(required=True)
    topic_psi = mm.Float(required=True)
    topic_reference_cases = mm.Integer(required=True)
    new_corrections = mm.Integer(required=True)
    is_training_failed = mm.Boolean(required=True)
    experience = mm.List(mm.Nested(ExperienceSchema), required=True)


class CorrectionTotalsSchema(Schema):
    """How many decisions of people still count."""

    corrections = mm.Integer(required=True)
    confirmations = mm.Integer(required=True)
    held_back = mm.Integer(required=True)


class ClassifierSchema(Schema):
    """The classifier as it stands."""

    champion = mm.Nested(ModelSchema, required=True, allow_none=True)
    chosen = mm.Nested(ModelChoiceSchema, required=True, allow_none=True)
    previous = mm.String(required=True, allow_none=True)
    versions = mm.List(mm.Nested(ModelSchema), required=True)
    choices = mm.List(mm.Nested(ModelChoiceSchema), required=True)
    runs = mm.List(mm.Nested(TrainingRunSchema), required=True)
    drift = mm.Nested(DriftSchema, required=True)
    corrections = mm.Nested(CorrectionTotalsSchema, required=True)


class LabelSchema(Schema):
    """Topic, kind and urgency."""

    topic = mm.String(required=True)
    kind = mm.String(required=True)
    is_urgent = mm.Boolean(required=True)


class CorrectionSchema(Schema):
    """A decision of a person on a case, against the model or with it."""

    id = mm.UUID(required=True)
    code = mm.String(required=True)
    at = mm.AwareDateTime(required=True)
    by = mm.String(required=True)
    reason = mm.String(required=True)
    model_version = mm.String(required=True)
    model_confidence = mm.Float(required=True)
    model = mm.Nested(LabelSchema, required=True)
    from_ = mm.Nested(LabelSchema, required=True, data_key="from")
    to = mm.Nested(LabelSchema, required=True)
    was_triage = mm.Boolean(required=True)
    is_confirmation = mm.Boolean(required=True)
    is_superseded = mm.Boolean(required=True)
    is_held_back = mm.Boolean(required=True)
    text_digest = mm.String(required=True)


class CorrectionsSchema(Schema):
    """A page of decisions, newest first."""

    corrections = mm.List(mm.Nested(CorrectionSchema), required=True)
    next_cursor = mm.String(required=True, allow_none=True)


class ChosenSchema(Schema):
    """The model that decides now."""

    version = mm.String(required=True)

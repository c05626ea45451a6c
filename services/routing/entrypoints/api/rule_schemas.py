"""What the API takes and gives about policies, calendars, trials and recalculations."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range

from services.routing.domain.sla_policy import ClockName, Told
from services.routing.domain.work_spans import LONGEST_SECONDS
from services.routing.entrypoints.rule_forms import LONGEST_NAME, MOST_RULES, MOST_STEPS
from services.routing.store.day_files import MOST_BYTES, MOST_ROWS
from services.routing.use_cases.topics import kinds, topics
from shared.http.fields import Flag, Line

LONGEST_REASON = 400
_LONGEST_CELL = 300
_LONGEST_KEY = 60
_LONGEST_HOURS = 2_000
_HIGHEST = 2**31 - 1
_YEARS = Range(2000, 2100)
_MOST_DAYS_AT_ONCE = MOST_ROWS
_MOST_A_PAGE = 100
_MOST_REOPEN_DAYS = 99_999


def _seconds() -> mm.Integer:
    # Zero and less are left to the policy, whose sentence names the rule that is wrong.
    return mm.Integer(required=True, strict=True, validate=Range(-_HIGHEST, LONGEST_SECONDS))


class DraftVersionSchema(Schema):
    """The version of the draft that the writer saw; 0: there was none, only what is in force."""

    version = mm.Integer(required=True, strict=True, validate=Range(0, _HIGHEST))


class DraftVersionQuerySchema(Schema):
    """The version of the draft that is thrown away."""

    version = mm.Integer(required=True, validate=Range(0, _HIGHEST))


class StepSchema(Schema):
    """A step of the ladder: at which percent of the target who is told; 100 is the breach."""

    percent = mm.Integer(required=True, strict=True, validate=Range(-_HIGHEST, _HIGHEST))
    to = mm.List(mm.String(validate=OneOf([str(one) for one in Told])), required=True, validate=Length(max=len(Told)))


class MatchSchema(Schema):
    """Which cases a rule is for; what is left out, or empty, matches everything."""

    kinds = mm.List(mm.String(validate=OneOf(list(kinds()))), load_default=list, validate=Length(max=len(kinds())))
    topics = mm.List(mm.String(validate=OneOf(list(topics()))), load_default=list, validate=Length(max=len(topics())))
    is_urgent = Flag()


class TargetsSchema(Schema):
    """What is promised, in seconds of working time; 28,800 are one working day."""

    first_response_seconds = _seconds()
    next_response_seconds = _seconds()
    resolution_seconds = _seconds()


class RuleSchema(Schema):
    """A rule of a policy."""

    name = Line(longest=LONGEST_NAME, required=True)
    when = mm.Nested(MatchSchema, load_default=dict)
    targets = mm.Nested(TargetsSchema, required=True)


class PolicySchema(Schema):
    """A policy: rules in the order in which they are asked, the first that matches decides."""

    rules = mm.List(mm.Nested(RuleSchema), required=True, validate=Length(1, MOST_RULES))
    ladder = mm.List(mm.Nested(StepSchema), required=True, validate=Length(0, MOST_STEPS + 1))
    waiting_reminder_seconds = _seconds()
    waiting_limit_seconds = _seconds()
    reopen_within_days = mm.Integer(required=True, strict=True, validate=Range(-_HIGHEST, _MOST_REOPEN_DAYS))


class PolicyChangeSchema(PolicySchema, DraftVersionSchema):
    """The policy that the draft shall hold, whole."""


class HoursChangeSchema(DraftVersionSchema):
    """The desk's week, such as `mon-fri 08:00-13:00,14:00-17:00; sat 09:00-12:00`."""

    hours = Line(longest=_LONGEST_HOURS, required=True, shortest=0)  # the calendar says what an empty week lacks


class DaySchema(Schema):
    """A closed day: `when` is YYYY-MM-DD, or MM-DD for every year; `closed_window` only where a part of it is closed.

    `ubigeo_prefix`: none for the whole country, or 2, 4 or 6 digits of the places it reaches.
    """

    when = Line(longest=len("YYYY-MM-DD"), required=True)
    name = Line(longest=_LONGEST_CELL, required=True)
    name_en = Line(longest=_LONGEST_CELL, load_default="", shortest=0)
    norm = Line(longest=_LONGEST_CELL, required=True)
    ubigeo_prefix = Line(longest=6, load_default="", shortest=0)
    closed_window = Line(longest=20, load_default="", shortest=0)
    is_made_up = Flag(load_default=False)
    first_year = mm.Integer(load_default=None, allow_none=True, strict=True, validate=_YEARS)
    last_year = mm.Integer(load_default=None, allow_none=True, strict=True, validate=_YEARS)


class DaysAddedSchema(DraftVersionSchema):
    """Closed days to add to the draft: all of them, or none when one is refused."""

    days = mm.List(mm.Nested(DaySchema), required=True, validate=Length(1, _MOST_DAYS_AT_ONCE))


class DaysRemovedSchema(DraftVersionSchema):
    """Closed days to take out of the draft, by the keys it gives them."""

    keys = mm.List(mm.String(validate=Length(1, _LONGEST_KEY)), required=True, validate=Length(1, _MOST_DAYS_AT_ONCE))


class DayFileSchema(Schema):
    """The text of a CSV or iCal file, and what stands in where it names no norm or place."""

    text = mm.String(required=True, validate=Length(1, MOST_BYTES))
    norm = Line(longest=_LONGEST_CELL, load_default="", shortest=0)
    ubigeo_prefix = Line(longest=6, load_default="", shortest=0)


class DayFileAddedSchema(DayFileSchema, DraftVersionSchema):
    """A file whose new days are added to the draft."""


class YearQuerySchema(Schema):
    """Of which year the days are given; all when left out."""

    year = mm.Integer(load_default=None, validate=_YEARS)


class KeyedDaySchema(DaySchema):
    """A closed day of a calendar, and the key it is taken out by."""

    key = mm.String(required=True)


class CalendarSchema(Schema):
    """A calendar of the desk; `ubigeo` is where the advisors sit, the years those whose holidays are known."""

    zone = mm.String(required=True)
    hours = mm.String(required=True)
    ubigeo = mm.String(required=True)
    first_year = mm.Integer(required=True)
    last_year = mm.Integer(required=True)
    days = mm.List(mm.Nested(KeyedDaySchema), required=True)


class DraftStandingSchema(Schema):
    """A draft: its version (0: nobody has changed anything yet), who changed it, and what against what is in force."""

    kind = mm.String(required=True)
    version = mm.Integer(required=True)
    changed_by = mm.String(required=True)
    changed_at = mm.AwareDateTime(allow_none=True)
    changes = mm.List(mm.String(), required=True)


class PolicyDraftSchema(DraftStandingSchema):
    """The draft of the policy."""

    policy = mm.Nested(PolicySchema, required=True)


class CalendarDraftSchema(DraftStandingSchema):
    """The draft of the calendar."""

    calendar = mm.Nested(CalendarSchema, required=True)


class JudgedRowSchema(Schema):
    """A row of a file: `verdict` is new, known (to the draft), repeated (in the file) or wrong, with the sentence."""

    number = mm.Integer(required=True)
    verdict = mm.String(required=True)
    day = mm.Nested(DaySchema, allow_none=True)
    error = mm.String(allow_none=True)


class JudgedFileSchema(Schema):
    """What adding a file would do, row by row."""

    rows = mm.List(mm.Nested(JudgedRowSchema), required=True)
    new = mm.Integer(required=True)
    wrong = mm.Integer(required=True)


class RunLineSchema(Schema):
    """A trial of a draft, a preview of a recalculation, or a recalculation: `done` of `total` cases looked at."""

    id = mm.UUID(required=True)
    purpose = mm.String(required=True, metadata={"enum": ["trial", "preview", "recalculation"]})
    kind = mm.String(required=True)
    state = mm.String(required=True, metadata={"enum": ["running", "done"]})
    total = mm.Integer(required=True)
    done = mm.Integer(required=True)
    draft_version = mm.Integer(allow_none=True)
    edition_number = mm.Integer(allow_none=True)
    reason = mm.String(required=True)
    asked_by = mm.String(required=True)
    asked_at = mm.AwareDateTime(required=True)
    finished_at = mm.AwareDateTime(allow_none=True)


class OpenCasesSchema(Schema):
    """Open cases that adopt the rules now: how many would be due later or earlier, and by how much at most."""

    cases = mm.Integer(required=True)
    later = mm.Integer(required=True)
    earlier = mm.Integer(required=True)
    later_seconds = mm.Integer(required=True)
    earlier_seconds = mm.Integer(required=True)


class OutcomeSchema(Schema):
    """What came of a clock in the cases of a topic, and what would have come of it."""

    clock = mm.String(required=True, metadata={"enum": [str(one) for one in ClockName]})
    topic = mm.String(required=True)
    kept_before = mm.Integer(required=True)
    missed_before = mm.Integer(required=True)
    kept_after = mm.Integer(required=True)
    missed_after = mm.Integer(required=True)


class WhatIfSchema(Schema):
    """The result of a trial or a preview. `received`: cases since then; `is_cut`: only the newest were tried."""

    since = mm.String(required=True)
    is_cut = mm.Boolean(required=True)
    received = mm.Integer(required=True)
    other_outcome = mm.Integer(required=True)
    unreadable = mm.Integer(required=True)
    open = mm.Nested(OpenCasesSchema, required=True)
    clocks = mm.List(mm.Nested(OutcomeSchema), required=True)


class AdoptedSchema(Schema):
    """The result of a recalculation: how many cases moved, and how many had no reason to."""

    moved = mm.Integer(required=True)
    same_date = mm.Integer(required=True)
    same_rules = mm.Integer(required=True)
    ended = mm.Integer(required=True)
    unreadable = mm.Integer(required=True)


class RunSchema(RunLineSchema):
    """A run, with its result when it is done. `is_publishable`: the trial is of the draft as it stands."""

    is_publishable = mm.Boolean(required=True)
    what_if = mm.Nested(WhatIfSchema)
    adopted = mm.Nested(AdoptedSchema)


class ChangedClockSchema(Schema):
    """A clock that would stand otherwise."""

    name = mm.String(required=True)
    cycle = mm.Integer(required=True)
    before = mm.String(required=True)
    after = mm.String(required=True)
    due_before = mm.String(allow_none=True)
    due_after = mm.String(allow_none=True)


class ChangedCaseSchema(Schema):
    """A case that a run moves; `promised_*` null: it waits for the official. `error`: it cannot be counted, and why."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    topic = mm.String(required=True)
    state = mm.String(required=True)
    promised_before = mm.String(allow_none=True)
    promised_after = mm.String(allow_none=True)
    clocks = mm.List(mm.Nested(ChangedClockSchema), required=True)
    error = mm.String(allow_none=True)


class ChangedCasesSchema(Schema):
    """One page of the cases that a run moves."""

    cases = mm.List(mm.Nested(ChangedCaseSchema), required=True)
    next_cursor = mm.String(allow_none=True)


class CasesQuerySchema(Schema):
    """Which page."""

    limit = mm.Integer(load_default=50, validate=Range(1, _MOST_A_PAGE))
    cursor = mm.String(load_default=None, validate=Length(max=200))


class NumberedSchema(Schema):
    """An edition by number and by the name people use."""

    number = mm.Integer(required=True)
    name = mm.String(required=True)


class EditionLineSchema(NumberedSchema):
    """A published edition: what it changed, who decided it and why. Number 1 is what the service is delivered with."""

    reason = mm.String(required=True)
    changes = mm.List(mm.String(), required=True)
    trial_id = mm.UUID(allow_none=True)
    published_by = mm.String(allow_none=True)
    published_at = mm.AwareDateTime(allow_none=True)


class EditionSchema(EditionLineSchema):
    """An edition with what it holds (`policy` or `calendar`), and the runs by which open cases adopt it."""

    is_in_force = mm.Boolean(required=True)
    runs = mm.List(mm.Nested(RunLineSchema), required=True)
    policy = mm.Nested(PolicySchema)
    calendar = mm.Nested(CalendarSchema)


class RulesOfKindSchema(Schema):
    """What is in force of a kind, the version of its draft (0: none), and its published editions, newest first."""

    in_force = mm.Nested(NumberedSchema, required=True)
    draft_version = mm.Integer(required=True)
    editions = mm.List(mm.Nested(EditionLineSchema), required=True)


class RulesSchema(Schema):
    """Policies and calendars, and the newest trials and recalculations."""

    policy = mm.Nested(RulesOfKindSchema, required=True)
    calendar = mm.Nested(RulesOfKindSchema, required=True)
    runs = mm.List(mm.Nested(RunLineSchema), required=True)


class RuleReasonSchema(Schema):
    """Why: it stays on the record, and officials whose date moves read it."""

    reason = Line(longest=LONGEST_REASON, required=True)


class PublicationSchema(RuleReasonSchema, DraftVersionSchema):
    """The draft that is published, the trial that showed what it does, and why."""

    trial_id = mm.UUID(required=True)

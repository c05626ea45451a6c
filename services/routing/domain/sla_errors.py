"""What can be wrong with hours, calendars, rules, policies and histories, said in both languages.

The domain does no translation of its own pages, but these sentences reach people (a supervisor saving a
calendar, a command line), so each error carries the Spanish sentence and the English one.
"""


class SlaError(ValueError):
    """Root of every error of the working-time and SLA engine."""

    def __init__(self, spanish: str, english: str) -> None:
        super().__init__(english)
        self.spanish = spanish
        self.english = english

    def text(self, locale: str) -> str:
        """The sentence for a reader of `locale`: English for "en…", Spanish for everybody else."""
        return self.english if locale.lower().startswith("en") else self.spanish


class InvalidHoursError(SlaError):
    """A window or a week of opening hours that cannot be (overlap, overnight, unreadable text)."""


class InvalidCalendarError(SlaError):
    """A calendar that would never, or hardly ever, be open, or that names no known time zone."""


class InvalidTimeError(SlaError):
    """A moment or a duration the engine cannot count from: no offset, reversed, negative, out of range."""


class DeadlineTooFarError(SlaError):
    """The working time asked for does not fit in the days the engine is willing to walk, or to vouch for."""


class InvalidClosureRuleError(SlaError):
    """A row of the closed-days table that cannot be understood."""


class InvalidPolicyError(SlaError):
    """An SLA policy with a hole, a rule nobody can reach, or a target that is no duration."""


class InvalidHistoryError(SlaError):
    """An event log that cannot be a case's: no beginning, or rules whose version is not at hand."""

"""What becomes of a consultation as its official sees it: every state, every input, each with a sentence.

Two parties move it: the official, whose acts are allowed or refused, and the desk (routing), whose news always count
when they are newer. The desk's own state machine is richer; this one only knows what is worth showing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.texts import N_

REOPEN_WITHIN = timedelta(days=30)
CHANGE_RATING_WITHIN = timedelta(days=7)
WORST, BEST = 1, 5


class Status(StrEnum):
    """Where a consultation stands."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    ASSIGNED = "assigned"
    WAITING_FOR_YOU = "waiting_for_you"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What an official can do with a consultation that was sent."""

    CLARIFY = "clarify"
    RATE = "rate"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


class News(StrEnum):
    """What the desk reports."""

    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    ASKED_BACK = "asked_back"
    RESUMED = "resumed"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"
    """It goes on together with another consultation, or on its own again: the desk has it, and nobody waits."""


class ActRefusedError(Exception):
    """An act is impossible as the consultation stands; the text is a marked sentence that says what can be done."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Rule:
    """What an input does in a state: the state it leads to, or None when it is refused; and why."""

    state: Status
    input: Act | News
    leads_to: Status | None
    sentence: str


S, A, N = Status, Act, News

_ANSWERED_ALREADY = N_("Su consulta ya tiene respuesta. Si no le sirvió, reábrala y diga qué le falta.")
_CLOSED_ALREADY = N_("Su consulta está cerrada. Si todavía la necesita, reábrala y diga qué le falta.")
_WITHDRAWN_ALREADY = N_("Usted retiró esta consulta. Si la necesita otra vez, haga una consulta nueva.")
_NO_ANSWER_YET = N_("Todavía no hay una respuesta que calificar. Le avisaremos cuando llegue.")
_STILL_OPEN = N_("Su consulta sigue abierta: no hace falta reabrirla, puede agregar un mensaje.")
_ADDED = N_("Su mensaje se agregó a la consulta.")
_GIVEN = N_("Su respuesta llegó al asesor; el plazo vuelve a correr.")
_RATED = N_("Su calificación quedó registrada.")
_REOPENED = N_("Su consulta se reabrió; le diremos la nueva fecha.")
_WITHDREW = N_("Retiró su consulta; nadie más la atenderá.")

ACTS: tuple[Rule, ...] = (
    Rule(S.RECEIVED, A.CLARIFY, S.RECEIVED, _ADDED),
    Rule(S.IN_REVIEW, A.CLARIFY, S.IN_REVIEW, _ADDED),
    Rule(S.ASSIGNED, A.CLARIFY, S.ASSIGNED, _ADDED),
    Rule(S.WAITING_FOR_YOU, A.CLARIFY, S.ASSIGNED, _GIVEN),
    Rule(S.REOPENED, A.CLARIFY, S.REOPENED, _ADDED),
    Rule(S.ANSWERED, A.CLARIFY, None, _ANSWERED_ALREADY),
    Rule(S.CLOSED, A.CLARIFY, None, _CLOSED_ALREADY),
    Rule(S.WITHDRAWN, A.CLARIFY, None, _WITHDRAWN_ALREADY),
    Rule(S.RECEIVED, A.RATE, None, _NO_ANSWER_YET),
    Rule(S.IN_REVIEW, A.RATE, None, _NO_ANSWER_YET),
    Rule(S.ASSIGNED, A.RATE, None, _NO_ANSWER_YET),
    Rule(S.WAITING_FOR_YOU, A.RATE, None, _NO_ANSWER_YET),
    Rule(S.REOPENED, A.RATE, None, _NO_ANSWER_YET),
    Rule(S.ANSWERED, A.RATE, S.ANSWERED, _RATED),
    Rule(S.CLOSED, A.RATE, S.CLOSED, _RATED),
    Rule(S.WITHDRAWN, A.RATE, None, _WITHDRAWN_ALREADY),
    Rule(S.RECEIVED, A.REOPEN, None, _STILL_OPEN),
    Rule(S.IN_REVIEW, A.REOPEN, None, _STILL_OPEN),
    Rule(S.ASSIGNED, A.REOPEN, None, _STILL_OPEN),
    Rule(S.WAITING_FOR_YOU, A.REOPEN, None, _STILL_OPEN),
    Rule(S.REOPENED, A.REOPEN, None, _STILL_OPEN),
    Rule(S.ANSWERED, A.REOPEN, S.REOPENED, _REOPENED),
    Rule(S.CLOSED, A.REOPEN, S.REOPENED, _REOPENED),
    Rule(S.WITHDRAWN, A.REOPEN, None, _WITHDRAWN_ALREADY),
    Rule(S.RECEIVED, A.WITHDRAW, S.WITHDRAWN, _WITHDREW),
    Rule(S.IN_REVIEW, A.WITHDRAW, S.WITHDRAWN, _WITHDREW),
    Rule(S.ASSIGNED, A.WITHDRAW, S.WITHDRAWN, _WITHDREW),
    Rule(S.WAITING_FOR_YOU, A.WITHDRAW, S.WITHDRAWN, _WITHDREW),
    Rule(S.REOPENED, A.WITHDRAW, S.WITHDRAWN, _WITHDREW),
    Rule(S.ANSWERED, A.WITHDRAW, None, N_("Su consulta ya tiene respuesta: no queda nada que retirar.")),
    Rule(S.CLOSED, A.WITHDRAW, None, N_("Su consulta ya está cerrada: no queda nada que retirar.")),
    Rule(S.WITHDRAWN, A.WITHDRAW, None, N_("Usted ya retiró esta consulta.")),
)

_LATE = "the desk's word arrives after the official's; what the official did stands"
_OPEN = (S.RECEIVED, S.IN_REVIEW, S.ASSIGNED, S.WAITING_FOR_YOU, S.REOPENED)

NEWS: tuple[Rule, ...] = (
    Rule(S.RECEIVED, N.CLASSIFIED, S.IN_REVIEW, "a topic was given; an advisor is being sought"),
    *(Rule(s, N.CLASSIFIED, s, "a corrected topic does not change who is at work") for s in Status if s != S.RECEIVED),
    *(Rule(s, N.ASSIGNED, S.ASSIGNED, "an advisor has it") for s in (S.RECEIVED, S.IN_REVIEW, S.ASSIGNED, S.REOPENED)),
    Rule(S.WAITING_FOR_YOU, N.ASSIGNED, S.WAITING_FOR_YOU, "another advisor waits for the same facts"),
    *(Rule(s, N.ASSIGNED, s, "handed over after it ended") for s in (S.ANSWERED, S.CLOSED)),
    *(Rule(s, N.ASKED_BACK, S.WAITING_FOR_YOU, "the advisor needs facts") for s in (*_OPEN, S.ANSWERED, S.CLOSED)),
    Rule(S.WAITING_FOR_YOU, N.RESUMED, S.ASSIGNED, "the facts reached the advisor"),
    *(Rule(s, N.RESUMED, s, "the promise shows that clocks run") for s in Status if s != S.WAITING_FOR_YOU),
    *(Rule(s, N.ANSWERED, S.ANSWERED, "there is an answer") for s in (*_OPEN, S.ANSWERED, S.CLOSED)),
    *(Rule(s, N.CLOSED, S.CLOSED, "no more work is expected") for s in (*_OPEN, S.ANSWERED, S.CLOSED)),
    *(Rule(s, N.REOPENED, S.REOPENED, "work goes on after an answer") for s in (S.ANSWERED, S.CLOSED, S.REOPENED)),
    *(Rule(s, N.REOPENED, s, "work already goes on") for s in _OPEN if s != S.REOPENED),
    *(Rule(s, N.MERGED, S.ASSIGNED, "whoever answers now has it") for s in _OPEN),
    *(Rule(s, N.MERGED, s, "what was said stands") for s in (S.ANSWERED, S.CLOSED)),
    *(Rule(S.WITHDRAWN, n, S.WITHDRAWN, _LATE) for n in News if n not in (N.CLASSIFIED, N.RESUMED)),
)  # fmt: skip

_ACT_RULE = {(rule.state, rule.input): rule for rule in ACTS}


def perform(state: Status, act: Act) -> Rule:
    """The rule of an act that is allowed in a state.

    :raises ActRefusedError: it is not; the sentence says what can be done instead.
    """
    rule = _ACT_RULE[(state, act)]
    if rule.leads_to is None:
        raise ActRefusedError(rule.sentence)
    return rule


def allowed_acts(state: Status, *, has_answer: bool, can_reopen: bool) -> frozenset[Act]:
    """What the official may do now; what is not among it is not offered."""
    allowed = {act for act in Act if _ACT_RULE[(state, act)].leads_to is not None}
    if not has_answer:
        allowed.discard(Act.RATE)
    if not can_reopen:
        allowed.discard(Act.REOPEN)
    return frozenset(allowed)


def moves_of(news: News) -> dict[str, str]:
    """Where a piece of news leads from each state: the whole row of the table, for one UPDATE to apply."""
    return {rule.state.value: rule.leads_to.value for rule in NEWS if rule.input == news and rule.leads_to is not None}


def first_rating_of_answer(answered_at: datetime | None, first_rated_at: datetime | None) -> datetime | None:
    """When the newest answer was first rated; an answer after a reopening can be rated afresh."""
    is_of_earlier = answered_at is not None and first_rated_at is not None and first_rated_at < answered_at
    return None if is_of_earlier else first_rated_at


def require_rateable(answered_at: datetime | None, first_rated_at: datetime | None, now: datetime) -> None:
    """A rating is of an answer, and may be changed for a week.

    :raises ActRefusedError: there is no answer, or the week is over.
    """
    if answered_at is None:
        raise ActRefusedError(_NO_ANSWER_YET)
    if first_rated_at is not None and now - first_rated_at > CHANGE_RATING_WITHIN:
        raise ActRefusedError(N_("Su calificación ya no se puede cambiar: pasaron más de siete días."))


def can_reopen(ended_at: datetime | None, now: datetime) -> bool:
    """Whether the end of a consultation is recent enough to take it up again."""
    return ended_at is not None and now - ended_at <= REOPEN_WITHIN


def require_reopenable(ended_at: datetime | None, now: datetime) -> None:
    """What ended more than 30 days ago is another matter by now.

    :raises ActRefusedError: too late.
    """
    if not can_reopen(ended_at, now):
        raise ActRefusedError(N_("Pasaron más de 30 días. Haga una consulta nueva y mencione el código de esta."))

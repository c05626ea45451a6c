"""The life of a case as a table: from which state, by which act, to which state, and what to say about it.

Every act that is impossible in a state is declared too, with a sentence that tells what can be done instead.
Sentences are Spanish; the edge translates them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.routing.domain.wording import N_


class CaseState(StrEnum):
    """Where a case stands."""

    TRIAGE = "triage"
    """The topic is not certain: a person chooses it."""
    UNSTAFFED = "unstaffed"
    """It has a topic and waits for an advisor."""
    ASSIGNED = "assigned"
    """An advisor works on it."""
    WAITING = "waiting"
    """The official was asked for something; every clock is paused."""
    ANSWERED = "answered"
    """The answer went out. The official may still write, and then it is open again."""
    CLOSED = "closed"
    """No more work is expected."""
    MERGED = "merged"
    """It is dealt with in another case, the survivor; its own clocks stand still."""


OPEN_STATES = frozenset({CaseState.TRIAGE, CaseState.UNSTAFFED, CaseState.ASSIGNED, CaseState.WAITING})
"""Somebody still owes something."""

LOAD_STATES = frozenset({CaseState.ASSIGNED, CaseState.WAITING})
"""These count against the capacity of the advisor in charge."""


class Act(StrEnum):
    """What can happen to a case."""

    CHOOSE_TOPIC = "choose_topic"
    ASSIGN = "assign"
    ANSWER = "answer"
    ASK = "ask"
    OFFICIAL_WROTE = "official_wrote"
    WAIT_EXPIRED = "wait_expired"
    RETURN = "return"
    """The advisor cannot go on (leave, or nothing was done with it) and nobody else can take it yet."""
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    REOPEN_UNSORTED = "reopen_unsorted"
    """Reopened by the official after it was closed in triage, so that it still has no topic."""
    MERGE = "merge"
    """This case goes on in another one."""
    ABSORB = "absorb"
    """Another case goes on in this one."""
    UNMERGE = "unmerge"
    """A merge is undone, seen from the case that had been merged."""
    UNMERGE_UNSORTED = "unmerge_unsorted"
    """The same, for a case whose topic nobody had decided yet."""
    LET_GO = "let_go"
    """A merge is undone, seen from the survivor."""
    WAIT_AGAIN = "wait_again"
    """A case that comes back from a merge still waits for its official."""
    SNOOZE = "snooze"
    """Out of the advisor's sight until a moment; the clocks go on."""
    WAKE = "wake"
    """Back in sight."""
    SPLIT = "split"
    """A part of the consultation becomes a case of its own."""


@dataclass(frozen=True, slots=True)
class Transition:
    """An act that is possible, where it leads, and the sentence for the timeline."""

    to: CaseState
    sentence: str


class ImpossibleActError(Exception):
    """The act cannot be done in this state; `sentence` (Spanish) says what can."""

    def __init__(self, state: CaseState, act: Act, sentence: str) -> None:
        super().__init__(f"{act} in {state}")
        self.state = state
        self.act = act
        self.sentence = sentence


_S, _A = CaseState, Act
_OPEN = (_S.TRIAGE, _S.UNSTAFFED, _S.ASSIGNED, _S.WAITING)
_LOAD = (_S.ASSIGNED, _S.WAITING)
_NEVER_MERGED = (*_OPEN, _S.ANSWERED, _S.CLOSED)

TRANSITIONS: dict[tuple[CaseState, Act], Transition] = {
    (_S.TRIAGE, _A.CHOOSE_TOPIC): Transition(_S.UNSTAFFED, N_("Una persona eligió el tema.")),
    (_S.TRIAGE, _A.ASSIGN): Transition(_S.ASSIGNED, N_("Una persona tomó el caso con el tema propuesto.")),
    (_S.TRIAGE, _A.OFFICIAL_WROTE): Transition(_S.TRIAGE, N_("El funcionario escribió; el tema sigue por elegir.")),
    (_S.TRIAGE, _A.CLOSE): Transition(_S.CLOSED, N_("Se cerró sin pasar a un asesor.")),
    (_S.TRIAGE, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.TRIAGE, _A.REOPEN): Transition(_S.TRIAGE, N_("El funcionario escribió; el tema sigue por elegir.")),
    (_S.UNSTAFFED, _A.CHOOSE_TOPIC): Transition(_S.UNSTAFFED, N_("Se corrigió el tema.")),
    (_S.UNSTAFFED, _A.ASSIGN): Transition(_S.ASSIGNED, N_("El caso tiene asesor.")),
    (_S.UNSTAFFED, _A.OFFICIAL_WROTE): Transition(_S.UNSTAFFED, N_("El funcionario escribió.")),
    (_S.UNSTAFFED, _A.CLOSE): Transition(_S.CLOSED, N_("Se cerró sin pasar a un asesor.")),
    (_S.UNSTAFFED, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.UNSTAFFED, _A.REOPEN): Transition(_S.UNSTAFFED, N_("El funcionario escribió.")),
    (_S.ASSIGNED, _A.CHOOSE_TOPIC): Transition(_S.ASSIGNED, N_("Se corrigió el tema.")),
    (_S.ASSIGNED, _A.ASSIGN): Transition(_S.ASSIGNED, N_("El caso pasó a otro asesor.")),
    (_S.ASSIGNED, _A.ANSWER): Transition(_S.ANSWERED, N_("La respuesta se envió.")),
    (_S.ASSIGNED, _A.ASK): Transition(_S.WAITING, N_("Se pidió una aclaración; los plazos están en pausa.")),
    (_S.ASSIGNED, _A.RETURN): Transition(_S.UNSTAFFED, N_("El caso volvió a los que esperan asesor.")),
    (_S.ASSIGNED, _A.OFFICIAL_WROTE): Transition(_S.ASSIGNED, N_("El funcionario escribió.")),
    (_S.ASSIGNED, _A.CLOSE): Transition(_S.CLOSED, N_("El caso se cerró.")),
    (_S.ASSIGNED, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.ASSIGNED, _A.REOPEN): Transition(_S.ASSIGNED, N_("El funcionario escribió.")),
    (_S.WAITING, _A.CHOOSE_TOPIC): Transition(_S.WAITING, N_("Se corrigió el tema.")),
    (_S.WAITING, _A.ASSIGN): Transition(_S.WAITING, N_("El caso pasó a otro asesor.")),
    (_S.WAITING, _A.ANSWER): Transition(_S.ANSWERED, N_("La respuesta se envió.")),
    (_S.WAITING, _A.ASK): Transition(_S.WAITING, N_("Se pidió otra aclaración; la pausa no se alarga.")),
    (_S.WAITING, _A.OFFICIAL_WROTE): Transition(_S.ASSIGNED, N_("El funcionario aclaró; los plazos corren de nuevo.")),
    (_S.WAITING, _A.WAIT_EXPIRED): Transition(
        _S.ASSIGNED, N_("La espera llegó a su límite; los plazos corren de nuevo.")
    ),
    (_S.WAITING, _A.CLOSE): Transition(_S.CLOSED, N_("El caso se cerró.")),
    (_S.WAITING, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.WAITING, _A.REOPEN): Transition(_S.ASSIGNED, N_("El funcionario aclaró; los plazos corren de nuevo.")),
    (_S.ANSWERED, _A.CHOOSE_TOPIC): Transition(_S.ANSWERED, N_("Se corrigió el tema.")),
    (_S.ANSWERED, _A.ANSWER): Transition(_S.ANSWERED, N_("Se envió un complemento de la respuesta.")),
    (_S.ANSWERED, _A.OFFICIAL_WROTE): Transition(_S.UNSTAFFED, N_("El funcionario escribió después de la respuesta.")),
    (_S.ANSWERED, _A.CLOSE): Transition(_S.CLOSED, N_("El caso se cerró.")),
    (_S.ANSWERED, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.ANSWERED, _A.REOPEN): Transition(_S.UNSTAFFED, N_("El funcionario reabrió el caso.")),
    (_S.CLOSED, _A.OFFICIAL_WROTE): Transition(_S.CLOSED, N_("El funcionario escribió a un caso cerrado.")),
    (_S.CLOSED, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró una consulta ya cerrada.")),
    (_S.CLOSED, _A.REOPEN): Transition(_S.UNSTAFFED, N_("El funcionario reabrió el caso.")),
    (_S.CLOSED, _A.REOPEN_UNSORTED): Transition(
        _S.TRIAGE, N_("El funcionario reabrió el caso; el tema sigue por elegir.")
    ),
    (_S.MERGED, _A.OFFICIAL_WROTE): Transition(
        _S.MERGED, N_("El funcionario escribió; lo lee quien atiende el caso al que se unió.")
    ),
    (_S.MERGED, _A.WITHDRAW): Transition(_S.CLOSED, N_("El funcionario retiró su consulta.")),
    (_S.MERGED, _A.REOPEN): Transition(_S.UNSTAFFED, N_("El funcionario reabrió: vuelve a ser un caso propio.")),
    (_S.MERGED, _A.REOPEN_UNSORTED): Transition(
        _S.TRIAGE, N_("El funcionario reabrió: vuelve a ser un caso propio, con el tema por elegir.")
    ),
    (_S.MERGED, _A.UNMERGE): Transition(_S.UNSTAFFED, N_("La unión se deshizo: vuelve a ser un caso propio.")),
    (_S.MERGED, _A.UNMERGE_UNSORTED): Transition(
        _S.TRIAGE, N_("La unión se deshizo: vuelve a ser un caso propio, con el tema por elegir.")
    ),
    (_S.ASSIGNED, _A.WAIT_AGAIN): Transition(_S.WAITING, N_("La espera que había antes de unirse sigue.")),
    **{(state, _A.MERGE): Transition(_S.MERGED, N_("El caso se unió a otro.")) for state in _OPEN},
    **{(state, _A.ABSORB): Transition(state, N_("Otro caso se unió a este.")) for state in _OPEN},
    **{(state, _A.LET_GO): Transition(state, N_("Un caso unido volvió a ser un caso propio.")) for state in _OPEN},
    **{
        (state, _A.SPLIT): Transition(state, N_("Una parte de la consulta pasó a un caso propio."))
        for state in (*_OPEN, _S.ANSWERED)
    },
    **{(state, _A.SNOOZE): Transition(state, N_("El caso se pospuso; los plazos corren igual.")) for state in _LOAD},
    **{(state, _A.WAKE): Transition(state, N_("El caso volvió de la espera.")) for state in _LOAD},
}

_CLOSED = N_("El caso está cerrado. Solo el funcionario puede reabrirlo; usted puede dejar una nota interna.")
_NOT_CLOSED = N_("El caso no está cerrado: no hay nada que reabrir.")
_NOT_HELD = N_("El caso no está en manos de un asesor: no hay nada que devolver.")
_HELD_PAUSED = N_("El caso espera al funcionario: puede pasar a otra persona, no quedarse sin asesor.")
_NOT_WAITING = N_("El caso no espera al funcionario: no hay pausa que termine.")
_IS_MERGED = N_("El caso está unido a otro: actúe en ese otro, o deshaga la unión.")
_NOT_MERGED = N_("El caso no está unido a otro: no hay unión que deshacer.")
_HAS_ENDED = N_("El caso ya terminó: no queda nada que unir. Puede relacionarlo con el otro caso.")
_TARGET_HAS_ENDED = N_("Ese caso ya terminó: únalo a uno abierto, o relaciónelos y responda este por separado.")
_TOLD_ALREADY = N_("El caso ya terminó y se avisó a todos. Si a alguien no le sirve, puede reabrir su consulta.")
_NOBODY_HAS_IT = N_("Solo se pospone un caso que alguien atiende.")

REFUSALS: dict[tuple[CaseState, Act], str] = {
    (_S.TRIAGE, _A.ANSWER): N_("Elija primero el tema, o tome el caso: después podrá responder."),
    (_S.TRIAGE, _A.ASK): N_("Elija primero el tema, o tome el caso: después podrá pedir una aclaración."),
    (_S.TRIAGE, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.UNSTAFFED, _A.ANSWER): N_("El caso no tiene asesor. Tómelo o asígnelo: después podrá responder."),
    (_S.UNSTAFFED, _A.ASK): N_("El caso no tiene asesor. Tómelo o asígnelo: después podrá pedir una aclaración."),
    (_S.UNSTAFFED, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.ASSIGNED, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.ANSWERED, _A.ASSIGN): N_(
        "El caso ya fue respondido. Si el funcionario vuelve a escribir, se asignará otra vez."
    ),
    (_S.ANSWERED, _A.ASK): N_("El caso ya fue respondido. Puede enviar un complemento de la respuesta o cerrarlo."),
    (_S.ANSWERED, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.CLOSED, _A.CHOOSE_TOPIC): _CLOSED,
    (_S.CLOSED, _A.ASSIGN): _CLOSED,
    (_S.CLOSED, _A.ANSWER): _CLOSED,
    (_S.CLOSED, _A.ASK): _CLOSED,
    (_S.CLOSED, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.WAITING, _A.RETURN): _HELD_PAUSED,
    **{(state, _A.RETURN): _NOT_HELD for state in CaseState if state not in LOAD_STATES},
    (_S.CLOSED, _A.CLOSE): N_("El caso ya está cerrado."),
    **{(state, _A.REOPEN_UNSORTED): _NOT_CLOSED for state in (*_OPEN, _S.ANSWERED)},
    **{(_S.MERGED, act): _IS_MERGED for act in (_A.CHOOSE_TOPIC, _A.ASSIGN, _A.ANSWER, _A.ASK, _A.CLOSE, _A.SPLIT)},
    (_S.MERGED, _A.WAIT_EXPIRED): _NOT_WAITING,
    (_S.MERGED, _A.MERGE): _IS_MERGED,
    (_S.MERGED, _A.ABSORB): N_("Ese caso está unido a otro: una este caso a ese otro."),
    (_S.MERGED, _A.LET_GO): _NOT_MERGED,
    **{(state, _A.MERGE): _HAS_ENDED for state in (_S.ANSWERED, _S.CLOSED)},
    **{(state, _A.ABSORB): _TARGET_HAS_ENDED for state in (_S.ANSWERED, _S.CLOSED)},
    **{(state, _A.LET_GO): _TOLD_ALREADY for state in (_S.ANSWERED, _S.CLOSED)},
    **{(state, act): _NOT_MERGED for state in _NEVER_MERGED for act in (_A.UNMERGE, _A.UNMERGE_UNSORTED)},
    **{(state, _A.WAIT_AGAIN): _NOT_WAITING for state in CaseState if state is not _S.ASSIGNED},
    **{(state, act): _NOBODY_HAS_IT for state in CaseState if state not in _LOAD for act in (_A.SNOOZE, _A.WAKE)},
    (_S.CLOSED, _A.SPLIT): _CLOSED,
}


def transition(state: CaseState, act: Act) -> Transition:
    """Where an act leads from a state.

    :raises ImpossibleActError: it cannot be done there; the error says what can.
    """
    found = TRANSITIONS.get((state, act))
    if found is None:
        raise ImpossibleActError(state, act, REFUSALS[(state, act)])
    return found


def is_possible(state: CaseState, act: Act) -> bool:
    """Whether a page should offer an act."""
    return (state, act) in TRANSITIONS

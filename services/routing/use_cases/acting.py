"""What every act of staff on a case begins with: the case under lock, the right person, the version they saw."""

from __future__ import annotations

from dataclasses import dataclass

from services.routing.domain.case_state import LOAD_STATES, Act, CaseState, Transition
from services.routing.store import cases
from services.routing.store.cases import SEES_ALL
from services.routing.store.models import Case, CaseMessage, CaseNote
from services.routing.use_cases.settlement import Settlement
from shared.accounts.people import Person
from shared.messaging.work import Work


class CaseNotFoundError(LookupError):
    """There is no such case, or the person may not see it; the two are not told apart."""


class NotInChargeError(Exception):
    """Another advisor is in charge of the case (`case.advisor_id`), so the person may read it but not act for it."""


class ActRefusedError(Exception):
    """An act is refused for a reason that the state alone does not tell; `sentence` (Spanish) says what can be done."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(eq=False)
class StaleVersionError(Exception):
    """The case changed since the person saw it.

    `theirs` is the newest text on it (a message, a note, or why it was assigned); `current` says how it stands.
    """

    theirs: str
    current: dict[str, str | int]


def case_for(work: Work, code: str, person: Person, *, version: int) -> Case:
    """The case, locked until the transaction ends, if it is as the person saw it.

    :raises CaseNotFoundError: unknown or invisible.
    :raises StaleVersionError: it changed meanwhile.
    """
    case = cases.find_visible_locked(work.session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    if case.version != version:
        raise StaleVersionError(
            _newest_text(work, case), {"version": case.version, "state": case.state, "topic": case.topic}
        )
    return case


def _newest_text(work: Work, case: Case) -> str:
    texts: list[CaseMessage | CaseNote] = [
        *cases.messages_of(work.session, case.case_id)[-1:],
        *cases.notes_of(work.session, case.case_id)[-1:],
    ]
    newest = max(texts, key=lambda one: one.at, default=None)
    return case.assignment_reason_es if newest is None else newest.body


def require_charge(case: Case, person: Person) -> None:
    """Only the advisor in charge speaks for a case; supervisors may always.

    :raises NotInChargeError: somebody else is in charge.
    """
    if person.role not in SEES_ALL and case.advisor_id is not None and case.advisor_id != person.id:
        raise NotInChargeError


def undergo(work: Work, case: Case, act: Act) -> Transition:
    """Move a case along the table of states; when it stops being work for its advisor, they have room again.

    :raises ImpossibleActError: the act is impossible in the present state; says what is possible.
    """
    was_load, advisor_id = case.is_load, case.advisor_id
    found = case.undergo(act)
    case.version += 1
    if found.to != CaseState.ASSIGNED:
        case.idle_at = None
    if was_load and found.to not in LOAD_STATES and advisor_id is not None:
        Settlement.of(work).release(advisor_id, case.effort)
    return found

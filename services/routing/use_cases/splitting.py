"""Splitting: a part of a consultation becomes a consultation and a case of its own.

Intake owns codes, so the desk only says that there is a part, under an identifier it makes itself: `case.split`. What
comes back is `consultation.submitted` of that identifier, once, and how staff had sorted it is waiting here.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from services.routing.domain.case_state import Act
from services.routing.domain.wording import N_
from services.routing.store import history
from services.routing.store.models import Case
from services.routing.store.relation_models import CaseLink, CaseSplitOff
from services.routing.use_cases.acting import ActRefusedError, case_for, require_charge, undergo
from services.routing.use_cases.linking import SPLIT
from shared.accounts.people import Person
from shared.contracts.case import CaseSplit
from shared.ids import new_id
from shared.messaging.work import Work

CHANNEL = "desk"
"""The channel of a consultation that the desk split off another one."""


class SplitRefusedError(ActRefusedError):
    """A case cannot be split like that."""


SAME = N_("El texto es el de toda la consulta: deje solo la parte que va aparte.")


def split(
    work: Work,
    code: str,
    person: Person,
    *,
    version: int,
    subject: str,
    body: str,
    topic: str,
    kind: str,
    is_urgent: bool,
) -> Case:
    """Make a part of a case one of its own, sent when the whole was, sorted by the person; returns the whole.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, SplitRefusedError: nothing
        changed.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    if " ".join(body.split()) == " ".join(case.body.split()):
        raise SplitRefusedError(SAME)
    undergo(work, case, Act.SPLIT)
    part = CaseSplitOff(
        new_case_id=new_id(), parent_id=case.case_id, topic=topic, kind=kind, is_urgent=is_urgent,
        split_by=person.id, split_by_name=person.full_name, split_at=work.now, opened_at=None,
    )  # fmt: skip
    work.session.add(part)
    history.add(
        work.session, case, "split_off", work.now, actor_id=person.id, actor_name=person.full_name, topic=topic,
        new_case_id=str(part.new_case_id), subject=subject,
    )  # fmt: skip
    work.emit(
        CaseSplit(
            consultation_id=case.case_id,
            code=case.code,
            official_id=case.official_id,
            new_consultation_id=part.new_case_id,
            subject_line=subject,
            body=body,
            submitted_at=case.submitted_at,
            split_at=work.now,
        )
    )
    return case


def sorted_part(work: Work, case_id: UUID, channel: str) -> CaseSplitOff | None:
    """How staff sorted a consultation that they split off; None for any other."""
    if channel != CHANNEL:
        return None
    return work.session.scalars(
        select(CaseSplitOff).where(CaseSplitOff.new_case_id == case_id).with_for_update()
    ).one_or_none()


def join_to_whole(work: Work, case: Case, part: CaseSplitOff) -> None:
    """The part has its code: link it with the case it came from."""
    part.opened_at = work.now
    work.session.add(
        CaseLink(
            case_id=case.case_id, other_id=part.parent_id, kind=SPLIT, made_by=part.split_by_name, made_at=work.now
        )
    )

"""Links between cases: seen from both, without any effect on clocks, assignment or officials."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.routing.domain.wording import N_
from services.routing.store import cases, history
from services.routing.store.models import Case
from services.routing.store.relation_models import CaseLink
from services.routing.use_cases.acting import ActRefusedError, case_for
from shared.accounts.people import Person
from shared.messaging.work import Work

RELATED, DUPLICATE, FOLLOWS, SPLIT = "related", "duplicate", "follows", "split"
CHOSEN_KINDS = (RELATED, DUPLICATE, FOLLOWS)
"""What a person may say; "split" is said by the split itself and stays."""


class LinkRefusedError(ActRefusedError):
    """Two cases cannot be linked, or unlinked."""


ITSELF = N_("Un caso no se relaciona consigo mismo: escriba el código del otro.")
NO_OTHER = N_("No hay un caso con ese código entre los que usted ve.")
ALREADY = N_("Los dos casos ya están relacionados. Quite antes esa relación.")
NOT_LINKED = N_("Los dos casos no están relacionados.")
IS_PART = N_("Uno salió del otro: esa relación queda. Si fue un error, una los dos casos.")


def link(work: Work, code: str, person: Person, *, version: int, other: str, kind: str) -> Case:
    """Say that a case has to do with another one; "follows": that it continues it.

    :raises CaseNotFoundError, StaleVersionError, LinkRefusedError: nothing changed.
    """
    case, far = _both(work, code, person, version=version, other=other)
    if find(work.session, case.case_id, far.case_id) is not None:
        raise LinkRefusedError(ALREADY)
    work.session.add(
        CaseLink(case_id=case.case_id, other_id=far.case_id, kind=kind, made_by=person.full_name, made_at=work.now)
    )
    _log(work, case, far, person, "linked", kind)
    return case


def unlink(work: Work, code: str, person: Person, *, version: int, other: str) -> Case:
    """Take a link away.

    :raises CaseNotFoundError, StaleVersionError, LinkRefusedError: nothing changed.
    """
    case, far = _both(work, code, person, version=version, other=other)
    found = find(work.session, case.case_id, far.case_id)
    if found is None:
        raise LinkRefusedError(NOT_LINKED)
    if found.kind == SPLIT:
        raise LinkRefusedError(IS_PART)
    work.session.delete(found)
    _log(work, case, far, person, "unlinked", found.kind)
    return case


def find(session: Session, one: UUID, other: UUID) -> CaseLink | None:
    """The link between two cases, whichever of them it was made from."""
    return session.scalars(
        select(CaseLink).where(
            or_(
                (CaseLink.case_id == one) & (CaseLink.other_id == other),
                (CaseLink.case_id == other) & (CaseLink.other_id == one),
            )
        )
    ).one_or_none()


def _both(work: Work, code: str, person: Person, *, version: int, other: str) -> tuple[Case, Case]:
    case = case_for(work, code, person, version=version)
    wanted = other.strip().upper()
    if case.code == wanted:
        raise LinkRefusedError(ITSELF)
    far = cases.find_visible(work.session, wanted, person)
    if far is None:
        raise LinkRefusedError(NO_OTHER)
    return case, far


def _log(work: Work, case: Case, far: Case, person: Person, kind: str, link_kind: str) -> None:
    """A line in the log of the case at hand; the other one is not locked, and shows the link by itself."""
    case.version += 1
    history.add(
        work.session, case, kind, work.now, actor_id=person.id, actor_name=person.full_name, code=far.code,
        link=link_kind,
    )  # fmt: skip

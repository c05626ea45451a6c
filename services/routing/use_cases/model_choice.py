"""Which model decides: adopting a built one, promoting a candidate, going back; each a row with who and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.routing.store import model_registry
from services.routing.store.learning_models import ModelArtefact, ModelChoice, ModelVersion
from shared.accounts import audit
from shared.accounts.people import Person
from shared.messaging.work import Work

ADOPTED, PROMOTED, ROLLED_BACK = "adopted", "promoted", "rolled_back"
LONGEST_REASON = 500
SYSTEM = "Ventanilla"
"""Who decides when no person does."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes the champion: a person, or the system itself (`id` None)."""

    name: str
    id: UUID | None = None
    role: str = "system"

    @classmethod
    def of(cls, person: Person) -> Actor:
        """A member of staff."""
        return cls(person.full_name, person.id, person.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A model to be kept: its bytes, what it was made from, how good it is, what was decided about it and why."""

    version: str
    document: str
    arrays: bytes = field(repr=False)
    origin: str
    code_key: str
    taxonomy_version: str
    corpus_hash: str
    metrics: dict[str, Any] = field(repr=False)
    decision: str
    reasons: list[dict[str, Any]]
    trained_by: str
    train_seconds: float
    parent: str | None = None
    learnt_count: int = 0
    judged_count: int = 0
    comparison: dict[str, Any] | None = field(default=None, repr=False)


class ModelChoiceError(Exception):
    """Root of what a change of champion is refused for."""


class UnknownModelError(ModelChoiceError):
    """There is no such model."""


class NotLoadableError(ModelChoiceError):
    """The model's bytes were pruned, or it was made by code that reads texts otherwise than this release."""


class AlreadyChampionError(ModelChoiceError):
    """The model decides already."""


class NothingBeforeError(ModelChoiceError):
    """No model decided before this one, so there is none to go back to."""


@dataclass(eq=False)
class StaleChampionError(ModelChoiceError):
    """Somebody changed the champion meanwhile; `current` is the one that decides now."""

    current: str | None


_JUDGED_ANEW = ("parent", "judged_count", "metrics", "comparison", "decision", "reasons")


def keep(work: Work, model: NewModel) -> None:
    """Store a model. One that was known, learnt from the same texts, gets the newer judgement and its bytes back."""
    values = {
        name: getattr(model, name) for name in NewModel.__dataclass_fields__ if name not in ("document", "arrays")
    }
    statement = insert(ModelVersion).values(**values, trained_at=work.now)
    if model.origin == "trained":
        newer = {name: statement.excluded[name] for name in _JUDGED_ANEW}
        statement = statement.on_conflict_do_update(index_elements=["version"], set_=newer)
    else:
        statement = statement.on_conflict_do_nothing()
    work.session.execute(statement)
    work.session.execute(
        insert(ModelArtefact)
        .values(version=model.version, document=model.document, arrays=model.arrays)
        .on_conflict_do_nothing()
    )
    work.session.expire_all()


def adopt_built(work: Work, model: NewModel) -> bool:
    """Let the model that this release was built with decide, unless a trained one does that this release can load.

    Called when a release is installed; returns whether the champion changed.
    """
    model_registry.lock_choice(work.session)
    present = model_registry.champion(work.session)
    keep(work, model)
    if present is not None:
        chosen = model_registry.version_of(work.session, present.version)
        if chosen is None or present.version == model.version:
            return False
        if chosen.origin == "trained" and chosen.code_key == model.code_key:
            return False
    _choose(work, model.version, ADOPTED, Actor(SYSTEM), "release")
    return True


def promote(work: Work, version: str, actor: Actor, *, reason: str, code_key: str, expected: str | None = None) -> None:
    """Let a model decide from now on.

    :param code_key: how this release reads texts; a model that learnt to read otherwise would be wrong without a sign.
    :param expected: the champion that the actor saw; None skips the check.
    :raises ModelChoiceError: nothing changed.
    """
    present = _locked(work, expected)
    found = model_registry.version_of(work.session, version)
    if found is None:
        raise UnknownModelError(version)
    if present is not None and present.version == version:
        raise AlreadyChampionError(version)
    _require_loadable(work, found, code_key)
    _choose(work, version, PROMOTED, actor, reason)
    found.decision = "promoted" if found.origin == "trained" else found.decision


def roll_back(work: Work, actor: Actor, *, reason: str, code_key: str, expected: str | None = None) -> str:
    """Let the model decide that did before the present one; a second time goes one further back. Returns its version.

    :raises ModelChoiceError: nothing changed.
    """
    present = _locked(work, expected)
    before = None if present is None else model_registry.taken_over_from(work.session, present.version)
    found = None if before is None else model_registry.version_of(work.session, before)
    if found is None:
        raise NothingBeforeError
    _require_loadable(work, found, code_key)
    _choose(work, found.version, ROLLED_BACK, actor, reason)
    return found.version


def is_held(work: Work) -> bool:
    """Whether a person went back and the machine may therefore only propose, until a person promotes again."""
    present = model_registry.champion(work.session)
    return present is not None and present.act == ROLLED_BACK


def prune(work: Work, kept: int) -> list[str]:
    """Drop the bytes of old models; those of the champion, of the one before it and of the `kept` newest stay."""
    present = model_registry.champion(work.session)
    keep_these = set(model_registry.newest_artefacts(work.session, kept))
    if present is not None:
        before = model_registry.taken_over_from(work.session, present.version)
        keep_these |= {present.version, *([before] if before else [])}
    return model_registry.prune(work.session, sorted(keep_these))


def _locked(work: Work, expected: str | None) -> ModelChoice | None:
    model_registry.lock_choice(work.session)
    present = model_registry.champion(work.session)
    current = None if present is None else present.version
    if expected is not None and current != expected:
        raise StaleChampionError(current)
    return present


def _require_loadable(work: Work, found: ModelVersion, code_key: str) -> None:
    if found.code_key != code_key or not model_registry.has_artefact(work.session, found.version):
        raise NotLoadableError(found.version)


def _choose(work: Work, version: str, act: str, actor: Actor, reason: str) -> None:
    present = model_registry.champion(work.session)
    before = None if present is None else present.version
    audit.append_as(work.session, actor.id, actor.role, f"model.{act}", f"model:{version}", {"before": before})
    work.session.add(
        ModelChoice(
            version=version,
            previous=before,
            act=act,
            by_id=actor.id,
            by_name=actor.name,
            reason=reason,
            at=work.now,
        )
    )
    work.session.flush()

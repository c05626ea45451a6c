"""Keeping what people decide about topic, kind and urgency: the lessons and the judges of the next model."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from services.routing.domain.learning import Label, is_held_back, text_digest
from services.routing.domain.masking import masked
from services.routing.store.learning_models import Correction
from services.routing.store.models import Case
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

LONGEST_REASON = 500


def record(
    work: Work, case: Case, person: Person, before: Label, after: Label, *, was_triage: bool, reason: str
) -> None:
    """Keep a person's decision on a case, with the text it was about, masked; earlier ones of the case count no more.

    A decision that agrees with the model is kept too: a candidate that unlearns it must be seen to.
    """
    model = _of_model(work, case, before)
    digest = text_digest(case.subject_line, case.body)
    work.session.execute(
        text("UPDATE classification_correction SET is_superseded = true WHERE case_id = :id AND NOT is_superseded"),
        {"id": case.case_id},
    )
    names = (case.asker_name,)
    work.session.add(
        Correction(
            correction_id=new_id(),
            case_id=case.case_id,
            at=work.now,
            by_id=person.id,
            by_name=person.full_name,
            reason=reason,
            model_version=case.model_version,
            model_topic=model.topic,
            model_kind=model.kind,
            model_is_urgent=model.is_urgent,
            model_confidence=case.topic_confidence,
            from_topic=before.topic,
            from_kind=before.kind,
            from_is_urgent=before.is_urgent,
            to_topic=after.topic,
            to_kind=after.kind,
            to_is_urgent=after.is_urgent,
            was_triage=was_triage,
            is_confirmation=model == after,
            is_superseded=False,
            is_held_back=is_held_back(digest),
            text_digest=digest,
            subject_line=masked(case.subject_line, names=names),
            body=masked(case.body, names=names),
        )
    )


def _of_model(work: Work, case: Case, before: Label) -> Label:
    """What the model had said: the first line of the log holds it, whoever decided since."""
    said = work.session.execute(
        text("SELECT data -> 'classification' FROM case_history WHERE case_id = :id AND sequence = 1"),
        {"id": case.case_id},
    ).scalar()
    return Label(said["topic"], said["kind"], said["is_urgent"]) if said else before


def forget_old_texts(work: Work, kept: timedelta) -> int:
    """Drop the texts of corrections older than `kept`; who decided what, and why, stays. Returns how many."""
    return len(
        work.session.execute(
            text("""
                UPDATE classification_correction SET subject_line = NULL, body = NULL
                 WHERE at < :limit AND body IS NOT NULL RETURNING correction_id
            """),
            {"limit": work.now - kept},
        ).all()
    )

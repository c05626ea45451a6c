"""Reviews of answers, their rounds, and the rules of who needs one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select, text, true, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.domain.case_state import Act, CaseState, is_possible
from services.routing.domain.review import EXPERT, OPEN, ReviewState, may_review
from services.routing.store.cases import visible_to
from services.routing.store.models import AdvisorSkill, Base, Case
from shared.accounts.people import Person

_OPEN = [str(state) for state in OPEN]
_ANSWERABLE = [str(state) for state in CaseState if is_possible(state, Act.ANSWER)]
_DEFAULT = ""


class AnswerReview(Base):
    """An answer on its way to the official through a second pair of eyes. A case has at most one that is open."""

    __tablename__ = "answer_review"

    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    author_id: Mapped[UUID]
    author_name: Mapped[str]
    state: Mapped[str]
    round: Mapped[int]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ReviewRound(Base):
    """One text submitted, and what the reviewer decided. `seen`: what the author had read of the case then."""

    __tablename__ = "answer_review_round"

    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
    citations: Mapped[list[dict[str, Any]]]
    attachments: Mapped[list[dict[str, Any]]]
    seen: Mapped[str]
    submitted_at: Mapped[datetime]
    decision: Mapped[str | None]
    comment: Mapped[str]
    reviewer_id: Mapped[UUID | None]
    reviewer_name: Mapped[str]
    decided_at: Mapped[datetime | None]


class ReviewRule(Base):
    """Who needs a review on a topic."""

    __tablename__ = "review_rule"

    topic: Mapped[str] = mapped_column(primary_key=True)
    least_level: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


def open_of_case(session: Session, case_id: UUID) -> AnswerReview | None:
    """The open review of a case, freshly read; the case's own lock guards it."""
    return session.scalars(
        select(AnswerReview)
        .where(AnswerReview.case_id == case_id, AnswerReview.state.in_(_OPEN))
        .execution_options(populate_existing=True)
    ).one_or_none()


def rounds_of(session: Session, review_id: UUID) -> list[ReviewRound]:
    """Every round of a review, in order."""
    return list(
        session.scalars(select(ReviewRound).where(ReviewRound.review_id == review_id).order_by(ReviewRound.round))
    )


def level_of(session: Session, person_id: UUID, topic: str) -> int:
    """How well a person knows a topic; 0 when not at all."""
    return session.scalar(
        select(AdvisorSkill.level).where(AdvisorSkill.account_id == person_id, AdvisorSkill.topic == topic)
    ) or 0  # fmt: skip


def least_level(session: Session, topic: str) -> int:
    """The rule of a topic, else the general one, else that nobody needs a review."""
    found = session.scalars(
        select(ReviewRule.least_level)
        .where(ReviewRule.topic.in_((topic, _DEFAULT)))
        .order_by(ReviewRule.topic.desc())
        .limit(1)
    ).one_or_none()
    return found or 0


def rules(session: Session) -> dict[str, ReviewRule]:
    """Every rule by topic; '' is the general one."""
    return {rule.topic: rule for rule in session.scalars(select(ReviewRule))}


def reviewer_ids(session: Session, topic: str, author_id: UUID) -> tuple[UUID, ...]:
    """Whom to tell: seniors and experts of the topic who are there; supervisors when there is nobody else."""
    rows = session.execute(
        text("""
            SELECT account_id FROM account LEFT JOIN advisor_skill AS skill USING (account_id)
             WHERE is_active AND account_id <> :author AND skill.topic = :topic
               AND (role = 'senior' OR skill.level >= :expert)
             ORDER BY account_id
        """),
        {"author": author_id, "topic": topic, "expert": EXPERT},
    )
    found = tuple(row.account_id for row in rows)
    if found:
        return found
    bosses = session.execute(
        text("""
            SELECT account_id FROM account
             WHERE is_active AND role = 'supervisor' AND account_id <> :author ORDER BY account_id
        """),
        {"author": author_id},
    )
    return tuple(row.account_id for row in bosses)


def reviewable_by(person: Person) -> ColumnElement[bool]:
    """Which open reviews of which cases a person may decide on: visible, not their own, and of what they know best."""
    knows = exists().where(
        AdvisorSkill.account_id == person.id, AdvisorSkill.topic == Case.topic, AdvisorSkill.level >= EXPERT
    )
    return (
        (AnswerReview.author_id != person.id) & visible_to(person) & (true() if may_review(person.role, 0) else knows)
    )


def pending_for(
    session: Session, person: Person, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Row[Any]]:
    """`limit` + 1 reviews a person may decide on, the longest waiting first."""
    statement = (
        select(AnswerReview, Case)
        .join(Case, Case.case_id == AnswerReview.case_id)
        .where(
            AnswerReview.state == str(ReviewState.PENDING), Case.state.in_(_ANSWERABLE), reviewable_by(person),
        )
        .order_by(AnswerReview.changed_at, AnswerReview.review_id)
        .limit(limit + 1)
    )  # fmt: skip
    if after is not None:
        statement = statement.where(tuple_(AnswerReview.changed_at, AnswerReview.review_id) > after)
    return [*session.execute(statement)]


def of_author(session: Session, person: Person, *, limit: int) -> list[Row[Any]]:
    """The person's own open reviews, those that came back first."""
    statement = (
        select(AnswerReview, Case)
        .join(Case, Case.case_id == AnswerReview.case_id)
        .where(AnswerReview.state.in_(_OPEN), AnswerReview.author_id == person.id)
        .order_by(AnswerReview.state.desc(), AnswerReview.changed_at)
        .limit(limit)
    )
    return [*session.execute(statement)]


def counts(session: Session, person: Person) -> tuple[int, int]:
    """How many wait for the person to decide, and how many came back to them."""
    pending = (
        select(func.count())
        .select_from(AnswerReview)
        .join(Case, Case.case_id == AnswerReview.case_id)
        .where(AnswerReview.state == str(ReviewState.PENDING), Case.state.in_(_ANSWERABLE), reviewable_by(person))
    )
    returned = select(func.count()).where(
        AnswerReview.state == str(ReviewState.RETURNED), AnswerReview.author_id == person.id
    )
    found = session.execute(select(pending.scalar_subquery(), returned.scalar_subquery())).one()
    return int(found[0]), int(found[1])

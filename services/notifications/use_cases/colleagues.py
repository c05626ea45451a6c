"""What members of staff ask of one another: reviews before sending, and notes that call somebody.

The letters say who asks and on which case; what is written there is read at the desk.
"""

from __future__ import annotations

from services.notifications.domain.template import MENTIONED, REVIEW_DECIDED, REVIEW_REQUESTED
from services.notifications.use_cases.writing import Notice, Writer
from shared.contracts.desk import CaseMentioned, CaseReviewDecided, CaseReviewRequested
from shared.messaging.work import Work


def ask_for_review(event: CaseReviewRequested, work: Work, writer: Writer) -> None:
    """Each of those who may decide is told once."""
    writer.write(
        work,
        *(
            Notice(
                template=REVIEW_REQUESTED,
                recipient_id=reviewer_id,
                consultation_id=event.consultation_id,
                code=event.code,
                values={
                    "subject_line": event.subject_line,
                    "author": event.author.full_name,
                    "round": event.round,
                },
            )
            for reviewer_id in dict.fromkeys(event.reviewer_ids)
        ),
    )


def tell_decision(event: CaseReviewDecided, work: Work, writer: Writer) -> None:
    """The author hears what became of the answer."""
    writer.write(
        work,
        Notice(
            template=REVIEW_DECIDED,
            recipient_id=event.author_id,
            consultation_id=event.consultation_id,
            code=event.code,
            values={
                "subject_line": event.subject_line,
                "reviewer": event.reviewer.full_name,
                "decision": event.decision,
            },
        ),
    )


def call(event: CaseMentioned, work: Work, writer: Writer) -> None:
    """Each of those whom a note calls is told once."""
    writer.write(
        work,
        *(
            Notice(
                template=MENTIONED,
                recipient_id=person_id,
                consultation_id=event.consultation_id,
                code=event.code,
                values={"subject_line": event.subject_line, "author": event.author.full_name},
            )
            for person_id in dict.fromkeys(event.mentioned_ids)
        ),
    )

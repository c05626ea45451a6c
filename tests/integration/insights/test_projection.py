"""The read model is the same whatever the order and the number of arrivals."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.insights.entrypoints.events import handlers
from tests.support.insights_stories import BUDGET, LUIS, TREASURY, Story

pytestmark = pytest.mark.integration


def row_of(parts, story):
    with parts.database.transaction() as session:
        found = session.execute(
            text("SELECT * FROM consultation WHERE consultation_id = :id"), {"id": story.id}
        ).one_or_none()
        return None if found is None else found._asdict()


def everything(parts):
    with parts.database.transaction() as session:
        return {
            table: session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")).all()  # noqa: S608 - constants
            for table in ("consultation", "sla_clock", "message", "official", "staff")
        }


def long_story() -> Story:
    """Everything that can happen to one consultation."""
    story = Story()
    story.submitted()
    story.classified(1, None, is_triage=True)
    story.classified(5, BUDGET)
    story.unstaffed(5)
    story.assigned(6)
    story.asked(10)
    story.rescheduled(10, None)
    story.clarified(20)
    story.reached(20)
    story.rescheduled(20, story.at(300), "resumed")
    story.warned(60, story.at(120))
    story.breached(story.at(120))
    story.escalated(121)
    story.reassigned(125)
    story.classified(130, TREASURY)
    story.answered(140)
    story.rated(150, 2)
    story.reopened(160)
    story.rescheduled(160, story.at(500))
    story.rated(165, 1)
    story.answered(180, is_first=False)
    story.rated(190, 5)
    story.closed(200)
    return story


def test_a_whole_story_leaves_the_facts_of_its_end(insights, apply):
    story = long_story()
    apply(story.envelopes)
    row = row_of(insights, story)
    assert row["state"] == "closed"
    assert (row["topic_code"], row["advisor_name"], row["score"]) == (TREASURY.code, LUIS.full_name, 5)
    assert row["classified_at"] == story.at(1)
    assert (row["first_answered_at"], row["last_answered_at"]) == (story.at(140), story.at(180))
    assert row["promised_at"] == story.at(500)
    assert row["needs_triage"] is False


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_three_deliveries_give_the_same_rows(insights, apply, seed):
    story = long_story()
    apply(story.envelopes)
    expected = everything(insights)
    with insights.database.transaction() as session:
        session.execute(text("TRUNCATE consultation, sla_clock"))
    shuffled = story.envelopes * 3
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a test's order, not a secret
    apply(shuffled)
    assert everything(insights) == expected


def test_the_same_event_twice_in_one_transaction_counts_once(insights):
    story = long_story()
    with insights.units.begin() as work:
        for each in [*story.envelopes, *story.envelopes]:
            handlers.handle(each, work)
    tables = everything(insights)
    assert len(tables["consultation"]) == 1
    assert len(tables["sla_clock"]) == 1


STATES = {
    "received": [("submitted",)],
    "classified": [("submitted",), ("classified", 1)],
    "triage": [("submitted",), ("triage", 1)],
    "unstaffed": [("submitted",), ("classified", 1), ("unstaffed", 1)],
    "assigned": [("submitted",), ("classified", 1), ("unstaffed", 1), ("assigned", 2)],
    "waiting": [("submitted",), ("classified", 1), ("assigned", 2), ("asked", 3)],
    "answered": [("submitted",), ("classified", 1), ("assigned", 2), ("asked", 3), ("clarified", 4), ("answered", 5)],
    "closed": [("submitted",), ("assigned", 2), ("answered", 5), ("closed", 6)],
    "withdrawn": [("submitted",), ("assigned", 2), ("withdrawn", 3), ("closed", 3)],
}


@pytest.mark.parametrize("state", STATES)
def test_the_state_follows_from_the_facts_backwards_too(insights, apply, state):
    story = Story()
    for name, *minutes in STATES[state]:
        if name == "triage":
            story.classified(minutes[0], None, is_triage=True)
        else:
            getattr(story, name)(*minutes)
    apply(reversed(story.envelopes))
    assert row_of(insights, story)["state"] == state


@pytest.mark.parametrize(
    ("then", "state"),
    [("clarified", "assigned"), ("reopened", "assigned"), ("asked", "waiting")],
)
def test_an_answered_case_that_goes_on_is_no_longer_answered(insights, apply, then, state):
    story = Story()
    story.submitted()
    story.assigned(1)
    story.answered(2)
    getattr(story, then)(3)
    apply(story.envelopes)
    assert row_of(insights, story)["state"] == state


def test_a_wait_that_expired_is_over(insights, apply):
    story = Story()
    story.submitted()
    story.assigned(1)
    story.asked(2)
    story.rescheduled(60, story.at(300), "resumed")
    apply(reversed(story.envelopes))
    assert row_of(insights, story)["state"] == "assigned"


def test_a_reopened_case_that_nobody_can_take_is_unstaffed_until_somebody_has_it_again(insights, apply):
    story = Story()
    story.submitted()
    story.classified(1)
    story.assigned(1)
    story.answered(2)
    story.reopened(3)
    story.unstaffed(3)
    apply(story.envelopes)
    assert row_of(insights, story)["state"] == "unstaffed"
    apply([story.reassigned(4)])
    assert row_of(insights, story)["state"] == "assigned"


def test_a_closed_case_that_is_reopened_is_open_again(insights, apply):
    story = Story()
    story.submitted()
    story.assigned(1)
    story.answered(2)
    story.closed(3)
    story.reopened(4)
    apply(story.envelopes)
    assert row_of(insights, story)["state"] == "assigned"


def test_an_older_classification_that_comes_late_changes_neither_topic_nor_promise(insights, apply):
    story = Story()
    story.submitted()
    early = story.classified(1, BUDGET)
    story.classified(5, TREASURY)
    story.rescheduled(6, None)
    apply([*story.envelopes[:1], *story.envelopes[2:], early])
    row = row_of(insights, story)
    assert row["topic_code"] == TREASURY.code
    assert row["promised_at"] is None
    assert row["classified_at"] == story.at(1)


def test_personal_data_stay_where_they_belong(insights, apply):
    story = long_story()
    apply(story.envelopes)
    stored = str(row_of(insights, story))
    assert "María" not in stored
    assert "Tesorera" not in stored
    assert "¿Cómo registro?" not in stored


def test_a_moved_deadline_and_its_breach_are_two_rows_and_one_breach(insights, apply):
    story = Story()
    story.submitted()
    story.warned(10, story.at(60))
    story.warned(50, story.at(90))
    story.breached(story.at(90))
    apply([*reversed(story.envelopes), *story.envelopes])
    with insights.database.transaction() as session:
        rows = session.execute(text("SELECT due_at - :at, breached_at FROM sla_clock ORDER BY 1"), {"at": story.at(0)})
        assert [(due, breached is not None) for due, breached in rows.all()] == [
            (timedelta(minutes=60), False),
            (timedelta(minutes=90), True),
        ]

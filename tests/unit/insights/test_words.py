"""Insights listens to everything it is sent, and has words for everything it shows."""

from __future__ import annotations

from services.insights.domain.signs import LIMITS
from services.insights.domain.states import MEASURES, OPEN
from services.insights.entrypoints.events import handlers
from services.insights.entrypoints.pages import words
from shared.contracts.catalog import peers_of


def test_every_subscription_has_a_handler_and_nothing_is_published():
    handlers.require_complete()
    assert peers_of("insights") == ()


def test_every_state_measure_and_sign_has_its_words():
    assert set(words.STATES) == set(OPEN)
    assert set(words.MEASURES) == set(MEASURES)
    assert {limit.sign for limit in LIMITS} < set(words.SIGNS)

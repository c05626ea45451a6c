"""Registries that refuse to be incomplete."""

from __future__ import annotations

import pytest

from shared.contracts.case import CaseAnswered
from shared.contracts.catalog import subscriptions_of
from shared.contracts.consultation import ConsultationSubmitted
from shared.messaging.handlers import Handlers
from shared.messaging.retry import UnknownEventError
from shared.messaging.timers import TimerHandlers
from tests.support.events import a_consultation, an_answer, an_envelope


def nothing(_event, _work):
    pass


def test_a_service_with_a_handler_for_everything_it_receives_may_start():
    handlers = Handlers("routing")
    with pytest.raises(LookupError, match=r"consultation\.submitted"):
        handlers.require_complete()

    handlers.on(*[contract.event for contract in subscriptions_of("routing")])(nothing)
    handlers.require_complete()


def test_an_event_has_one_handler_and_only_where_it_is_received():
    handlers = Handlers("routing")
    handlers.on(ConsultationSubmitted)(nothing)

    with pytest.raises(ValueError, match="two handlers"):
        handlers.on(ConsultationSubmitted)(nothing)
    with pytest.raises(ValueError, match="does not subscribe"):
        handlers.on(CaseAnswered)(nothing)


def test_what_a_release_knows_is_decided_by_type_and_version():
    handlers = Handlers("routing")

    assert handlers.knows(an_envelope(a_consultation()))
    assert not handlers.knows(an_envelope(a_consultation(), version=2))
    assert not handlers.knows(an_envelope(an_answer(), "routing"))


def test_what_a_newer_release_left_is_not_handled():
    handlers = Handlers("routing")
    for envelope in (an_envelope(a_consultation(), version=2), an_envelope(an_answer(), "routing")):
        with pytest.raises(UnknownEventError):
            handlers.handle(envelope, None)


def test_a_timer_has_one_handler():
    handlers = TimerHandlers()
    handlers.on("warning")(nothing)

    assert handlers.names == ["warning"]
    with pytest.raises(ValueError, match="two handlers"):
        handlers.on("warning")(nothing)

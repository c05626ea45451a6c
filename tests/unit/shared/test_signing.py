"""Whoever can write to the broker still cannot make a service believe that another one said something."""

from __future__ import annotations

import pytest

from shared.messaging.signing import Signatures

OLD, NEW = b"old" * 11, b"new" * 11


def signatures(service, *keys, peer):
    return Signatures(service, {peer: keys})


def test_a_signature_is_good_for_its_sender_receiver_purpose_and_text_alone():
    intake = Signatures("intake", {"routing": (OLD,), "insights": (OLD,)})
    routing = Signatures("routing", {"intake": (OLD,), "insights": (OLD,)})
    signature = intake.sign("routing", "events", "text")

    assert routing.is_valid("intake", "events", "text", signature)
    assert not routing.is_valid("intake", "events", "text ", signature)
    assert not routing.is_valid("intake", "confirm", "text", signature)
    assert not routing.is_valid("insights", "events", "text", signature)
    assert not Signatures("insights", {"intake": (OLD,)}).is_valid("intake", "events", "text", signature)


def test_parts_cannot_be_shifted_into_one_another():
    intake = signatures("intake", OLD, peer="routing")
    routing = signatures("routing", OLD, peer="intake")
    signature = intake.sign("routing", "events", "a\nb")

    assert not routing.is_valid("intake", "events\na", "b", signature)


def test_a_key_can_be_exchanged_without_a_pause():
    before, during, after = (OLD,), (NEW, OLD), (NEW,)
    for sender, receiver in ((before, during), (during, during), (during, after), (after, during)):
        signature = signatures("intake", *sender, peer="routing").sign("routing", "events", "text")
        is_valid = signatures("routing", *receiver, peer="intake").is_valid("intake", "events", "text", signature)
        assert is_valid == (sender[0] in receiver)

    signature = signatures("intake", NEW, peer="routing").sign("routing", "events", "text")
    assert not signatures("routing", OLD, peer="intake").is_valid("intake", "events", "text", signature)


@pytest.mark.parametrize("sender", [None, 7, [], {}, "nobody", "\ud800"])
@pytest.mark.parametrize("signature", [None, 7, [], "", "ñ", "\ud800", "0" * 64])
def test_whatever_the_broker_holds_is_told_apart_and_never_raises(sender, signature):
    routing = signatures("routing", OLD, peer="intake")

    assert not routing.is_valid(sender, "events", "\ud800\x00", signature)
    assert not routing.is_valid("intake", "events", "\ud800\x00", signature)


def test_a_peer_without_a_key_is_an_error_and_not_an_unsigned_message():
    with pytest.raises(KeyError):
        signatures("intake", OLD, peer="routing").sign("insights", "events", "text")

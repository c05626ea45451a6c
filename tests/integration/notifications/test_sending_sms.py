"""SMS through Kannel's protocol: sent once, and believed when the phone confirms."""

from collections import Counter
from dataclasses import replace

import httpx
import pytest

from services.notifications.domain.message import Channel
from services.notifications.entrypoints.sender import build_provider
from services.notifications.store import sending
from tests.support.background import in_background
from tests.support.eventually import eventually
from tests.support.notifications_desk import DLR_TOKEN, LEASE

pytestmark = pytest.mark.integration

MOBILE = "+51987654321"


@pytest.fixture
def text_sender(desk):
    desk.change("UPDATE channel_breaker SET is_open = true, probe_at = 'infinity' WHERE channel = 'email'")
    return desk.a_sender(Channel.SMS)


def an_sms(desk):
    """One SMS in the line."""
    desk.write(phone=MOBILE)
    return desk.rows("SELECT message_id FROM message WHERE channel = 'sms' ORDER BY message_id DESC LIMIT 1")[0][0]


def turn_until(desk, sender, message_id, state, *, within=10):
    """Take turns until a message is in a state."""

    def step():
        sender._next_minding = 0
        sender.turn()
        return desk.message(message_id).state == state

    eventually(step, within=within)


def report(desk, message_id, report_type, *, attempt=1, token=DLR_TOKEN, method="GET"):
    """What Kannel calls; returns the status."""
    url = f"{desk.settings.sms.dlr_base_url}/api/v1/receipts/kannel/{token}/{message_id}"
    answer = httpx.request(
        method, url, params={"type": report_type, "attempt": attempt, "answer": f"word {report_type}"}, trust_env=False
    )
    return answer.status_code


def receipts(desk, message_id):
    found = desk.rows("SELECT type FROM message_receipt WHERE message_id = :id ORDER BY received_at", id=message_id)
    return [row[0] for row in found]


def test_an_sms_is_submitted_and_delivered_when_the_phone_confirms(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    assert desk.drain(text_sender) == 1
    assert desk.message(message_id).submitted_at is not None
    turn_until(desk, text_sender, message_id, "delivered")
    (arrived,) = sms.messages()
    assert arrived["to"] == MOBILE
    assert "V-7K3M-92QX" in arrived["text"]
    assert receipts(desk, message_id) == [8, 1]
    eventually(lambda: (text_sender.turn(), desk.told("delivered") == [message_id])[-1])
    assert desk.message(message_id).last_reply == "stat:DELIVRD err:000"


def test_an_accepted_sms_is_not_called_delivered_before_the_phone_says_so(desk, sms, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("dlr_never")
    desk.drain(text_sender)
    assert desk.message(message_id).state == "submitted"
    assert desk.told("delivered") == []


@pytest.mark.parametrize(
    ("mode", "state", "kinds"),
    [
        ("dlr_twice", "delivered", [8, 1]),
        ("dlr_out_of_order", "delivered", [1, 4, 8]),
        ("dlr_buffered", "delivered", [8, 4, 1]),
        ("dlr_failed", "failed", [8, 2]),
        ("dlr_rejected", "failed", [16]),
    ],
)
def test_reports_are_kept_once_and_believed_forwards_only(desk, sms, web, text_sender, mode, state, kinds):
    message_id = an_sms(desk)
    sms.misbehave(mode)
    desk.drain(text_sender)
    eventually(lambda: receipts(desk, message_id) == kinds)
    turn_until(desk, text_sender, message_id, state)
    eventually(lambda: (text_sender.turn(), desk.told(state) == [message_id])[-1])
    assert desk.message(message_id).state == state


# --- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["error_500", "error_503", "too_many_429"])
def test_a_gateway_in_trouble_is_tried_again_later(desk, sms, text_sender, mode):
    message_id = an_sms(desk)
    sms.misbehave(mode, count=1)
    desk.drain(text_sender)
    assert desk.message(message_id).state == "pending"
    desk.make_due()
    desk.drain(text_sender)
    assert desk.outcomes(message_id) == ["unavailable", "accepted"]
    assert len(sms.messages()) == 1


def test_a_number_the_gateway_refuses_fails_at_once(desk, sms, text_sender):
    message_id = an_sms(desk)
    desk.change("UPDATE message SET address = 'nobody'")
    desk.drain(text_sender)
    assert desk.message(message_id).state == "failed"
    assert "denied" in desk.message(message_id).last_reply
    assert desk.told("failed") == [message_id]


def test_wrong_credentials_are_no_message_s_fault(desk, sms, text_sender):
    message_id = an_sms(desk)
    desk.settings = replace(desk.settings, sms=replace(desk.settings.sms, password="wrong"))
    desk.drain(desk.a_sender(Channel.SMS))
    assert desk.message(message_id).state == "pending"
    assert desk.message(message_id).last_reply.startswith("403 ")


def test_a_gateway_that_is_away_opens_the_breaker(desk, text_sender):
    message_id = an_sms(desk)
    desk.settings = replace(desk.settings, sms=replace(desk.settings.sms, url="http://127.0.0.1:9/cgi-bin/sendsms"))
    desk.drain(desk.a_sender(Channel.SMS))
    assert (desk.message(message_id).state, desk.message(message_id).tries) == ("pending", 0)
    assert desk.rows("SELECT is_open FROM channel_breaker WHERE channel = 'sms'") == [(True,)]


# --- doubt -----------------------------------------------------------------------------------------------------


def test_an_sms_taken_without_an_answer_is_settled_by_its_report_and_not_repeated(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("drop_after_accept", count=1)
    desk.drain(text_sender)
    turn_until(desk, text_sender, message_id, "delivered")
    assert desk.outcomes(message_id) == ["uncertain"]
    assert len(sms.messages()) == 1
    assert desk.told("delivered") == [message_id]


def test_silence_where_reports_do_come_means_it_was_not_sent(desk, sms, web, text_sender):
    earlier = an_sms(desk)
    desk.drain(text_sender)
    turn_until(desk, text_sender, earlier, "delivered")
    message_id = an_sms(desk)
    sms.misbehave("drop_before_accept", count=1)
    desk.drain(text_sender)
    assert desk.message(message_id).state == "uncertain"
    turn_until(desk, text_sender, message_id, "delivered")
    assert desk.outcomes(message_id) == ["uncertain", "accepted"]
    assert len(sms.messages()) == 2


def test_silence_where_no_reports_come_is_left_to_a_person(desk, sms, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("drop_before_accept", count=1)
    desk.drain(text_sender)
    turn_until(desk, text_sender, message_id, "held")
    eventually(lambda: (text_sender.turn(), desk.told("held") == [message_id])[-1])
    assert sms.messages() == []


def test_a_report_that_comes_late_still_settles_what_was_held(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("drop_before_accept", count=1)
    desk.drain(text_sender)
    turn_until(desk, text_sender, message_id, "held")
    assert report(desk, message_id, 1) == 204
    assert desk.message(message_id).state == "delivered"
    eventually(lambda: (text_sender.turn(), desk.told("delivered") == [message_id])[-1])


def test_a_report_overtakes_the_record_of_its_sender(desk, sms, web):
    message_id = an_sms(desk)
    provider = build_provider(Channel.SMS, desk.settings)

    class Slow:
        def send(self, message):
            result = provider.send(message)
            eventually(lambda: desk.message(message_id).state == "delivered")
            return result

        def rest(self):
            provider.rest()

    sender = desk.a_sender(Channel.SMS, provider=Slow())
    desk.drain(sender)
    assert desk.message(message_id).state == "delivered"
    assert desk.outcomes(message_id) == ["accepted"]


def test_a_failure_of_an_earlier_attempt_does_not_end_a_later_one(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("dlr_never")
    desk.drain(text_sender)
    desk.change("UPDATE message SET attempts = 2")
    assert report(desk, message_id, 2, attempt=1) == 204
    assert desk.message(message_id).state == "submitted"
    assert report(desk, message_id, 1, attempt=1) == 204
    assert desk.message(message_id).state == "delivered"


def test_nothing_takes_back_a_delivery(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("dlr_never")
    desk.drain(text_sender)
    for report_type in (1, 2, 16, 4, 8, 0x22, 1):
        assert report(desk, message_id, report_type) == 204
    assert desk.message(message_id).state == "delivered"
    desk.drain(text_sender)
    text_sender._next_minding = 0
    desk.drain(text_sender)
    assert desk.told("delivered") == [message_id]
    assert desk.told("failed") == []


# --- the door for reports --------------------------------------------------------------------------------------


def test_reports_may_come_by_post(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    sms.misbehave("dlr_never")
    desk.drain(text_sender)
    assert report(desk, message_id, 1, method="POST") == 204
    assert desk.message(message_id).state == "delivered"


def test_a_report_without_the_secret_finds_no_door(desk, web):
    message_id = an_sms(desk)
    assert report(desk, message_id, 1, token="guess") == 404
    assert report(desk, message_id, 1, token="ñ") == 404
    assert receipts(desk, message_id) == []


def test_a_report_about_nothing_of_ours_is_refused(desk, web):
    an_sms(desk)
    (mail_id,) = (row[0] for row in desk.rows("SELECT message_id FROM message WHERE channel = 'email'"))
    assert report(desk, mail_id, 1) == 404
    assert report(desk, "019ab000-0000-7000-8000-000000000001", 1) == 404
    assert report(desk, "no-uuid", 1) == 404


@pytest.mark.parametrize("report_type", ["x", "", "-1", "256", "99999999999999999999"])
def test_a_report_that_is_none_is_refused(desk, web, report_type):
    assert report(desk, an_sms(desk), report_type) == 422


def test_two_senders_at_once_send_every_sms_once(desk, sms, web):
    for _ in range(15):
        an_sms(desk)
    desk.change("UPDATE channel_breaker SET is_open = true, probe_at = 'infinity' WHERE channel = 'email'")
    one, two = (desk.a_sender(Channel.SMS, identity=f"elsewhere/pid:[1]/{number}/1") for number in (1, 2))
    with in_background(lambda: desk.drain(one), lambda: desk.drain(two)):
        pass
    assert len(sms.messages()) == 15
    assert max(Counter(message["text"] + message["id"] for message in sms.messages()).values()) == 1


def test_a_dead_sender_s_sms_waits_for_its_report(desk, sms, web, text_sender):
    message_id = an_sms(desk)
    with desk.parts.units.begin() as work:
        taken = sending.take(work.session, Channel.SMS, "elsewhere/pid:[1]/1/1", LEASE)
    build_provider(Channel.SMS, desk.settings).send(taken)  # and dies before it can record it
    eventually(lambda: desk.message(message_id).state == "delivered")
    desk.change("UPDATE message SET lease_until = clock_timestamp()")
    text_sender._next_minding = 0
    desk.drain(text_sender)
    assert desk.message(message_id).doubts == 0
    assert len(sms.messages()) == 1

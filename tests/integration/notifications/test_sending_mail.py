"""E-mail over real SMTP: sent once, through every fault a mail server shows."""

import threading
from collections import Counter
from dataclasses import replace

import pytest

from services.notifications.domain.message import Channel
from services.notifications.entrypoints.providers.mime import Sender as MailSender
from services.notifications.entrypoints.providers.smtp import SmtpServer
from services.notifications.entrypoints.sender import build_provider
from services.notifications.store import sending
from shared.db.database import TransactionOpenError
from tests.support.eventually import eventually
from tests.support.notifications_desk import LEASE

pytestmark = pytest.mark.integration

DEAD = "elsewhere/pid:[1]/1/1"


def impatient(desk, seconds=0.5):
    """A server connection that gives up soon."""
    return SmtpServer(
        desk.settings.mail.url, MailSender(desk.settings.mail.sender, ""), connect_seconds=0.5, total_seconds=seconds
    )


def knock_now(desk):
    """Let the time of the next probe come, and of everything else a sender looks at once a second."""
    desk.change("UPDATE channel_breaker SET probe_at = clock_timestamp()")


def breaker(desk, channel="email"):
    return desk.rows("SELECT is_open, failures FROM channel_breaker WHERE channel = :channel", channel=channel)[0]


def test_a_mail_is_sent_once_and_its_proof_is_kept_and_told(desk, mail):
    (message_id,) = desk.write()
    sender = desk.a_sender()
    assert desk.drain(sender) == 1
    assert desk.drain(sender) == 0
    (arrived,) = mail.messages()
    assert arrived["to"] == ["maria@muni.example"]
    assert arrived["message_id"] == f"<{message_id}@ventanilla.example>"
    row = desk.message(message_id)
    assert (row.state, row.attempts, row.untold) == ("submitted", 1, None)
    assert row.last_reply == "250 2.0.0 Guardado en el buzón de prueba"
    assert desk.outcomes(message_id) == ["accepted"]
    assert desk.told("delivered") == [message_id]


def test_the_event_that_follows_carries_on_the_trail_of_its_cause(desk):
    desk.write()
    desk.drain(desk.a_sender())
    ((correlation, event_id, envelope),) = desk.rows("""
        SELECT correlation_id, message.event_id, envelope FROM message JOIN outbox_event ON subject = message_id
    """)
    assert f'"correlationid":"{correlation}"' in envelope
    assert f'"causationid":"{event_id}"' in envelope
    assert '"evidence":"250 2.0.0' in envelope


def test_mails_go_in_the_order_they_were_written(desk, mail):
    written = desk.write(12)
    assert desk.drain(desk.a_sender()) == 12
    arrived = [message["message_id"].strip("<>").partition("@")[0] for message in reversed(mail.messages())]
    assert arrived == [str(message_id) for message_id in written]
    assert len(desk.told("delivered")) == 12


def test_three_senders_at_once_send_every_mail_once(desk, mail):
    desk.write(60)
    senders = [desk.a_sender(identity=f"{DEAD}{number}") for number in range(3)]
    threads = [threading.Thread(target=desk.drain, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    arrived = Counter(message["message_id"] for message in mail.messages())
    assert len(arrived) == 60
    assert set(arrived.values()) == {1}
    assert desk.states() == {"submitted": 60}
    assert sorted(desk.told("delivered")) == sorted(desk.ids())


def test_a_connection_that_the_server_closed_meanwhile_costs_nothing(desk, mail):
    desk.write()
    provider = build_provider(Channel.EMAIL, desk.settings)
    sender = desk.a_sender(provider=provider)
    desk.drain(sender)
    provider._connection.sock.shutdown(2)
    desk.write()
    desk.drain(sender)
    assert desk.states() == {"submitted": 2}
    assert {row.attempts for row in map(desk.message, desk.ids())} == {1}
    assert len(mail.messages()) == 2


def test_nothing_is_sent_while_a_transaction_is_open(desk):
    desk.write()
    with desk.parts.units.begin() as work:
        taken = sending.take(work.session, Channel.EMAIL, DEAD, LEASE)
        with pytest.raises(TransactionOpenError):
            build_provider(Channel.EMAIL, desk.settings).send(taken)


# --- refusals --------------------------------------------------------------------------------------------------


def test_a_refusal_for_now_is_tried_again_later(desk, mail):
    (message_id,) = desk.write()
    mail.misbehave("refuse_4xx", count=1)
    sender = desk.a_sender()
    assert desk.drain(sender) == 1
    row = desk.message(message_id)
    assert (row.state, row.tries) == ("pending", 1)
    assert row.last_reply.startswith("451 4.3.0")
    assert 9 < desk.rows("SELECT extract(epoch FROM next_at - clock_timestamp()) FROM message")[0][0] <= 10
    assert desk.drain(sender) == 0
    desk.make_due()
    assert desk.drain(sender) == 1
    assert desk.outcomes(message_id) == ["unavailable", "accepted"]
    assert len(mail.messages()) == 1


def test_a_refusal_for_good_fails_at_once_and_is_told(desk, mail):
    refused, fine = desk.write(2)
    mail.misbehave("refuse_5xx", count=1)
    desk.drain(desk.a_sender())
    assert desk.message(refused).state == "failed"
    assert desk.message(refused).last_reply.startswith("550 5.1.1")
    assert desk.message(fine).state == "submitted"
    assert desk.told("failed") == [refused]
    assert not breaker(desk).is_open


@pytest.mark.parametrize("email", ["no-at-sign", "a@b\r\nDATA", "ñandú@muni.example\n", "<a@b>", "a b@c", ""])
def test_an_address_that_is_none_fails_and_hurts_nobody_else(desk, mail, email):
    desk.write(official_id=desk.an_official(email=email))
    desk.write()
    desk.drain(desk.a_sender())
    assert desk.states() == {"failed": 1, "submitted": 1}
    assert len(mail.messages()) == 1


def test_an_address_beyond_ascii_is_written_to(desk, mail):
    desk.write(official_id=desk.an_official(email="ñandú@muni.example"))
    desk.drain(desk.a_sender())
    assert mail.messages()[0]["to"] == ["ñandú@muni.example"]


def test_after_twelve_refusals_it_is_enough(desk, mail):
    (message_id,) = desk.write()
    desk.change("UPDATE message SET tries = 11, attempts = 11")
    mail.misbehave("refuse_4xx", count=1)
    desk.drain(desk.a_sender())
    assert desk.message(message_id).state == "failed"
    assert desk.told("failed") == [message_id]


# --- outages ---------------------------------------------------------------------------------------------------


def test_a_server_that_is_away_stops_the_line_and_costs_no_message_a_try(desk, mail):
    desk.write(8)
    mail.unplug()
    sender = desk.a_sender(provider=impatient(desk))
    desk.drain(sender)
    assert breaker(desk).is_open
    tried = sum(row.attempts for row in map(desk.message, desk.ids()) if row.state == "pending")
    assert tried == 1
    assert {row.tries for row in map(desk.message, desk.ids())} == {0}


def test_when_the_server_is_back_one_probe_lets_everything_go(desk, mail):
    mail.unplug()
    sender = desk.a_sender(provider=impatient(desk))
    first = desk.write()
    desk.drain(sender)
    assert breaker(desk).is_open
    desk.write(8)
    sender._next_minding = 0
    assert not sender.turn()  # the door is closed, and it is not time to knock
    mail.misbehave("none")
    eventually(mail.is_listening)
    knock_now(desk)
    eventually(lambda: (sender.turn(), desk.states() == {"submitted": 9})[-1], within=15)
    assert tuple(breaker(desk)) == (False, 0)
    assert len(mail.messages()) == 9
    assert desk.message(first[0]).tries == 0


def test_five_refusals_open_the_breaker_and_success_makes_the_rest_due_at_once(desk, mail):
    desk.write(7)
    mail.misbehave("refuse_4xx")
    sender = desk.a_sender()
    assert desk.drain(sender) == 5
    assert breaker(desk).is_open
    assert {row.state for row in map(desk.message, desk.ids())} == {"pending"}
    mail.misbehave("none")
    knock_now(desk)
    sender._next_minding = 0
    eventually(lambda: (sender.turn(), desk.states() == {"submitted": 7})[-1], within=15)
    assert len(mail.messages()) == 7


def test_a_failed_probe_leaves_the_door_closed_and_costs_nothing(desk, mail):
    (message_id,) = desk.write()
    mail.misbehave("refuse_4xx")
    desk.change("UPDATE channel_breaker SET is_open = true, failures = 5, probe_at = clock_timestamp()")
    sender = desk.a_sender()
    desk.drain(sender)
    assert desk.message(message_id).tries == 0
    assert desk.outcomes(message_id) == ["unavailable"]
    ((seconds,),) = desk.rows("""
        SELECT extract(epoch FROM probe_at - clock_timestamp()) FROM channel_breaker WHERE channel = 'email'
    """)
    assert 3 < seconds <= 5


def test_the_breaker_of_one_channel_does_not_stop_the_other(desk, sms):
    desk.change("UPDATE channel_breaker SET is_open = true, probe_at = 'infinity' WHERE channel = 'email'")
    desk.write(phone="+51987654321")
    assert desk.drain(desk.a_sender(Channel.SMS)) == 1
    assert desk.drain(desk.a_sender(Channel.EMAIL)) == 0


# --- doubt -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["drop_after_data", "hang_after_data"])
def test_silence_after_the_content_is_recorded_as_doubt_and_repeated_with_the_same_id(desk, mail, mode):
    (message_id,) = desk.write()
    mail.misbehave(mode, seconds=5, count=1)
    sender = desk.a_sender(provider=impatient(desk))
    desk.drain(sender)
    row = desk.message(message_id)
    assert (row.state, row.doubts) == ("pending", 1)
    desk.make_due()
    desk.drain(sender)
    assert desk.outcomes(message_id) == ["uncertain", "accepted"]
    copies = mail.messages()
    assert len(copies) == 2
    assert {copy["message_id"] for copy in copies} == {f"<{message_id}@ventanilla.example>"}
    assert desk.told("delivered") == [message_id]


def test_a_server_that_never_confirms_gets_three_copies_not_twelve(desk, mail):
    (message_id,) = desk.write()
    mail.misbehave("drop_after_data")
    sender = desk.a_sender(provider=impatient(desk))
    for _ in range(5):
        desk.make_due()
        desk.drain(sender)
    assert desk.message(message_id).state == "held"
    assert len(mail.messages()) == 3
    assert desk.told("held") == [message_id]


def test_a_mistake_of_ours_counts_as_doubt_and_does_not_end_the_sender(desk, mail):
    first, second = desk.write(2)

    class Stumbling(SmtpServer):
        def _connected(self):
            if not self.__dict__.setdefault("has_stumbled", False):
                self.has_stumbled = True
                raise ZeroDivisionError
            return super()._connected()

    provider = Stumbling(desk.settings.mail.url, MailSender(desk.settings.mail.sender, ""))
    desk.drain(desk.a_sender(provider=provider))
    assert desk.outcomes(first) == ["uncertain"]
    assert desk.message(second).state == "submitted"


def test_a_lapsed_lease_is_doubt_and_a_mail_is_repeated(desk, mail):
    (message_id,) = desk.write()
    with desk.parts.units.begin() as work:
        sending.take(work.session, Channel.EMAIL, DEAD, LEASE)
    sender = desk.a_sender()
    assert desk.drain(sender) == 0  # whoever has it may still be sending
    desk.change("UPDATE message SET lease_until = clock_timestamp()")
    sender._next_minding = 0
    eventually(lambda: (sender.turn(), desk.message(message_id).state == "submitted")[-1])
    assert desk.outcomes(message_id) == ["uncertain", "accepted"]
    assert desk.message(message_id).doubts == 1


def test_a_sender_that_was_frozen_and_wakes_up_does_not_cause_a_second_copy(desk, mail):
    (message_id,) = desk.write()
    other = desk.a_sender()

    class Frozen(SmtpServer):
        def send(self, message):
            result = super().send(message)
            desk.change("UPDATE message SET lease_until = clock_timestamp()")
            with desk.parts.units.begin() as work:
                other._desk.settle_doubts(work, lambda _: False)
            assert desk.message(message_id).state == "pending"
            return result

    desk.drain(desk.a_sender(provider=Frozen(desk.settings.mail.url, MailSender(desk.settings.mail.sender, ""))))
    assert desk.drain(other) == 0
    assert desk.message(message_id).state == "submitted"
    assert desk.outcomes(message_id) == ["accepted"]
    assert len(mail.messages()) == 1


def test_what_was_taken_in_a_commit_without_an_answer_is_given_back_unharmed(desk, mail):
    (message_id,) = desk.write()
    sender = desk.a_sender()
    with desk.parts.units.begin() as work:
        sender._desk.exchange(work, None, wants_next=True)
    sender._is_database_doubtful = True
    desk.drain(sender)
    row = desk.message(message_id)
    assert (row.state, row.attempts, row.doubts) == ("submitted", 1, 0)
    assert len(mail.messages()) == 1


def test_an_outcome_is_recorded_when_the_database_comes_back(desk, mail, servers):
    (message_id,) = desk.write()
    sender = desk.a_sender()
    assert sender.turn()  # sent, and in hand
    servers.disconnect_everybody(desk.parts.settings.database_url)
    stop = threading.Event()
    running = threading.Thread(target=sender.run, args=(stop,))
    running.start()
    eventually(lambda: desk.message(message_id).state == "submitted")
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert len(mail.messages()) == 1


def test_a_frozen_lease_is_longer_than_any_send_can_take(desk):
    sender_lease = desk.a_sender()._desk._lease
    provider = build_provider(Channel.EMAIL, desk.settings)
    assert sender_lease.total_seconds() >= provider._connect_seconds + provider._total_seconds


def test_wrong_credentials_stop_the_line_and_fail_no_message(desk, mail):
    desk.settings = replace(desk.settings, mail=replace(desk.settings.mail, url=mail.url.replace("//", "//u:p@")))
    (message_id,) = desk.write()
    desk.drain(desk.a_sender())
    assert (desk.message(message_id).state, desk.message(message_id).tries) == ("pending", 0)
    assert breaker(desk).is_open

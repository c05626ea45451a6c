"""Who is told what: every event, in every order, thrice."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from services.notifications.entrypoints import events
from services.notifications.store import consultations
from services.notifications.use_cases.access_links import forget_expired
from services.notifications.use_cases.officials import DATE_WAIT_TIMER
from shared.contracts.account import AccessLinkRequested, AccountRegistered, AccountUpdated
from shared.contracts.case import (
    AssignmentUnstaffed,
    Attachment,
    CaseAnswered,
    CaseClarificationRequested,
    CaseClarified,
    CaseClosed,
    CaseEscalated,
    CaseReassigned,
    Citation,
    SlaBreached,
    SlaWarning,
)
from shared.contracts.consultation import ConsultationSubmitted
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.ids import new_id
from shared.messaging.clock_process import ClockProcess
from shared.messaging.processes import build_consumer
from shared.messaging.retry import NotYet
from tests.support.events import an_envelope, an_event
from tests.support.notifications_desk import TOPIC, a_classification, an_assignment, an_event_asker

pytestmark = pytest.mark.integration

MOBILE = "+51987654321"


def letters(desk):
    """(template, channel, recipient) of everything written."""
    found = desk.rows("SELECT template, channel, recipient_id FROM message ORDER BY template, channel")
    return [tuple(row) for row in found]


def an_account(desk, role="advisor", **values):
    account_id = new_id()
    desk.say(an_event(AccountRegistered, account_id=account_id, role=role, **values))
    return account_id


def fire(desk, at):
    """Let the real clock come to a moment; returns how many timers it fired."""
    desk.change("UPDATE timer SET due_at = clock_timestamp(), try_at = clock_timestamp() WHERE due_at <= :at", at=at)
    consumer = build_consumer(desk.parts, events.handlers)
    return ClockProcess(desk.parts.settings, desk.parts.units, consumer, events.timer_handlers).fire_due()


def test_handlers_are_complete():
    events.handlers.require_complete()
    assert events.timer_handlers.names == ["digest.send", DATE_WAIT_TIMER]


def test_received_goes_out_with_code_and_promised_date_by_mail_and_sms(desk):
    official = desk.an_official(phone=MOBILE)
    consultation = desk.a_consultation(official, subject_line="Devengado")
    assert letters(desk) == []
    promised = datetime(2026, 7, 30, 16, tzinfo=UTC)
    desk.say(a_classification(consultation, promised_at=promised))
    assert letters(desk) == [("received", "email", official), ("received", "sms", official)]
    ((subject, body),) = desk.rows("SELECT subject, body_text FROM message_content WHERE subject <> ''")
    assert consultation.code in subject
    assert "jueves 30 de julio de 2026, 11:00" in body
    assert "Tema: Presupuesto" in body


def test_an_official_without_a_mobile_gets_no_sms(desk):
    consultation = desk.a_consultation(desk.an_official(phone="+5114567890"))
    desk.say(a_classification(consultation))
    assert [letter[:2] for letter in letters(desk)] == [("received", "email")]


def test_people_are_written_to_in_their_language(desk):
    consultation = desk.a_consultation(desk.an_official(locale="en"))
    desk.say(a_classification(consultation))
    assert desk.rows("SELECT body_text FROM message_content")[0][0].startswith("Hello, ")


def test_received_is_written_once_however_often_a_case_is_classified(desk):
    consultation = desk.a_consultation(desk.an_official())
    first = desk.say(a_classification(consultation))
    desk.handle(first)
    desk.say(a_classification(consultation))
    assert len(letters(desk)) == 1


def test_without_a_classification_the_official_hears_after_ten_minutes_and_only_once(desk):
    consultation = desk.a_consultation(desk.an_official())
    now = datetime.now(UTC)
    assert fire(desk, now + timedelta(minutes=9)) == 0
    assert fire(desk, now + timedelta(minutes=11)) == 1
    desk.say(a_classification(consultation))
    assert len(letters(desk)) == 1
    assert "Buscamos a la persona indicada" in desk.rows("SELECT body_text FROM message_content")[0][0]


def test_a_classification_ends_the_waiting(desk):
    consultation = desk.a_consultation(desk.an_official())
    desk.say(a_classification(consultation))
    assert fire(desk, datetime.now(UTC) + timedelta(days=1)) == 0
    assert len(letters(desk)) == 1


def test_a_letter_of_a_timer_waits_for_the_address_too(desk):
    desk.a_consultation(new_id())
    fire(desk, datetime.now(UTC) + timedelta(days=1))
    assert letters(desk) == []
    ((state, error),) = desk.rows("SELECT state, last_error FROM timer")
    assert (state, "no contact point" in error) == ("armed", True)
    assert desk.rows("SELECT acknowledged_at FROM consultation")[0][0] is None


def test_a_classification_waits_for_its_consultation(desk):
    official = desk.an_official()
    consultation = desk.a_consultation(official)
    desk.change("DELETE FROM consultation")
    with pytest.raises(NotYet, match="consultation"):
        desk.say(a_classification(consultation))


def test_a_consultation_that_is_committed_by_another_worker_meanwhile_is_not_taken_for_told(desk, monkeypatch):
    """Seen in the fault plan: between "nothing to claim" and "is it here" the other worker's commit fell."""
    consultation = desk.a_consultation(desk.an_official())
    event = a_classification(consultation)
    with monkeypatch.context() as patch:
        patch.setattr(consultations, "acknowledge", lambda *_: None)  # what is seen of a row not committed yet
        with pytest.raises(NotYet):
            desk.say(event)
    desk.say(event)
    assert len(letters(desk)) == 1
    desk.say(a_classification(consultation))
    assert len(letters(desk)) == 1


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_order_of_arrival_ends_the_same(desk, order):
    official, advisor = new_id(), new_id()
    registered = an_envelope(an_event(OfficialRegistered, official_id=official, phone=MOBILE))
    hired = an_envelope(an_event(AccountRegistered, account_id=advisor, role="advisor"), source="routing")
    consultation = an_event(ConsultationSubmitted, asker=an_event_asker(official))
    submitted = an_envelope(consultation)
    classified = an_envelope(a_classification(consultation), source="routing")
    assigned = an_envelope(an_assignment(consultation, advisor), source="routing")
    arrivals = [registered, submitted, classified, assigned]
    waiting = [hired, *(arrivals[index] for index in order)] * 3
    inbox = set()
    for _ in range(4):  # what was not ready is tried again, as the inbox does
        for envelope in list(waiting):
            if envelope.id in inbox:
                continue
            try:
                desk.handle(envelope)
                inbox.add(envelope.id)
            except NotYet:
                pass
    assert len(inbox) == 5
    assert letters(desk) == [
        ("assigned", "email", official),
        ("case_assigned", "email", advisor),
        ("received", "email", official),
        ("received", "sms", official),
    ]


def test_one_event_that_waits_leaves_nothing_of_its_batch_behind(desk):
    official = desk.an_official()
    good = an_envelope(an_event(CaseAnswered, official_id=official), source="routing")
    bad = an_envelope(an_event(CaseAnswered, official_id=new_id()), source="routing")
    with pytest.raises(NotYet):
        desk.handle(good, bad)
    assert letters(desk) == []
    desk.handle(good)
    assert len(letters(desk)) == 1


def test_a_batch_is_written_whole(desk):
    official = desk.an_official(phone=MOBILE)
    batch = [an_envelope(an_event(CaseAnswered, official_id=official), source="routing") for _ in range(30)]
    desk.handle(*batch, *batch)
    assert len(letters(desk)) == 60
    assert desk.rows("SELECT count(*) FROM message_content")[0][0] == 60


def test_a_new_address_is_used_for_what_waits_and_an_old_event_changes_nothing(desk):
    official = desk.an_official(phone=MOBILE)
    desk.write(official_id=official)
    new = an_event(OfficialUpdated, official_id=official, email="nueva@muni.example", phone="+51911111111")
    desk.say(new, sequence=5)
    desk.say(an_event(OfficialUpdated, official_id=official, email="vieja@muni.example"), sequence=4)
    assert {row[0] for row in desk.rows("SELECT address FROM message")} == {"nueva@muni.example", "+51911111111"}
    assert desk.rows("SELECT email, sequence FROM contact") == [("nueva@muni.example", 5)]


def test_who_has_left_gets_nothing(desk):
    advisor = an_account(desk)
    desk.say(an_event(AccountUpdated, account_id=advisor, role="advisor", is_active=False), sequence=2)
    desk.say(an_event(SlaWarning, advisor_id=advisor))
    assert letters(desk) == []


def test_the_advisor_is_warned_and_reads_what_the_official_wrote(desk):
    advisor = an_account(desk)
    desk.say(an_event(SlaWarning, advisor_id=advisor, clock="first_response", fraction=0.75))
    desk.say(an_event(CaseClarified, advisor_id=advisor, body="Adjunto el dato"))
    assert [letter[:2] for letter in letters(desk)] == [("official_replied", "email"), ("sla_warning", "email")]
    bodies = "\n".join(row[0] for row in desk.rows("SELECT body_text FROM message_content"))
    assert "75 % de su plazo de primera respuesta" in bodies
    assert "Adjunto el dato" in bodies


def test_a_case_of_nobody_warns_nobody(desk):
    desk.say(an_event(SlaWarning, advisor_id=None))
    desk.say(an_event(CaseClarified, advisor_id=None))
    assert letters(desk) == []


def test_each_supervisor_hears_once_of_a_breach_and_of_a_case_that_nobody_can_take(desk):
    one, two = an_account(desk, "supervisor"), an_account(desk, "supervisor")
    desk.say(an_event(SlaBreached, advisor_id=None))
    desk.say(an_event(CaseEscalated, supervisor_ids=(one, two, one), advisor_id=None, cause="sla_breached"))
    desk.say(an_event(AssignmentUnstaffed, supervisor_ids=(two,), topic=TOPIC))
    assert sorted(letters(desk)) == sorted(
        [("escalated", "email", one), ("escalated", "email", two), ("unstaffed", "email", two)]
    )
    assert "venció un plazo" in desk.rows("SELECT body_text FROM message_content ORDER BY 1")[0][0]


def test_an_escalation_of_a_kind_not_known_yet_is_still_passed_on(desk):
    supervisor = an_account(desk, "supervisor")
    desk.say(an_event(CaseEscalated, supervisor_ids=(supervisor,), advisor_id=supervisor, cause="new_cause"))
    assert "new_cause" in desk.rows("SELECT body_text FROM message_content")[0][0]


def test_every_cause_that_the_desk_names_has_words(desk):
    supervisor = an_account(desk, "supervisor")
    desk.say(
        an_event(CaseEscalated, supervisor_ids=(supervisor,), advisor_id=supervisor, cause="at_risk_without_advisor")
    )
    assert "está por vencer y no tiene asesor" in desk.rows("SELECT body_text FROM message_content")[0][0]


def test_who_takes_over_and_the_official_hear_of_a_hand_over(desk):
    official, advisor = desk.an_official(), an_account(desk)
    consultation = desk.a_consultation(official)
    assigned = an_assignment(consultation, advisor)
    common = {field.name: getattr(assigned, field.name) for field in fields(assigned)}
    desk.say(CaseReassigned(**common, previous_advisor_id=new_id()))
    assert [letter[:1] for letter in letters(desk)] == [("assigned",), ("case_assigned",)]
    assert "otra persona de nuestro equipo" in "".join(r[0] for r in desk.rows("SELECT body_text FROM message_content"))


def test_of_a_merged_consultation_only_the_official_hears_who_looks_after_it(desk):
    official, advisor = desk.an_official(), an_account(desk)
    assigned = an_assignment(desk.a_consultation(official), advisor)
    desk.say(replace(assigned, is_told_along=True))
    assert [letter[:1] for letter in letters(desk)] == [("assigned",)]


def test_the_question_of_an_advisor_reaches_mail_and_phone(desk):
    official = desk.an_official(phone=MOBILE)
    desk.say(an_event(CaseClarificationRequested, official_id=official, body="¿De qué año es el gasto?"))
    bodies = [row[0] for row in desk.rows("SELECT body_text FROM message_content")]
    assert len(bodies) == 2
    assert all("¿De qué año es el gasto?" in body.replace("que año", "qué año") for body in bodies)


@pytest.mark.parametrize(
    ("outcome", "count"), [("answered", 0), ("withdrawn", 0), ("out_of_scope", 1), ("abandoned", 1)]
)
def test_only_an_end_without_an_answer_is_explained(desk, outcome, count):
    desk.say(an_event(CaseClosed, official_id=desk.an_official(), outcome=outcome))
    assert len(letters(desk)) == count


# --- links ---------------------------------------------------------------------------------------------------------


def a_link(minutes=15, **values):
    expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
    return an_event(AccessLinkRequested, email="quien@muni.example", expires_at=expires_at, **values)


def test_a_link_goes_at_once_and_first_to_the_address_it_was_asked_for_with(desk):
    official = desk.an_official()
    desk.write(3, official_id=official)
    desk.say(a_link(account_id=official))
    desk.say(an_event(OfficialUpdated, official_id=official, email="otra@muni.example"), sequence=2)
    first = desk.rows("SELECT template, address FROM message WHERE state = 'pending' ORDER BY next_at LIMIT 1")
    assert first == [("access_link", "quien@muni.example")]


def test_a_link_needs_no_contact_point(desk):
    desk.say(a_link())
    assert desk.states() == {"pending": 1}


def test_a_link_that_has_expired_is_not_written(desk):
    desk.say(a_link(minutes=-1))
    assert letters(desk) == []


def test_a_link_is_forgotten_once_it_is_sent(desk, mail):
    desk.say(a_link())
    desk.drain(desk.a_sender())
    assert "https://ventanilla.example/enlace" in mail.read(mail.messages()[0]["id"])["text"]
    assert desk.rows("SELECT body_text, body_html FROM message_content") == [("[retirado / removed]", "")]


def test_a_link_that_could_not_be_sent_in_time_fails_and_is_forgotten(desk):
    desk.say(a_link())
    desk.change("UPDATE message SET expires_at = clock_timestamp()")
    assert desk.drain(desk.a_sender()) == 0
    with desk.parts.units.begin() as work:
        forget_expired(work)
    assert desk.states() == {"failed": 1}
    assert desk.rows("SELECT body_text FROM message_content")[0][0] == "[retirado / removed]"
    desk.drain(desk.a_sender())
    assert desk.told("failed") == desk.ids()


# --- cap -----------------------------------------------------------------------------------------------------------


def test_beyond_the_cap_messages_are_held_and_seen_not_dropped(desk):
    desk.with_cap(3)
    official = desk.an_official()
    desk.write(5, official_id=official)
    desk.write(1)
    assert desk.states() == {"pending": 4, "held": 2}
    desk.drain(desk.a_sender())
    held = [row[0] for row in desk.rows("SELECT message_id FROM message WHERE state = 'held'")]
    assert sorted(desk.told("held")) == sorted(held)
    assert desk.message(held[0]).last_reply == "held: hourly cap of this recipient reached"


def test_the_cap_counts_an_hour_a_person_and_a_channel(desk):
    desk.with_cap(1)
    official = desk.an_official(phone=MOBILE)
    desk.write(1, official_id=official)
    assert desk.states() == {"pending": 2}
    desk.change("UPDATE message SET created_at = created_at - interval '61 minutes'")
    desk.write(1, official_id=official)
    assert desk.states() == {"pending": 4}


def test_a_link_is_never_held_by_the_cap(desk):
    desk.with_cap(1)
    official = desk.an_official()
    desk.write(1, official_id=official)
    desk.say(a_link(account_id=official))
    assert desk.states() == {"pending": 2}


def test_the_mail_of_an_answer_lists_the_norms_it_cites_and_names_its_files(desk):
    cited = (
        Citation(text="Ley N.° 27972, art. 41", title="LOM", url="https://x.pe/a", validity="in_force",
                 checked_on=date(2026, 11, 23)),
        Citation(text="Ley N.° 30225", title="LCE", url="", validity="repealed", checked_on=date(2026, 11, 23),
                 valid_until=date(2025, 4, 22)),
    )  # fmt: skip
    file = Attachment(name="modelo.docx", media_type="x/y", byte_count=1, sha256="ab", path="/adjuntos/abc")
    desk.say(an_event(CaseAnswered, official_id=desk.an_official(), citations=cited, attachments=(file,)))
    ((text, html),) = desk.rows("SELECT body_text, body_html FROM message_content")
    assert "- Ley N.° 27972, art. 41 · LOM\n- Ley N.° 30225 · LCE (derogada desde el 22/04/2025)" in text
    assert 'href="https://x.pe/a"' in html
    assert "La respuesta trae 1 archivo (modelo.docx)" in text
    assert "/adjuntos/" not in text + html

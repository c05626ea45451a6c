"""The bytes of an e-mail, read back by the standard library's parser."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.provider import Taken
from services.notifications.entrypoints.providers.mime import Sender, to_bytes
from services.notifications.entrypoints.providers.smtp import _with_dots

ID = UUID("019ab000-0000-7000-8000-000000000001")
SENDER = Sender("Ventanilla Perú <ventanilla@ventanilla.example>", "")


def taken(**values) -> Taken:
    made = {
        "message_id": ID, "attempt": 1, "channel": "email", "template": "answered", "locale": "es",
        "address": "maria@muni.example", "recipient_name": "María Quispe", "subject": "Respuesta",
        "body_text": "Hola\n", "body_html": "<p>Hola</p>\n", "tries": 0, "doubts": 0, "age": timedelta(0),
        "created_at": datetime(2026, 11, 23, 12, tzinfo=UTC), "correlation_id": "c-1", "is_channel_troubled": False,
        "is_probe": False,
    }  # fmt: skip
    return Taken(**{**made, **values})


def parsed(message: Taken, sender: Sender = SENDER):
    return email.message_from_bytes(to_bytes(message, sender), policy=email.policy.default)


def test_a_mail_says_who_what_and_that_a_machine_wrote_it():
    mail = parsed(taken())
    assert mail["From"] == "Ventanilla Perú <ventanilla@ventanilla.example>"
    assert mail["To"] == "María Quispe <maria@muni.example>"
    assert mail["Message-ID"] == f"<{ID}@ventanilla.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] is None
    assert mail["Date"].datetime == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_replies_go_where_somebody_reads():
    assert parsed(taken(), Sender(SENDER.mailbox, "mesa@ventanilla.example"))["Reply-To"] == "mesa@ventanilla.example"


text = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=300)


@given(subject=text, body=text, html=text, name=text)
def test_texts_arrive_as_they_were_written(subject, body, html, name):
    mail = parsed(taken(subject=subject, body_text=body + "\n", body_html=html + "\n", recipient_name=name))
    for kind, written in (("plain", body), ("html", html)):
        # Lines end in CRLF on the wire; what they hold is what was written.
        assert mail.get_body((kind,)).get_content().replace("\r\n", "\n") == written + "\n"
    assert (mail["Subject"] or "").split() == "".join(c if c.isprintable() else " " for c in subject).split()


@given(subject=text, name=text)
def test_no_text_can_write_a_header_or_a_line_too_long(subject, name):
    raw = to_bytes(taken(subject=subject, recipient_name=name), SENDER)
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names)) <= 12
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_every_attempt_sends_the_same_bytes():
    assert to_bytes(taken(attempt=1), SENDER) == to_bytes(taken(attempt=2), SENDER)


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b".a\r\n", b"..a\r\n.\r\n"),
    ],
)
def test_a_line_with_a_dot_does_not_end_the_mail(content, wire):
    assert _with_dots(content) == wire

"""The sending desk of notifications in a test's own hands: events in, one turn of a sender at a time, rows out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.notifications.domain.message import Channel
from services.notifications.domain.provider import Provider
from services.notifications.entrypoints import events
from services.notifications.entrypoints.identity import own_identity
from services.notifications.entrypoints.sender import Sender, build_provider
from services.notifications.settings import Settings
from services.notifications.use_cases.sending import Desk
from services.notifications.use_cases.writing import Writer
from shared.contracts.case import Advisor, CaseAnswered, CaseAssigned, CaseClassified, Topic
from shared.contracts.consultation import Asker, ConsultationSubmitted
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.official import OfficialRegistered
from shared.ids import new_id
from shared.messaging.processes import Parts
from tests.support.events import an_envelope, an_event

DLR_TOKEN = "secreto-de-informes"
TOPIC = Topic(code="presupuesto", name_es="Presupuesto", name_en="Budget")
LEASE = timedelta(seconds=40)


class NotificationsDesk:
    """One service, one database, as many senders as a test wants."""

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self.parts = parts
        self.settings = settings
        self.writer = cache(self._make_writer)
        self._providers: list[Provider] = []

    def _make_writer(self) -> Writer:
        return Writer(
            intake_url=self.settings.intake_url,
            routing_url=self.settings.routing_url,
            hourly_cap=self.settings.hourly_cap,
        )

    def with_cap(self, cap: int) -> None:
        """Hold what goes beyond `cap` messages an hour to one person."""
        self.settings = replace(self.settings, hourly_cap=cap)
        self.writer.cache_clear()

    # --- events --------------------------------------------------------------------------------------------

    def handle(self, *envelopes: Envelope) -> None:
        """Apply events in one transaction, as the worker does with a batch."""
        with self.parts.units.begin() as work:
            for envelope in envelopes:
                events.handlers.handle(envelope, work)

    def say(self, event: Event, **values: Any) -> Envelope:
        """Apply one event; returns its envelope, to apply it again."""
        envelope = an_envelope(event, **{"source": "routing", **values})
        self.handle(envelope)
        return envelope

    def an_official(self, *, phone: str | None = None, locale: str = "es", email: str = "maria@muni.example") -> UUID:
        """Somebody who can be written to."""
        official_id = new_id()
        self.say(an_event(OfficialRegistered, official_id=official_id, phone=phone, locale=locale, email=email))
        return official_id

    def a_consultation(self, official_id: UUID, **values: Any) -> ConsultationSubmitted:
        """A consultation that was submitted."""
        asker = an_event_asker(official_id)
        event = an_event(ConsultationSubmitted, asker=asker, **values)
        self.say(event, source="intake")
        return event

    def write(self, count: int = 1, *, phone: str | None = None, official_id: UUID | None = None) -> list[UUID]:
        """`count` answers to an official, ready to be sent; returns the ids of the messages, SMS included."""
        official_id = official_id or self.an_official(phone=phone)
        before = set(self.ids())
        for _ in range(count):
            self.say(an_event(CaseAnswered, official_id=official_id, consultation_id=new_id()))
        return [message_id for message_id in self.ids() if message_id not in before]

    # --- senders -------------------------------------------------------------------------------------------

    def a_sender(
        self, channel: Channel = Channel.EMAIL, *, provider: Provider | None = None, identity: str | None = None,
        lease: timedelta = LEASE,
    ) -> Sender:  # fmt: skip
        """A sender whose turns the test takes."""
        desk = Desk(
            channel,
            identity or own_identity(),
            lease=lease,
            receipt_wait=timedelta(seconds=self.settings.receipt_wait_seconds),
        )
        self._providers.append(provider or build_provider(channel, self.settings))
        return Sender(self.parts.units, desk, self._providers[-1])

    def close(self) -> None:
        """Give back what the senders keep."""
        for provider in self._providers:
            provider.rest()

    def drain(self, sender: Sender, limit: int = 500) -> int:
        """Turns until there is nothing to send; returns how many messages were tried."""
        for tried in range(limit):
            if not sender.turn():
                return tried
        raise AssertionError(f"still sending after {limit} turns")

    # --- rows ----------------------------------------------------------------------------------------------

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Look into the database."""
        with self.parts.database.transaction() as session:
            return list(session.execute(text(query), values).all())

    def change(self, statement: str, **values: Any) -> None:
        """Change the database, to bring about what would take long."""
        with self.parts.database.transaction() as session:
            session.execute(text(statement), values)

    def ids(self) -> list[UUID]:
        """Every message, oldest first."""
        return [row[0] for row in self.rows("SELECT message_id FROM message ORDER BY message_id")]

    def message(self, message_id: UUID) -> Any:
        """One row of the ledger."""
        (row,) = self.rows("SELECT * FROM message WHERE message_id = :id", id=message_id)
        return row

    def states(self) -> dict[str, int]:
        """How many messages are in which state."""
        return {row[0]: row[1] for row in self.rows("SELECT state, count(*) FROM message GROUP BY state")}

    def outcomes(self, message_id: UUID) -> list[str]:
        """What became of each attempt."""
        found = self.rows("SELECT outcome FROM message_attempt WHERE message_id = :id ORDER BY number", id=message_id)
        return [row[0] for row in found]

    def told(self, kind: str) -> list[UUID]:
        """The messages about which `message.<kind>` was emitted, once per event."""
        found = self.rows("SELECT subject FROM outbox_event WHERE type = :type", type=f"message.{kind}")
        return [row[0] for row in found]

    def make_due(self) -> None:
        """Let the time that everything waits for be over."""
        self.change("UPDATE message SET next_at = clock_timestamp() WHERE state IN ('pending', 'uncertain')")


def an_event_asker(official_id: UUID) -> Asker:
    """The asker of a consultation."""
    return Asker(
        official_id=official_id, full_name="María Quispe", position="Tesorera", ubigeo="080101",
        municipality="Cusco", locale="es",
    )  # fmt: skip


def a_classification(consultation: ConsultationSubmitted, **values: Any) -> CaseClassified:
    """Routing's word on a consultation."""
    common = {
        "consultation_id": consultation.consultation_id,
        "code": consultation.code,
        "official_id": consultation.asker.official_id,
        "topic": TOPIC,
    }
    return an_event(CaseClassified, **{**common, **values})


def an_assignment(consultation: ConsultationSubmitted, advisor_id: UUID, **values: Any) -> CaseAssigned:
    """A case that was given to somebody."""
    common = {
        "consultation_id": consultation.consultation_id,
        "code": consultation.code,
        "official_id": consultation.asker.official_id,
        "subject_line": consultation.subject_line,
        "topic": TOPIC,
        "advisor": Advisor(id=advisor_id, full_name="Rosa Huamán"),
    }
    return an_event(CaseAssigned, **{**common, **values})


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that a process with these settings would be started with."""
    service = settings.service
    values = {
        "DATABASE_URL": service.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "REDIS_URL": service.redis_url,
        "PEER_KEYS": ",".join(
            f"{peer}={'|'.join(key.hex() for key in keys)}" for peer, keys in service.peer_keys.items()
        ),
        "SECRET_KEY": service.secret_key,
        "PUBLIC_URL": service.public_url,
        "SMTP_URL": settings.mail.url,
        "MAIL_FROM": settings.mail.sender,
        "SMS_URL": settings.sms.url,
        "SMS_USER": settings.sms.user,
        "SMS_PASSWORD": settings.sms.password,
        "SMS_DLR_BASE_URL": settings.sms.dlr_base_url,
        "SMS_DLR_TOKEN": settings.sms.dlr_token,
        "INTAKE_URL": settings.intake_url,
        "ROUTING_URL": settings.routing_url,
        "RECEIPT_WAIT_SECONDS": str(settings.receipt_wait_seconds),
    }
    return {f"NOTIFICATIONS_{name}": value for name, value in values.items()}

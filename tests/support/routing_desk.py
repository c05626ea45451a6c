"""Routing as a test sees it: real events through its real consumer, real staff, its real database and model."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.routing.domain.working_time import working_seconds_between
from services.routing.entrypoints.events import event_handlers, timer_handlers
from services.routing.entrypoints.learning.models import load_classifier
from services.routing.store.holiday_source import desk_calendar
from services.routing.store.models import Case
from services.routing.use_cases import staff
from shared.accounts import people
from shared.accounts.people import Person
from shared.contracts.catalog import contract_of
from shared.contracts.consultation import (
    Asker,
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.contracts.envelope import batch_of
from shared.contracts.event import Event
from shared.ids import new_id
from shared.messaging.clock_process import ClockProcess
from shared.messaging.processes import Parts, build_consumer
from shared.messaging.signing import Signatures
from shared.messaging.work import Work
from tests.support.events import an_envelope
from tests.support.settings import peer_keys

MODELS = Path(__file__).resolve().parents[2] / "var" / "models"
"""Where the runtime keeps its models too: built once per corpus, some fifteen seconds."""

PASSWORD = "una clave larga y propia"

TEXTS = {
    "presupuesto": (
        "Nota modificatoria",
        "¿Cómo registramos en el SIAF una modificación presupuestaria y qué resolución aprueba la certificación?",
    ),
    "contrataciones": (
        "Penalidad",
        "¿Corresponde aplicar penalidad por mora al contratista que pidió ampliación de plazo (Ley 32069)?",
    ),
    "recursos_humanos": (
        "Vacaciones CAS",
        "¿Cómo se calcula la compensación por vacaciones truncas de un servidor CAS que renunció?",
    ),
    "fuera_de_alcance": (
        "Oferta",
        "Vendemos tóner y laptops al mejor precio, aproveche nuestra promoción de fin de año",
    ),
}

UNCLEAR = (
    "El comité de riesgos pide opinión sobre el punto que quedó observado en la sesión, ¿qué área debe responder?",
    "Nos falta un documento para la obra y el pago, ¿quién lo firma?",
    "¿Con qué norma se sustenta la transferencia del terreno y el gasto?",
    "Nos observaron un informe, ¿cómo lo levantamos?",
    "¿Quién aprueba el expediente y en qué plazo?",
)


class Desk:
    """One routing service on one database."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.units = parts.units
        self.consumer = build_consumer(parts, event_handlers(lambda: load_classifier(MODELS)))
        self.clock = ClockProcess(parts.settings, parts.units, self.consumer, timer_handlers)
        self._intake = Signatures("intake", peer_keys("intake"))
        self._numbers = itertools.count(1)
        # Tests tell of things as if they had happened days ago; this desk has been watching since before that.
        self.run("UPDATE sla_watch SET since = '2020-01-01Z'")

    # --- what intake says ----------------------------------------------------------------------------------

    def submit(self, topic: str = "presupuesto", **values: Any) -> ConsultationSubmitted:
        """A consultation arrives, clearly of this topic."""
        event = self.a_consultation(topic, **values)
        self.deliver(event)
        return event

    def a_consultation(self, topic: str = "presupuesto", **values: Any) -> ConsultationSubmitted:
        subject, body = TEXTS[topic]
        asker = Asker(
            official_id=new_id(), full_name="María Quispe Ñahui", position="Jefa de Presupuesto", ubigeo="090101",
            municipality="Municipalidad Provincial de Huancavelica", locale="es",
        )  # fmt: skip
        made = {
            "consultation_id": new_id(), "code": f"V-TEST-{next(self._numbers):04d}", "asker": asker,
            "subject_line": subject, "body": body, "channel": "web", "submitted_at": datetime.now(UTC),
        }  # fmt: skip
        return ConsultationSubmitted(**{**made, **values})

    def submit_unclear(self) -> ConsultationSubmitted:
        """A consultation between two topics, which the model gives to a person to decide."""
        for body in UNCLEAR:
            found = load_classifier(MODELS).classify("", body, now=datetime.now(UTC))
            if found.needs_triage and not found.is_out_of_scope:
                return self.submit(subject_line="", body=body)
        raise AssertionError("the model is sure of every unclear text: write others")

    def clarify(
        self, case_id: UUID, body: str = "Aquí el dato que pidió.", *, sequence: int = 2, **values: Any
    ) -> None:
        made = {"message_id": new_id(), "clarified_at": datetime.now(UTC), **values}
        self.deliver(ConsultationClarified(consultation_id=case_id, code="V", body=body, **made), sequence=sequence)

    def reopen(self, case_id: UUID, *, sequence: int = 2, **values: Any) -> None:
        made = {"reason": "No responde lo que pregunté.", "reopened_at": datetime.now(UTC), **values}
        self.deliver(
            ConsultationReopened(consultation_id=case_id, code="V", message_id=new_id(), **made), sequence=sequence
        )

    def withdraw(self, case_id: UUID, *, sequence: int = 2) -> None:
        self.deliver(
            ConsultationWithdrawn(
                consultation_id=case_id, code="V", reason="Ya lo resolvimos.", withdrawn_at=datetime.now(UTC)
            ),
            sequence=sequence,
        )

    def rate(self, case_id: UUID, score: int, *, sequence: int = 2) -> None:
        self.deliver(
            ConsultationRated(consultation_id=case_id, code="V", score=score, comment="", rated_at=datetime.now(UTC)),
            sequence=sequence,
        )

    def deliver(self, *events: Event, sequence: int = 1, times: int = 1) -> None:
        """Let events arrive in one batch, signed by intake."""
        batch = batch_of(an_envelope(event, sequence=sequence).to_json() for event in events)
        published_at = datetime.now(UTC).isoformat()
        signature = self._intake.sign("routing", "events", f"{published_at}\n{batch}")
        for _ in range(times):
            self.consumer.deliver("intake", published_at, batch, signature)

    # --- staff ---------------------------------------------------------------------------------------------

    def advisor(self, name: str = "Rosa Huamán", *, capacity: int = 8, **skills: int) -> Person:
        """An advisor who knows presupuesto at level 2 unless told otherwise."""
        with self.units.begin() as work:
            person = self._person(work, name, "advisor")
            staff.make_advisor(work, person, capacity=capacity, skills=skills or {"presupuesto": 2})
        return person

    def advisor_without_cases(self, name: str, *, capacity: int, topic: str = "presupuesto", level: int = 2) -> None:
        """An advisor whose free room is not filled at once, as if they had come while no worker ran."""
        with self.units.begin() as work:
            person = self._person(work, name, "advisor")
        self.run("INSERT INTO advisor (account_id, capacity) VALUES (:id, :capacity)", id=person.id, capacity=capacity)
        self.run(
            "INSERT INTO advisor_skill (account_id, topic, level) VALUES (:id, :topic, :level)",
            id=person.id, topic=topic, level=level,
        )  # fmt: skip

    def supervisor(self, name: str = "Elena Quiñones") -> Person:
        with self.units.begin() as work:
            return self._person(work, name, "supervisor")

    def colleague(self, name: str, role: str) -> Person:
        """A member of staff of any role, who takes no cases."""
        with self.units.begin() as work:
            return self._person(work, name, role)

    def _person(self, work: Work, name: str, role: str) -> Person:
        email = f"{role}{next(self._numbers)}@ventanilla.example"
        return staff.register(work, email=email, password=PASSWORD, full_name=name, role=role)

    def token(self, person: Person) -> str:
        with self.parts.database.transaction() as session:
            return people.open_session(session, person.id, kind="api")

    # --- what became of it ---------------------------------------------------------------------------------

    def case(self, case_id: UUID) -> Case:
        with self.parts.database.transaction() as session:
            found = session.get(Case, case_id)
            assert found is not None
            return found

    @contextmanager
    def work(self) -> Iterator[Work]:
        with self.units.begin() as work:
            yield work

    def events(self, subject: UUID | None = None, cls: type[Event] | None = None) -> list[Any]:
        """What routing published, in order."""
        rows = self.rows("SELECT envelope FROM outbox_event ORDER BY event_id")
        envelopes = [json.loads(row.envelope) for row in rows]
        found = []
        for envelope in envelopes:
            contract = contract_of(envelope["type"], 1)
            assert contract is not None
            if cls in (None, contract.event) and subject in (None, UUID(envelope["subject"])):
                found.append(contract.event.from_data(envelope["data"]))
        return found

    def types(self, subject: UUID) -> list[str]:
        return [event.TYPE for event in self.events(subject)]

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.parts.database.transaction() as session:
            return list(session.execute(text(query), values).all())

    def run(self, statement: str, **values: Any) -> None:
        with self.parts.database.transaction() as session:
            session.execute(text(statement), values)

    def assert_loads_are_true(self) -> None:
        """Every advisor's load is the number of their open cases, and nobody is over capacity."""
        wrong = self.rows("""
            SELECT full_name, open_count, capacity, count(case_id) FROM advisor JOIN account USING (account_id)
              LEFT JOIN casefile ON advisor_id = account_id AND state IN ('assigned', 'waiting')
             GROUP BY account_id, full_name, open_count, capacity
            HAVING open_count <> count(case_id) OR open_count > capacity
        """)
        assert wrong == []

    # --- time ----------------------------------------------------------------------------------------------

    def let_pass(self, case_id: UUID, span: timedelta) -> None:
        """Let time pass for a case: as if everything about it had happened `span` earlier."""
        self.run("UPDATE case_history SET at = at - :span WHERE case_id = :id", id=case_id, span=span)
        self.make_timers_due(case_id)

    def begin_at(self, case_id: UUID, moment: datetime) -> None:
        """Let a case have been received at another moment than it was."""
        self.run("UPDATE case_history SET at = :at WHERE case_id = :id AND sequence = 1", id=case_id, at=moment)
        self.make_timers_due(case_id)

    def make_timers_due(self, case_id: UUID) -> None:
        """The clock comes to look at the case now."""
        self.run(
            "UPDATE timer SET due_at = clock_timestamp(), try_at = clock_timestamp()"
            " WHERE subject = :id AND state = 'armed'",
            id=case_id,
        )

    @staticmethod
    def received_so_that(share: float, *, target_seconds: int = 57_600) -> datetime:
        """A moment of reception from which this share of a target (2 working days) has passed by now."""
        calendar, now = desk_calendar(), datetime.now(UTC)
        worked = int(target_seconds * share)
        begin = now
        while working_seconds_between(calendar, begin, now) < worked:
            begin -= timedelta(minutes=10)
        return begin

    def tick(self) -> int:
        """One turn of the clock: fire what is due."""
        return self.clock.fire_due()


DeskMaker = Callable[[], Desk]

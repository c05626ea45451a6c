"""Plays the demonstration: everybody's part over HTTP, and the checks of what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

import httpx

from deploy.local.configuration import Configuration
from deploy.local.demo.journey import Journey
from deploy.local.demo.script import Question, register_askers
from deploy.local.demo.steps import steps_of
from deploy.local.desk_clients import DeskError, Sandboxes, Staff, sandboxes_of
from deploy.local.readiness import wait_until
from deploy.local.reporting import Reporter

SUPERVISOR = "supervisora@ventanilla.example"
DEMO_PASSWORD = "demo-ventanilla"  # noqa: S105 - the demo's own; the services refuse it outside demo mode
_PATIENCE_SECONDS = 60.0
_FINAL_STATES = frozenset({"delivered", "submitted"})
_EVERY_CLARIFIED = 6


class Conductor:
    """One performance on a running system."""

    def __init__(self, configuration: Configuration, reporter: Reporter) -> None:
        self._configuration = configuration
        self._reporter = reporter
        self._sandboxes: Sandboxes = sandboxes_of(configuration)
        self._stack = ExitStack()
        self._staff: dict[str, Staff] = {}
        self._emails: dict[str, str] = {}
        self._started: dict[str, float] = {}

    def play(self, questions: list[Question]) -> list[Journey]:
        """Send every question and follow each to its end."""
        with self._stack:
            with self._act("Funcionarios se registran / officials register"):
                askers = register_askers(self._configuration)
                for asker in askers:
                    self._stack.enter_context(asker.client)
            journeys = [Journey(question, askers[i % len(askers)]) for i, question in enumerate(questions)]
            acts: tuple[tuple[str, Callable[[list[Journey]], None]], ...] = (
                ("Consultas enviadas por HTTP / consultations sent", self._submit),
                ("Clasificadas y asignadas / classified and assigned", self._await_cases),
                ("Triaje por la supervisora / triage", self._triage),
                ("Aclaraciones de ida y vuelta / clarifications", self._clarify),
                ("Respuestas de los asesores / answers", self._answer),
                ("Respuestas vistas y calificadas / seen and rated", self._see_and_rate),
                ("Correos y SMS llegados / mails and texts arrived", self._collect_messages),
            )
            for title, act in acts:
                with self._act(f"{title}: {len(journeys)}"):
                    act(journeys)
            return journeys

    @contextmanager
    def _act(self, title: str) -> Iterator[None]:
        with self._reporter.stage(title):
            yield

    # --- the parts -----------------------------------------------------------------------------------------

    def _submit(self, journeys: list[Journey]) -> None:
        for journey in journeys:
            before = monotonic()
            journey.code = journey.asker.client.submit(journey.question.subject, journey.question.body)["code"]
            self._started[journey.code] = before
            self._mark(journey, "stored")

    def _await_cases(self, journeys: list[Journey]) -> None:
        self._each(journeys, "classified", self._case_is_sorted)

    def _triage(self, journeys: list[Journey]) -> None:
        for journey in journeys:
            journey.was_triaged = journey.case.get("state") == "triage"
            if not journey.was_triaged:
                continue
            if journey.question.is_out_of_scope:
                note = "Su mensaje no es una consulta de gestión municipal; por eso lo cerramos sin respuesta de fondo."
                self._supervisor().act(journey.code, "close", outcome="out_of_scope", note=note)
                journey.answer = note
            else:
                self._supervisor().act(journey.code, "topic", topic=journey.question.topic, kind=journey.question.kind)
        answerable = self._answerable(journeys)
        self._each(answerable, "assigned", self._has_advisor)

    def _clarify(self, journeys: list[Journey]) -> None:
        chosen = self._answerable(journeys)[::_EVERY_CLARIFIED]
        for journey in chosen:
            self._advisor(journey).act(journey.code, "clarification", body="¿De qué año y fuente de financiamiento?")
        self._each(chosen, "clarification_seen", lambda j: self._status(j) == "waiting_for_you")
        for journey in chosen:
            journey.asker.client.reply(journey.code, "Del presente año; recursos determinados, rubro 18.")
            journey.was_clarified = True
        self._each(chosen, "clarified", lambda j: self._supervisor().case(j.code)["state"] == "assigned")

    def _answer(self, journeys: list[Journey]) -> None:
        for journey in self._answerable(journeys):
            journey.answer = f"Sobre {journey.code}: sí procede, con informe previo del área y acto resolutivo."
            self._advisor(journey).act(journey.code, "answer", body=journey.answer)
            self._mark(journey, "answered")

    def _see_and_rate(self, journeys: list[Journey]) -> None:
        self._each(journeys, "seen", lambda j: self._status(j) in ("answered", "closed"))
        for journey in self._answerable(journeys):
            seen = [message["body"] for message in journey.consultation["messages"]]
            if seen.count(journey.answer) != 1:
                journey.problems.append(f"the answer was seen {seen.count(journey.answer)} times")
            journey.asker.client.rate(journey.code, 5)

    def _collect_messages(self, journeys: list[Journey]) -> None:
        self._each(journeys, "messages", self._has_all_messages)
        mails, texts = self._sandboxes.mails(), self._sandboxes.texts()
        for journey in journeys:
            journey.mails = [mail for mail in mails if journey.code in mail["subject"]]
            journey.texts = [text for text in texts if journey.code in text["text"]]
            journey.case = self._supervisor().case(journey.code)
            journey.seconds = {"stored": journey.seconds["stored"], **steps_of(journey)}
            journey.problems += _differences(journey)

    # --- looking -------------------------------------------------------------------------------------------

    def _case_is_sorted(self, journey: Journey) -> bool:
        try:
            journey.case = self._supervisor().case(journey.code)
        except DeskError:
            return False
        journey.promised_at = journey.case["promised_at"]
        return journey.case["state"] in ("triage", "assigned")

    def _has_advisor(self, journey: Journey) -> bool:
        journey.case = self._supervisor().case(journey.code)
        return journey.advisor is not None

    def _status(self, journey: Journey) -> str:
        journey.consultation = journey.asker.client.consultation(journey.code)
        return str(journey.consultation["status"])

    def _has_all_messages(self, journey: Journey) -> bool:
        url = f"{self._configuration.public_url('notifications')}/api/v1/messages"
        answer = httpx.get(url, params={"subject": journey.code, "limit": 100}, timeout=15).raise_for_status().json()
        journey.messages = answer["messages"]
        done = sum(message["state"] in _FINAL_STATES for message in journey.messages)
        is_delivered = all(m["state"] == "delivered" for m in journey.messages if m["channel"] == "sms")
        return done >= sum(journey.expected_messages.values()) and is_delivered

    def _each(self, journeys: list[Journey], step: str, is_there: Callable[[Journey], bool]) -> None:
        """Wait until something holds for every journey; those for which it never does are told, not forgotten."""
        waiting = list(journeys)

        def look() -> bool:
            for journey in list(waiting):
                if is_there(journey):
                    self._mark(journey, step)
                    waiting.remove(journey)
            return not waiting

        wait_until(look, within_seconds=_PATIENCE_SECONDS)
        for journey in waiting:
            journey.problems.append(f"{step}: not within {_PATIENCE_SECONDS:.0f} s")

    def _mark(self, journey: Journey, step: str) -> None:
        journey.seconds[step] = round(monotonic() - self._started[journey.code], 3)

    def _answerable(self, journeys: list[Journey]) -> list[Journey]:
        return [j for j in journeys if not (j.was_triaged and j.question.is_out_of_scope) and not j.problems]

    # --- people --------------------------------------------------------------------------------------------

    def _supervisor(self) -> Staff:
        return self._member(SUPERVISOR)

    def _advisor(self, journey: Journey) -> Staff:
        if not self._emails:
            self._emails = {advisor["id"]: advisor["email"] for advisor in self._supervisor().advisors()}
        return self._member(self._emails[(journey.advisor or {})["id"]])

    def _member(self, email: str) -> Staff:
        if email not in self._staff:
            client = self._stack.enter_context(Staff(self._configuration.public_url("routing")))
            self._staff[email] = client.sign_in(email, DEMO_PASSWORD)
        return self._staff[email]


def _differences(journey: Journey) -> Iterator[str]:
    """What is missing or too much: in the ledger against what must be, in the sandboxes against the ledger."""
    ledger = Counter(
        ("official" if message["recipient_kind"] == "official" else "staff", message["channel"], message["template"])
        for message in journey.messages
    )
    for key in sorted(ledger.keys() | journey.expected_messages.keys()):
        if ledger[key] != journey.expected_messages.get(key, 0):
            yield f"{'/'.join(key)}: {ledger[key]} in the ledger, {journey.expected_messages.get(key, 0)} expected"
    for channel, arrived in (("email", journey.mails), ("sms", journey.texts)):
        in_ledger = sum(count for (_, used, _), count in ledger.items() if used == channel)
        if len(arrived) != in_ledger:
            yield f"{channel}: {len(arrived)} arrived, {in_ledger} in the ledger"

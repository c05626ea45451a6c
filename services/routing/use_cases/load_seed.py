"""Many cases to measure with: topics, places, states and ages as a desk of some years has them, texts of the corpus.

They are for measuring: officials and advisors are invented, nobody is written to, and no timer is set, so that their
deadlines pass without alarms. Deadlines themselves are the engine's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.classifier.corpus import Record, read_folder
from services.routing.domain.case_state import CaseState
from services.routing.domain.promise import outlook_of
from services.routing.store import bulk_cases, history, places, rule_editions, rule_versions
from services.routing.store.models import NO_DEADLINE, Case, CaseHistory
from services.routing.use_cases import clocks, staff
from services.routing.use_cases.topics import out_of_scope, topics
from shared.accounts import people
from shared.ids import lowest_id_at
from shared.messaging.work import Work

CODE_PREFIX = "V-L"
OPEN_SHARE = 0.08
_ADVISORS = 40
_CAPACITY = 100_000
_YEARS = timedelta(days=3 * 365)
_OPEN_DAYS = 12.0
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_OPEN_STATES = (
    (CaseState.ASSIGNED, 0.72), (CaseState.WAITING, 0.12), (CaseState.TRIAGE, 0.1), (CaseState.UNSTAFFED, 0.06)
)  # fmt: skip
_OUTCOMES = (("answered", 0.86), ("withdrawn", 0.05), ("out_of_scope", 0.05), ("abandoned", 0.04))
_GIVEN = (
    "Rosa", "Luis", "Ana", "Jorge", "Carmen", "Pedro", "Milagros", "Hugo", "Lucía", "Marco", "Teresa", "Iván", "Nélida",
    "Óscar", "Yolanda", "Wilber",
)  # fmt: skip
_FAMILY = (
    "Quispe", "Huamán", "Mamani", "Flores", "Rojas", "Vilca", "Ticona", "Chávez", "Condori", "Rengifo", "Alvarado",
    "Ñahui", "Cárdenas", "Soto",
)  # fmt: skip
_POSITIONS = ("Alcaldesa", "Gerente municipal", "Jefe de Presupuesto", "Tesorera", "Jefa de Logística", "Regidor")
_CHANNELS = (("web", 0.8), ("email", 0.15), ("sms", 0.05))


@dataclass(frozen=True, slots=True)
class _Advisor:
    id: UUID
    full_name: str
    topics: tuple[str, ...]


class LoadSeed:
    """Composes cases; the same `seed` composes the same texts, ages and states around the present."""

    def __init__(self, session: Session, now: datetime, *, seed: int = 250_000) -> None:
        self._random = random.Random(seed)  # noqa: S311 - data to measure with, not secrets
        self._session = session
        self._now = now
        self._records = _records_by_topic()
        self._topics = sorted(self._records)
        self._weights = [1 / (1 + rank) ** 0.6 for rank in range(len(self._topics))]
        self._districts = sorted(code for code in places.names() if len(code) == places.DISTRICT)
        self._advisors: list[_Advisor] = []
        self.officials = [self._official() for _ in range(1_500)]
        self._policy = rule_editions.current_policy(session)

    def open_advisors(self, work: Work) -> None:
        """Advisors who carry the load; those of an earlier run are used again. Nobody can sign in as them."""
        for number in range(_ADVISORS):
            email = f"carga{number:02d}@ventanilla.example"
            known = tuple(self._topics[(number + step) % len(self._topics)] for step in range(3))
            person = people.find_by_email(work.session, email)
            if person is None:
                name = f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number % len(_FAMILY)]} (carga {number:02d})"
                person = staff.register(work, email=email, password=None, full_name=name, role=staff.ADVISOR)
                staff.make_advisor(work, person, capacity=_CAPACITY, skills=dict.fromkeys(known, 2))
            self._advisors.append(_Advisor(person.id, person.full_name, known))

    def write(self, session: Session, first: int, count: int, total: int) -> None:
        """Write `count` cases, of `total`, from number `first` on: the older the lower the number."""
        self._session = session
        cases: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        messages: list[dict[str, Any]] = []
        for number in range(first, first + count):
            case = self._case(number, total)
            story = list(self._story(case))
            case["history_count"] = len(story)
            cases.append(case)
            lines.extend(story)
            if case.get("first_answered_at") is not None:
                messages.append(self._answer(case))
        bulk_cases.write(session, cases, lines, messages)

    # --- one case --------------------------------------------------------------------------------------------

    def _case(self, number: int, total: int) -> dict[str, Any]:
        pick = self._random
        is_open = number >= total * (1 - OPEN_SHARE)
        topic = pick.choices(self._topics, self._weights)[0]
        record, other = pick.choice(self._records[topic]), pick.choice(self._records[topic])
        official = pick.choice(self.officials)
        submitted_at = self._submitted_at(number, total, is_open=is_open)
        candidates = [topic, *pick.sample(self._topics, 2)]
        case: dict[str, Any] = {
            "case_id": UUID(int=lowest_id_at(submitted_at).int | pick.getrandbits(62)),
            "code": _code(number),
            "official_id": official["official_id"], "asker_name": official["full_name"],
            "asker_position": official["position"], "asker_locale": "es", "ubigeo": official["ubigeo"],
            "municipality": official["municipality"],
            "subject_line": record.subject, "body": self._body(record, other, official, number),
            "channel": _choice(pick, _CHANNELS), "submitted_at": submitted_at, "opened_at": submitted_at,
            "topic": topic, "kind": record.kind, "is_urgent": record.urgent, "needs_triage": False,
            "topic_confidence": pick.uniform(0.7, 0.99), "kind_confidence": 0.9, "urgency_confidence": 0.9,
            "candidates": [{"topic": one, "confidence": 0.3, "is_hint": False} for one in candidates],
            "candidate_topics": candidates,
            "reasons": [{"text": word, "weight": 0.5} for word in record.text.split()[:3]],
            "model_version": "carga", "decided_by": "model", "assignment_reason_es": "", "assignment_reason_en": "",
            "policy_version": self._policy.version, "calendar_version": self._calendar(official["ubigeo"]),
            "due_key": NO_DEADLINE, "version": 2,
        }  # fmt: skip
        if is_open:
            self._keep_open(case)
        else:
            self._end(case)
        return case

    def _submitted_at(self, number: int, total: int, *, is_open: bool) -> datetime:
        if is_open:
            return self._now - timedelta(days=self._random.random() * _OPEN_DAYS, minutes=1)
        share = number / total
        return self._now - timedelta(days=_OPEN_DAYS) - _YEARS * (1 - share) + timedelta(seconds=self._random.random())

    def _body(self, record: Record, other: Record, official: dict[str, Any], number: int) -> str:
        year = 2023 + number % 4
        return (
            f"{record.body}\n\n{other.body}\n\nSe adjunta el informe {number % 9973:04d}-{year} de la "
            f"{official['municipality']}."
        )

    def _give(self, case: dict[str, Any]) -> None:
        able = [one for one in self._advisors if case["topic"] in one.topics] or self._advisors
        advisor = self._random.choice(able)
        case["advisor_id"] = case["last_advisor_id"] = advisor.id
        case["assigned_at"] = case["submitted_at"] + timedelta(seconds=2)
        case["assignment_reason_es"] = f"A {advisor.full_name}: conoce el tema"
        case["assignment_reason_en"] = f"To {advisor.full_name}: knows the topic"

    def _keep_open(self, case: dict[str, Any]) -> None:
        state = _choice(self._random, _OPEN_STATES)
        case["state"] = str(state)
        if state in (CaseState.ASSIGNED, CaseState.WAITING):
            self._give(case)
        else:
            case["waiting_since"] = case["submitted_at"]
            case["needs_triage"] = state == CaseState.TRIAGE
        told = [CaseHistory(**one) for one in self._story(case)]
        transient = Case(
            case_id=case["case_id"], ubigeo=case["ubigeo"], policy_version=case["policy_version"],
            calendar_version=case["calendar_version"],
        )  # fmt: skip
        outlook = outlook_of(clocks.read_clocks(self._session, transient, self._now, told))
        case |= {
            "promised_at": outlook.promised_at, "next_due_at": outlook.next_due_at, "risk_at": outlook.risk_at,
            "due_key": outlook.next_due_at or NO_DEADLINE,
        }  # fmt: skip

    def _end(self, case: dict[str, Any]) -> None:
        self._give(case)
        ended_at = case["submitted_at"] + timedelta(hours=self._random.uniform(1, 60))
        is_closed = self._random.random() < 0.5  # noqa: PLR2004 - half of them
        outcome = _choice(self._random, _OUTCOMES) if is_closed else None
        case |= {"state": "closed" if is_closed else "answered", "outcome": outcome, "ended_at": ended_at, "version": 3}
        case["first_answered_at"] = ended_at if outcome in (None, "answered") else None

    def _story(self, case: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The lines of the case's log."""
        lines = [("submitted", case["submitted_at"], case["asker_name"], {
            "channel": case["channel"],
            "classification": history.classification_data(case["kind"], case["topic"], is_urgent=case["is_urgent"]),
        })]  # fmt: skip
        if case.get("assigned_at"):
            name = next(one.full_name for one in self._advisors if one.id == case["advisor_id"])
            lines.append(("assigned", case["assigned_at"], "", {
                "advisor": name, "advisor_id": str(case["advisor_id"]),
                "reason_es": case["assignment_reason_es"], "reason_en": case["assignment_reason_en"],
            }))  # fmt: skip
        if case["state"] == "waiting":
            at = case["submitted_at"] + (self._now - case["submitted_at"]) / 2
            lines.append(("clarification_requested", at, "", {}))
        if case.get("first_answered_at"):
            lines.append(("answer_sent", case["first_answered_at"], "", {"is_final": True}))
        if case["state"] == "closed":
            lines.append(("closed", case["ended_at"], "", {"outcome": case["outcome"], "note": ""}))
        for sequence, (kind, at, actor_name, data) in enumerate(lines, 1):
            yield {
                "case_id": case["case_id"], "sequence": sequence, "kind": kind, "at": at, "actor_id": None,
                "actor_name": actor_name, "data": data,
            }  # fmt: skip

    def _answer(self, case: dict[str, Any]) -> dict[str, Any]:
        told = self._random.choice(self._records[case["topic"]])
        return {
            "message_id": UUID(int=lowest_id_at(case["first_answered_at"]).int | self._random.getrandbits(62)),
            "case_id": case["case_id"], "kind": "answer", "author_id": case["advisor_id"],
            "author_name": "Mesa de asesores", "at": case["first_answered_at"],
            "body": f"Sobre lo que consulta: {told.body} Revise la norma vigente y archive el sustento.",
        }  # fmt: skip

    def _official(self) -> dict[str, Any]:
        ubigeo = self._random.choice(self._districts)
        return {
            "official_id": UUID(int=lowest_id_at(self._now - _YEARS).int | self._random.getrandbits(62)),
            "full_name": f"{self._random.choice(_GIVEN)} {self._random.choice(_FAMILY)} {self._random.choice(_FAMILY)}",
            "position": self._random.choice(_POSITIONS),
            "ubigeo": ubigeo,
            "municipality": f"Municipalidad Distrital de {places.names()[ubigeo]}",
        }

    def _calendar(self, ubigeo: str) -> str:
        calendar = rule_editions.current_calendar(self._session, ubigeo)
        rule_versions.keep(self._session, self._policy, calendar)
        return calendar.version


@cache
def _records_by_topic() -> dict[str, list[Record]]:
    """The texts of the corpus by topic; those out of scope stay out, as they seldom become cases."""
    found: dict[str, list[Record]] = {}
    for record in read_folder():
        if record.topic != out_of_scope().code and record.topic in topics():
            found.setdefault(record.topic, []).append(record)
    return found


def _choice(pick: random.Random, shares: tuple[tuple[Any, float], ...]) -> Any:
    return pick.choices([one for one, _ in shares], [share for _, share in shares])[0]


def _code(number: int) -> str:
    """A code of the usual form that no consultation can have: their letters never hold an L."""
    digits = ""
    for _ in range(7):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return f"V-L{digits[:3]}-{digits[3:]}"

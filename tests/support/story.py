"""Consultations in every situation that pages tell apart."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from tests.support.eventually import eventually
from tests.support.signed_in import People

_SECONDS = 60


@dataclass(frozen=True)
class Story:
    """What the pages speak about; cases by their codes."""

    answered: str
    waiting: str
    triage: str
    assigned: str
    reviewed: str
    message_id: str
    advisor_id: str
    norm_id: str


def tell(people: People) -> Story:
    """Let it all happen, and return when everybody concerned was told."""
    answered, waiting, triage, assigned, reviewed = (
        ask(people, subject, body)
        for subject, body in (
            ("Nota modificatoria", "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional?"),
            ("Ampliación de plazo", "¿Corresponde penalidad por mora al contratista que pidió ampliación (Ley 32069)?"),
            ("", "Vendemos tóner y laptops al mejor precio, aproveche nuestra promoción de fin de año"),
            ("", "¿Cuándo se registra en el SIAF la modificación presupuestaria que aprobó el titular del pliego?"),
            ("PIM", "¿Quién firma la nota de modificación presupuestaria si el jefe de presupuesto está de licencia?"),
        )
    )
    for code in (answered, waiting, assigned, reviewed):
        settle(people, code)
    act(people, answered, "notes", body="Verifiqué la vigencia de la directiva.")
    points = "Sí procede:\n\n1. Informe del área.\n2. Resolución del titular.\n\n"
    cited = [{"text": "LOM, art. 20"}, {"text": "Ley 30225, art. 10", "reason": "Se convocó en 2024."}]
    model = {"files": ("modelo.txt", "Modelo de resolución\n".encode())}
    attached = people.supervisor.http.post(f"/api/v1/cases/{answered}/drafts/answer/attachments", files=model)
    assert attached.status_code == 201, attached.text
    act(people, answered, "answer", body=points + "á" * 200, citations=cited)
    act(people, waiting, "clarification", body="¿De qué obra y en qué fecha se pidió la ampliación?")
    submit_for_review(people, reviewed, "La firma quien lo reemplaza por resolución.")
    for code, status in ((answered, "answered"), (waiting, "waiting_for_you")):
        path = f"/api/v1/consultations/{code}"
        eventually(lambda p=path, s=status: people.official.json(p)["status"] == s, within=_SECONDS)
    advisors = people.supervisor.http.get("/api/v1/advisors").json()
    repealed = {"q": "30225", "validity": "repealed", "limit": 1}
    [norm] = people.supervisor.http.get("/api/v1/norms", params=repealed).json()["items"]
    message_id = _messages(people, answered)[0]
    return Story(answered, waiting, triage, assigned, reviewed, message_id, advisors[0]["id"], norm["id"])


def ask(people: People, subject: str, body: str) -> str:
    """Send a consultation, and wait until the desk has it. Its code."""
    sent = people.official.post("/api/v1/consultations", {"subject": subject, "body": body})
    assert sent.status_code == 201, sent.text
    code: str = sent.json()["code"]
    known = ("assigned", "triage")
    eventually(lambda: people.supervisor.json(f"/api/v1/cases/{code}")["state"] in known, within=_SECONDS)
    return code


def settle(people: People, code: str) -> None:
    """Somebody has the case, whatever the classifier thought of it."""
    if people.supervisor.json(f"/api/v1/cases/{code}")["state"] == "triage":
        act(people, code, "topic", topic="presupuesto")
    eventually(lambda: people.supervisor.json(f"/api/v1/cases/{code}")["state"] == "assigned", within=_SECONDS)


def act(people: People, code: str, name: str, **fields: Any) -> None:
    """An act of the supervisor on a case."""
    _act(people.supervisor, code, name, **fields)


def submit_for_review(people: People, code: str, body: str) -> None:
    """The advisor of the case asks somebody else to look at the answer first."""
    advisor = people.supervisor.json(f"/api/v1/cases/{code}")["assignment"]["advisor"]["id"]
    everybody = {one["id"]: one["email"] for one in people.supervisor.http.get("/api/v1/advisors").json()}
    _act(people.member_of_desk(everybody[advisor]), code, "review", body=body)


def _act(member: Any, code: str, name: str, **fields: Any) -> None:
    version = member.json(f"/api/v1/cases/{code}")["version"]
    key = secrets.token_urlsafe(12)
    done = member.post(f"/api/v1/cases/{code}/{name}", {"version": version, **fields}, key=key)
    assert done.is_success, done.text


def _messages(people: People, code: str) -> list[str]:
    ledger = people.stranger("notifications")

    def found() -> list[str]:
        listed = ledger.get("/api/v1/messages", params={"subject": code}).json()["messages"]
        return [one["id"] for one in listed]

    eventually(lambda: len(found()) >= 4, within=_SECONDS)
    return found()

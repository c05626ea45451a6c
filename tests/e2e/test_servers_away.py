"""Who presses Send while broker, mail and SMS are away gets the code at once; the rest follows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from deploy.local.desk_clients import sandboxes_of
from tests.support.eventually import eventually
from tests.support.running_system import RunningSystem
from tests.support.signed_in import Member, People, Visitor

_AT_ONCE_SECONDS = 5.0
"""Generous: what matters is that nothing waits for what is away, whose time-outs are longer."""
_QUESTION = "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional programático?"
_RECOVERY_SECONDS = 60.0


def test_sending_needs_neither_broker_nor_mail_and_everything_follows_when_they_return(
    system: RunningSystem, people: People
) -> None:
    member = people.new_official()
    visitor = people.visitor("intake")
    assert visitor.send("/ingresar", {"email": member.email, "password": member.password}).status_code == 303
    with _away(system):
        by_page, by_api = _send_by_page(visitor), _send_by_api(member)
        receipt = visitor.get(f"/consultas/{by_page}/recibo")
        assert receipt.status_code == 200
        assert by_page in receipt.text
        assert "La calculamos en este momento y le avisaremos" in receipt.text
        for service in ("intake", "routing", "notifications", "insights"):
            assert people.stranger(service).get("/healthz").status_code == 200, service
        statuses = {member.json(f"/api/v1/consultations/{code}")["status"] for code in (by_page, by_api)}
        assert statuses == {"received"}
    sandboxes = sandboxes_of(system.configuration)
    for code in (by_page, by_api):
        sheet = f"/api/v1/consultations/{code}"
        eventually(lambda s=sheet: member.json(s)["promised_at"], within=_RECOVERY_SECONDS)
        eventually(lambda c=code: len(sandboxes.mails(to=member.email, subject=c)) >= 2, within=_RECOVERY_SECONDS)
        subjects = [mail["subject"] for mail in sandboxes.mails(to=member.email, subject=code)]
        assert len(subjects) == len(set(subjects)), subjects
        eventually(lambda c=code: len(sandboxes.texts(text=c)) == 1, within=_RECOVERY_SECONDS)


@contextmanager
def _away(system: RunningSystem) -> Iterator[None]:
    """The broker is killed and emptied, mail and SMS are stopped; in the end all come back."""
    system.broker_kill()
    system.broker_wipe()
    for sandbox in ("mail-sandbox", "sms-sandbox"):
        system.control.stop(sandbox)
    try:
        yield
    finally:
        system.broker_start()
        for sandbox in ("mail-sandbox", "sms-sandbox"):
            system.control.start(sandbox)


def _send_by_page(visitor: Visitor) -> str:
    began = monotonic()
    sent = visitor.send("/consultar", {"body": _QUESTION})
    assert sent.status_code == 303, sent.text
    assert monotonic() - began < _AT_ONCE_SECONDS
    return sent.headers["Location"].split("/")[2]


def _send_by_api(member: Member) -> str:
    began = monotonic()
    sent = member.post("/api/v1/consultations", {"body": _QUESTION})
    assert sent.status_code == 201, sent.text
    assert monotonic() - began < _AT_ONCE_SECONDS
    code: str = sent.json()["code"]
    return code

"""The people of the demonstration: thirteen who work the desk, together knowing every topic at least twice."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import text

from services.routing.domain.roles import ADMIN, ADVISOR, SENIOR, SUPERVISOR
from services.routing.use_cases.staff import make_advisor, register
from shared.accounts import passwords, people
from shared.messaging.work import Work

PASSWORD = "demo-ventanilla"  # noqa: S105 - printed by `make up`, and refused outside demo mode
_DOMAIN = "ventanilla.example"


class Colleague(NamedTuple):
    """An advisor of the demonstration; skills are topic to level."""

    mailbox: str
    full_name: str
    skills: dict[str, int]
    role: str = ADVISOR


_SUPERVISOR = ("supervisora", "Elena Quiñones Salas")
_ADMIN = ("administradora", "Julia Espinoza Camac")

_ADVISORS = (
    Colleague("asesora", "Rosa Huamán Ccori", {"presupuesto": 3, "tesoreria_contabilidad": 2, "canon_regalias": 2}),
    Colleague("asesor.luis", "Luis Paredes Rojas", {"contrataciones": 3, "inversion_publica": 2}),
    Colleague("asesora.ana", "Ana Mamani Flores", {"recursos_humanos": 3, "gobierno_municipal": 2}),
    Colleague("asesor.jorge", "Jorge Vilca Tito", {"inversion_publica": 3, "canon_regalias": 3, "presupuesto": 2}),
    Colleague("asesora.carmen", "Carmen Salazar Díaz", {"tributacion_municipal": 3, "procedimientos_tupa": 2}),
    Colleague("asesor.pedro", "Pedro Ticona Apaza", {"tesoreria_contabilidad": 3, "tributacion_municipal": 2}),
    Colleague("asesora.milagros", "Milagros Chávez Ruiz", {"procedimientos_tupa": 3, "transparencia_control": 3}),
    Colleague("asesor.hugo", "Hugo Quispe Condori", {"desarrollo_urbano": 3, "servicios_ambiente": 2}),
    Colleague("asesora.lucia", "Lucía Rengifo Tello", {"servicios_ambiente": 3, "seguridad_riesgos": 3}),
    Colleague("asesor.marco", "Marco Alvarado León", {"gobierno_municipal": 3, "transparencia_control": 2}),
    Colleague(
        "asesora.teresa",
        "Teresa Ñahui Poma",
        {"programas_sociales": 3, "seguridad_riesgos": 2, "desarrollo_urbano": 2, "contrataciones": 1},
    ),
    Colleague(
        "asesor.ivan",
        "Iván Cárdenas Soto",
        {"programas_sociales": 2, "recursos_humanos": 2, "contrataciones": 2, "presupuesto": 1},
    ),
    Colleague(
        "asesora.principal",
        "Gladys Cusihuamán Ríos",
        {"contrataciones": 3, "gobierno_municipal": 3, "recursos_humanos": 2},
        role=SENIOR,
    ),
)


def seed(work: Work, *, capacity: int) -> int:
    """Open the accounts that are missing; returns how many that were. The password is public on purpose."""
    # argon2 takes its time by design; one hash serves all, as they share one published password.
    hashed = passwords.hash_password(PASSWORD)
    made = _open(work, *_SUPERVISOR, role=SUPERVISOR, hashed=hashed, skills=None, capacity=0)
    made += _open(work, *_ADMIN, role=ADMIN, hashed=hashed, skills=None, capacity=0)
    for one in _ADVISORS:
        made += _open(
            work, one.mailbox, one.full_name, role=one.role, hashed=hashed, skills=one.skills, capacity=capacity
        )
    return made


def _open(
    work: Work, mailbox: str, full_name: str, *, role: str, hashed: str, skills: dict[str, int] | None, capacity: int
) -> int:
    email = f"{mailbox}@{_DOMAIN}"
    if people.find_by_email(work.session, email) is not None:
        return 0
    person = register(work, email=email, password=None, full_name=full_name, role=role)
    work.session.execute(
        text("UPDATE account SET password_hash = :hash WHERE account_id = :id"), {"hash": hashed, "id": person.id}
    )
    if skills is not None:
        make_advisor(work, person, capacity=capacity, skills=skills)
    return 1

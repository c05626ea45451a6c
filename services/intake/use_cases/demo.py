"""The officials of a demonstration: fictitious people of real municipalities, from the coast to the jungle."""

from __future__ import annotations

from services.intake.use_cases import officials
from services.intake.use_cases.officials import Registration
from shared.accounts import people
from shared.accounts.passwords import DEMO_PASSWORD
from shared.messaging.work import Work

# (e-mail name, full name, ubigeo, post, mobile, language); the first is the login that `make up` prints.
_OFFICIALS = (
    ("oficial", "María Quispe Huamán", "090117", "Jefa de Recursos Humanos", "+51987654321", "es"),
    ("oficial.puno", "Wilber Mamani Condori", "210101", "Subgerente de Logística", "+51951234567", "es"),
    ("oficial.loreto", "Katty Tapullima Ríos", "160101", "Tesorera", "+51965432187", "es"),
    ("oficial.cajamarca", "Segundo Chávarry Díaz", "060101", "Jefe de la OPMI", "+51976543218", "es"),
    ("oficial.arequipa", "Rosario Ccama Choque", "040101", "Gerente de Administración Tributaria", None, "es"),
    ("oficial.ancash", "Edson Milla Jamanca", "021601", "Secretario General", "+51943216587", "es"),
    ("oficial.cusco", "Yeny Huallpa Ttito", "080101", "Jefa de Presupuesto", "+51984512367", "es"),
    ("oficial.piura", "Luis Sernaqué Yarlequé", "200101", "Subgerente de Gestión del Riesgo", "+51969874521", "es"),
    ("oficial.ucayali", "Linda Sangama Pinedo", "250101", "Responsable del programa Vaso de Leche", None, "es"),
    ("oficial.lima", "Andrew Cárdenas Soto", "150801", "Subgerente de Obras", "+51912345678", "en"),
)
_DOMAIN = "ventanilla.example"


def seed(work: Work) -> int:
    """Open the accounts that are missing; returns how many. All have the password of the demonstration."""
    opened = 0
    for name, full_name, ubigeo, position, phone, locale in _OFFICIALS:
        email = f"{name}@{_DOMAIN}"
        if people.find_by_email(work.session, email) is None:
            officials.register(
                work,
                Registration(
                    email=email, password=DEMO_PASSWORD, full_name=full_name, ubigeo=ubigeo, position=position,
                    phone=phone, locale=locale,
                ),
            )  # fmt: skip
            opened += 1
    return opened


def demo_officials() -> tuple[str, ...]:
    """The e-mail addresses of the demonstration's officials, for the commands that play their part."""
    return tuple(f"{row[0]}@{_DOMAIN}" for row in _OFFICIALS)

"""The people who may look: accounts of role operator."""

from __future__ import annotations

from shared.accounts import passwords, people
from shared.messaging.work import Work

ROLE = "operator"
DEMO_EMAIL = "operador@ventanilla.example"


def seed_demo_operator(work: Work) -> bool:
    """Create the operator of the demonstration; False when the account is there already."""
    try:
        people.create(
            work.session,
            email=DEMO_EMAIL,
            password=passwords.DEMO_PASSWORD,
            full_name="Óscar Paredes",
            role=ROLE,
            locale="es",
        )
    except people.EmailTakenError:
        return False
    return True

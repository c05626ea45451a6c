"""The people who may look: accounts of role operator."""

from __future__ import annotations

from shared.accounts import people
from shared.messaging.work import Work

ROLE = "operator"
DEMO_EMAIL = "operador@ventanilla.example"
_DEMO_PASSWORD = "demo-ventanilla"  # noqa: S105 - printed by `ventanilla up`; refused outside demo mode


def seed_demo_operator(work: Work) -> bool:
    """Create the operator of the demonstration; False when the account is there already."""
    try:
        people.create(
            work.session, email=DEMO_EMAIL, password=_DEMO_PASSWORD, full_name="Óscar Paredes", role=ROLE, locale="es"
        )
    except people.EmailTakenError:
        return False
    return True

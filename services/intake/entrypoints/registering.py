"""Opening accounts and changing profiles, for API and pages alike."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import request

from services.intake.domain.municipality import Municipality
from services.intake.entrypoints.acting import parts, read
from services.intake.store import officials as offices
from services.intake.use_cases import officials
from services.intake.use_cases.officials import Profile, Registration, UnknownMunicipalityError
from shared.accounts import throttle
from shared.accounts.people import EmailTakenError, Person
from shared.http.idempotency import NOBODY, Answer, once
from shared.http.problems import INVALID, TOO_MANY, Problem, ProblemType
from shared.messaging.work import Work
from shared.observability.metrics import counter
from shared.texts import N_

log = structlog.get_logger()

EMAIL_TAKEN = ProblemType(
    "email_taken", HTTPStatus.CONFLICT,
    N_("Ese correo ya tiene una cuenta"), N_("Ingrese con su contraseña o pida un enlace de ingreso."),
)  # fmt: skip
UNKNOWN_MUNICIPALITY = N_("No hay una municipalidad con ese ubigeo.")


def register(sent: dict[str, Any], key: str | None) -> Answer:
    """Open an account from checked fields.

    That an address has an account cannot be hidden from who tries to register it, so trying many is slowed down
    like guessing passwords.

    :raises Problem: 409 the address has an account; 422 there is no such municipality; 429 too many tries.
    """
    throttle_keys = (f"address:{request.remote_addr or 'unknown'}",)
    if read(lambda session: throttle.is_locked(session, throttle_keys)):
        raise Problem(TOO_MANY, headers={"Retry-After": "60"})
    new = Registration(**sent)

    def act(work: Work) -> tuple[int, dict[str, Any]]:
        person = officials.register(work, new)
        return HTTPStatus.CREATED, _profile(person, offices.office_of(work.session, person.id))

    try:
        with parts().units.begin() as work:
            if key is None:
                answer = Answer(*act(work))
            else:
                # Not even a digest of the password is kept beside the key: it could be guessed from it.
                content = {name: value for name, value in sent.items() if name != "password"}
                answer = once(work, actor=NOBODY, key=key, content=content, act=lambda: act(work))
    except EmailTakenError:
        with parts().database.transaction() as session:
            throttle.count_failure(session, throttle_keys)
        raise Problem(EMAIL_TAKEN) from None
    except UnknownMunicipalityError:
        raise Problem(INVALID, fields={"ubigeo": [UNKNOWN_MUNICIPALITY]}) from None
    if not answer.is_repeat:
        counter("intake", "officials_registered", "Accounts opened by officials.").inc()
        log.info("official_registered", official_id=answer.body["id"])
    return answer


def profile_of(person: Person) -> dict[str, Any]:
    """An official as they see themselves, JSON-ready."""
    return _profile(person, read(lambda session: offices.office_of(session, person.id)))


def change_profile(person: Person, changes: dict[str, Any]) -> dict[str, Any]:
    """Change what is given, keep the rest; tells notifications and the desk if anything changed.

    :raises Problem: 422, there is no such municipality.
    """
    try:
        with parts().units.begin() as work:
            office = officials.office_of(work, person)
            now = {
                "full_name": person.full_name, "phone": person.phone, "locale": person.locale,
                "ubigeo": office.municipality.ubigeo, "position": office.position,
            }  # fmt: skip
            if now | changes == now:
                return _profile(person, office)
            changed = officials.update(work, person, Profile(**{**now, **changes}))
            return _profile(changed, officials.office_of(work, changed))
    except UnknownMunicipalityError:
        raise Problem(INVALID, fields={"ubigeo": [UNKNOWN_MUNICIPALITY]}) from None


def municipality_json(municipality: Municipality) -> dict[str, Any]:
    """A municipality, JSON-ready."""
    names = ("ubigeo", "name", "kind", "department", "province", "district", "region", "label")
    return {name: getattr(municipality, name) for name in names}


def _profile(person: Person, office: offices.Office) -> dict[str, Any]:
    return {
        "id": str(person.id), "email": person.email, "full_name": person.full_name, "phone": person.phone,
        "locale": person.locale, "position": office.position, "municipality": municipality_json(office.municipality),
    }  # fmt: skip

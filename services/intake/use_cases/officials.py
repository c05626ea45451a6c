"""Officials open an account and keep their data."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.domain.municipality import Municipality
from services.intake.store import municipalities, officials
from services.intake.store.officials import Office
from shared.accounts import people
from shared.accounts.people import Person
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.messaging.work import Work

ROLE = "official"


class UnknownMunicipalityError(Exception):
    """No municipality has this ubigeo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a new official tells of themselves; e-mail and phone are normalised, the password acceptable."""

    email: str
    password: str | None
    full_name: str
    ubigeo: str
    position: str
    phone: str | None
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an official may change of themselves."""

    full_name: str
    ubigeo: str
    position: str
    phone: str | None
    locale: str


def register(work: Work, new: Registration) -> Person:
    """Open an account for an official and tell who needs to know how to reach them.

    :raises EmailTakenError: the address has an account.
    :raises UnknownMunicipalityError: there is no such municipality.
    """
    municipality = _municipality(work, new.ubigeo)
    person = people.create(
        work.session, email=new.email, password=new.password, full_name=new.full_name, role=ROLE,
        locale=new.locale, phone=new.phone,
    )  # fmt: skip
    officials.insert(work.session, person.id, ubigeo=new.ubigeo, position=new.position)
    work.emit(
        OfficialRegistered(
            official_id=person.id, email=person.email, phone=person.phone, full_name=person.full_name,
            locale=person.locale, ubigeo=new.ubigeo, municipality=municipality.name, position=new.position,
        )
    )  # fmt: skip
    return person


def update(work: Work, person: Person, profile: Profile) -> Person:
    """Change an official's data; future messages and consultations use the new ones.

    :raises UnknownMunicipalityError: there is no such municipality.
    """
    municipality = _municipality(work, profile.ubigeo)
    changed = people.update(
        work.session, person.id, full_name=profile.full_name, phone=profile.phone, locale=profile.locale
    )
    officials.update(work.session, person.id, ubigeo=profile.ubigeo, position=profile.position)
    work.emit(
        OfficialUpdated(
            official_id=changed.id, email=changed.email, phone=changed.phone, full_name=changed.full_name,
            locale=changed.locale, ubigeo=profile.ubigeo, municipality=municipality.name, position=profile.position,
        )
    )  # fmt: skip
    return changed


def office_of(work: Work, person: Person) -> Office:
    """The post an official holds, and where."""
    return officials.office_of(work.session, person.id)


def _municipality(work: Work, ubigeo: str) -> Municipality:
    municipality = municipalities.find(work.session, ubigeo)
    if municipality is None:
        raise UnknownMunicipalityError(ubigeo)
    return municipality

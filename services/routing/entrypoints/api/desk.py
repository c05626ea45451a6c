"""Topics and advisors."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from services.routing.entrypoints.api.schemas import AdvisorChangeSchema, AdvisorSchema, NewAdvisorSchema, TopicSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import staff
from services.routing.use_cases.staff import ADMIN, ADVISOR, ROLES, SUPERVISOR, AdvisorChange
from services.routing.use_cases.topics import topics
from shared.accounts import passwords
from shared.accounts.access import signed_in, the_person
from shared.accounts.people import EmailTakenError
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.languages import N_, current_locale
from shared.http.problems import CONFLICT, INVALID, Problem

topics_blueprint = ApiBlueprint("topics", "/topics", "Temas")
advisors_blueprint = ApiBlueprint("advisors", "/advisors", "Asesores: temas, cupo y disponibilidad")

_WEAK = N_("Use al menos 12 caracteres, y no una contraseña común.")
_TAKEN = N_("Ya hay una cuenta con ese correo.")
_NOT_AN_EMAIL = N_("Escriba un correo válido, como nombre@entidad.gob.pe.")


@topics_blueprint.get("")
@topics_blueprint.response(HTTPStatus.OK, TopicSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*ROLES)
def list_topics() -> list[dict[str, str]]:
    """Every topic that advisors handle."""
    locale = current_locale()
    return [
        {"code": one.code, "name": one.name(locale), "name_es": one.es, "name_en": one.en} for one in topics().values()
    ]


@advisors_blueprint.get("")
@advisors_blueprint.response(HTTPStatus.OK, AdvisorSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(SUPERVISOR, ADMIN)
def list_advisors() -> list[dict[str, Any]]:
    """Every advisor with topics and load."""
    with parts().database.transaction() as session:
        return staff.list_advisors(session)


@advisors_blueprint.post("")
@advisors_blueprint.arguments(NewAdvisorSchema)
@advisors_blueprint.response(HTTPStatus.CREATED, AdvisorSchema)
@signed_in(SUPERVISOR, ADMIN)
def add_advisor(sent: dict[str, Any]) -> dict[str, Any]:
    """Open the account of an advisor."""
    advisor_id = open_account(key_from_header(), sent)
    with parts().database.transaction() as session:
        return staff.find_entry(session, advisor_id) or {}


@advisors_blueprint.patch("/<uuid:advisor_id>")
@advisors_blueprint.arguments(AdvisorChangeSchema)
@advisors_blueprint.response(HTTPStatus.OK, AdvisorSchema)
@signed_in(SUPERVISOR, ADMIN)
def change_advisor(sent: dict[str, Any], advisor_id: UUID) -> dict[str, Any]:
    """Change an advisor's topics, room, leave or availability; repeating it changes nothing more."""
    version = sent.pop("version")
    change_of(advisor_id, sent, version)
    with parts().database.transaction() as session:
        return staff.find_entry(session, advisor_id) or {}


def change_of(advisor_id: UUID, sent: dict[str, Any], version: int | None) -> None:
    """Apply what a form or a program sent.

    :raises Problem: no such advisor, or somebody else changed them meanwhile.
    """
    leave: Any = None
    if "leave" in sent:
        leave = () if sent["leave"] is None else (sent["leave"]["from_"], sent["leave"]["until"])
    team: Any = None
    if "team_id" in sent:
        team = () if sent["team_id"] is None else (sent["team_id"],)
    change = AdvisorChange(
        sent.get("is_available"), sent.get("capacity"), sent.get("skills"), leave,
        languages=sent.get("languages"), hours=sent.get("hours"), team_id=team,
    )  # fmt: skip
    with refusals(), parts().units.begin() as work:
        staff.change_advisor(work, advisor_id, change, version=version, by=the_person())


def _normalised(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Problem(INVALID, fields={"email": [_NOT_AN_EMAIL]}) from None


def open_account(key: str, sent: dict[str, Any]) -> UUID:
    """Open an advisor's account once per key.

    :raises Problem: the address or the password will not do.
    """
    if sent["password"] is not None and not passwords.is_acceptable(sent["password"]):
        raise Problem(INVALID, fields={"password": [_WEAK]})
    email = _normalised(sent["email"])
    content = {name: value for name, value in sent.items() if name != "password"}
    with parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            try:
                person = staff.register(
                    work, email=email, password=sent["password"], full_name=sent["full_name"], role=ADVISOR,
                    locale=sent["locale"],
                )  # fmt: skip
            except EmailTakenError:
                raise Problem(CONFLICT, _TAKEN) from None
            staff.make_advisor(work, person, capacity=sent["capacity"], skills=sent["skills"])
            return HTTPStatus.CREATED, {"id": str(person.id)}

        answer = once(work, actor=the_person().id, key=key, content=content, act=act)
    return UUID(answer.body["id"])

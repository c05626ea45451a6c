"""What intake reads and answers: the fields of API and forms, one set for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from marshmallow import Schema, ValidationError
from marshmallow import fields as mm
from marshmallow.validate import OneOf, Range, Regexp

from services.intake.domain.contact import ContactError, normalise_email, normalise_phone
from services.intake.domain.lifecycle import BEST, WORST, Status
from services.intake.domain.question import LONGEST_BODY, LONGEST_FACT, LONGEST_SUBJECT, SHORTEST_BODY
from shared.accounts import passwords
from shared.http.fields import Line, Text
from shared.http.languages import LOCALES
from shared.texts import N_

_PAGE = Range(1, 100, error=N_("Pida entre 1 y 100."))
_ONE_TO_FIVE = N_("Elija de 1 a 5.")
_ONE_OF_LOCALES = OneOf(LOCALES, error=N_("Elija «es» o «en»."))


class EmailField(Line):
    """An e-mail address, its domain in lower case."""

    def normalise(self, cleaned: str) -> str:
        """The address as it is kept."""
        try:
            return normalise_email(cleaned, is_test=current_app.config["IS_DEMO"])
        except ContactError as error:
            raise ValidationError(str(error)) from error


class PhoneField(Line):
    """A phone number in any usual writing; kept in E.164."""

    def normalise(self, cleaned: str) -> str:
        """The number as it is kept."""
        try:
            return normalise_phone(cleaned)
        except ContactError as error:
            raise ValidationError(str(error)) from error


def _acceptable(password: str) -> None:
    if not passwords.is_acceptable(password):
        raise ValidationError(N_("Use una frase de 12 caracteres o más que no sea una contraseña conocida."))


class ProfileSchema(Schema):
    """What an official tells of themselves and may change."""

    full_name = Line(shortest=3, longest=120, required=True)
    ubigeo = mm.String(
        required=True, validate=Regexp(r"\d{6}\Z", error=N_("El ubigeo tiene seis cifras.")),
        error_messages={"required": N_("Elija su municipalidad.")},
    )  # fmt: skip
    position = Line(shortest=2, longest=120, required=True)
    phone = PhoneField(longest=30, is_blank_none=True, load_default=None)
    locale = mm.String(load_default="es", validate=_ONE_OF_LOCALES)


class RegistrationSchema(ProfileSchema):
    """A new official. The password is kept as typed: no trimming."""

    email = EmailField(longest=254, required=True)
    password = mm.String(required=True, validate=_acceptable, error_messages={"required": N_("Falta este dato.")})


class ProfileChangeSchema(Schema):
    """What changes; what is left out stays. An empty phone is taken away."""

    full_name = Line(shortest=3, longest=120)
    ubigeo = mm.String(validate=Regexp(r"\d{6}\Z", error=N_("El ubigeo tiene seis cifras.")))
    position = Line(shortest=2, longest=120)
    phone = PhoneField(longest=30, is_blank_none=True)
    locale = mm.String(validate=_ONE_OF_LOCALES)


class MunicipalitySchema(Schema):
    """A municipality. `region` is the department, with Lima Metropolitana and the provinces of Lima told apart."""

    ubigeo = mm.String()
    name = mm.String()
    kind = mm.String()
    department = mm.String()
    province = mm.String()
    district = mm.String()
    region = mm.String()
    label = mm.String()


class OfficialSchema(Schema):
    """An official as they see themselves."""

    id = mm.UUID()
    email = mm.String()
    full_name = mm.String()
    position = mm.String()
    phone = mm.String(allow_none=True)
    locale = mm.String()
    municipality = mm.Nested(MunicipalitySchema)


class MunicipalityQuerySchema(Schema):
    """What to look for: any part of names, or a ubigeo; accents and capitals do not matter."""

    q = Line(longest=100, shortest=0, load_default="")
    limit = mm.Integer(load_default=20, validate=_PAGE)


class MunicipalitiesSchema(Schema):
    """Municipalities, the best match first."""

    items = mm.List(mm.Nested(MunicipalitySchema))


def _no_attachments(attachments: list[Any]) -> None:
    if attachments:
        raise ValidationError(N_("Todavía no recibimos archivos: copie el texto que haga falta en la consulta."))


class ConsultationSchema(Schema):
    """A consultation to send. The subject may be empty; the body is what counts."""

    subject = Line(shortest=0, longest=LONGEST_SUBJECT, load_default="")
    body = Text(shortest=SHORTEST_BODY, longest=LONGEST_BODY, required=True)
    topic_hint = Line(
        longest=60, is_blank_none=True, load_default=None,
        validate=Regexp(r"[a-z][a-z0-9_]*\Z", error=N_("Use el código de un tema, como «presupuesto».")),
    )  # fmt: skip
    attachments = mm.List(mm.Raw(), load_default=list, validate=_no_attachments)


class QuestionFormSchema(Schema):
    """The guided form of the page."""

    subject = Line(shortest=0, longest=LONGEST_SUBJECT, load_default="")
    body = Text(shortest=SHORTEST_BODY, longest=LONGEST_BODY - 3 * LONGEST_FACT, required=True)
    norm = Line(longest=LONGEST_FACT - 50, is_blank_none=True, load_default=None)
    tried = Text(longest=LONGEST_FACT - 50, is_blank_none=True, load_default=None)
    deadline = Line(longest=LONGEST_FACT - 50, is_blank_none=True, load_default=None)


class ReceiptSchema(Schema):
    """What to keep of a consultation that was sent; `code` is what people dictate."""

    id = mm.UUID()
    code = mm.String()
    status = mm.String()


class MessageSchema(Schema):
    """Something more to say, or what the advisor asked for."""

    body = Text(longest=LONGEST_BODY, required=True)


class WholeNumber(mm.Integer):
    """An integer, or its digits as forms send them; 2.5 is neither cut to 2 nor accepted."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, float | bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class RatingSchema(Schema):
    """1: of no use, to 5: solved it."""

    score = WholeNumber(
        required=True,
        validate=OneOf(range(WORST, BEST + 1), error=_ONE_TO_FIVE),
        error_messages={"required": _ONE_TO_FIVE, "invalid": _ONE_TO_FIVE, "null": _ONE_TO_FIVE},
    )
    comment = Text(shortest=0, longest=2000, load_default="")


class ReopeningSchema(Schema):
    """Why the answer did not help."""

    reason = Text(shortest=10, longest=2000, required=True)


class WithdrawalSchema(Schema):
    """Why no answer is needed any more; may be empty."""

    reason = Text(shortest=0, longest=500, load_default="")


class ActSchema(Schema):
    """What an act led to."""

    id = mm.UUID()
    code = mm.String()
    status = mm.String()
    notice = mm.String()
    message_id = mm.UUID(allow_none=True)


class ListQuerySchema(Schema):
    """Which consultations, and from where on."""

    status = mm.String(
        load_default=None, allow_none=True,
        validate=OneOf([status.value for status in Status], error=N_("No existe ese estado.")),
    )  # fmt: skip
    cursor = mm.String(load_default=None, allow_none=True)
    limit = mm.Integer(load_default=20, validate=_PAGE)


class TypedQuerySchema(Schema):
    """What the official is typing."""

    text = Text(shortest=0, longest=1000, load_default="")  # what fits into an address
    limit = mm.Integer(load_default=5, validate=_PAGE)

"""How officials are reached: e-mail addresses and phone numbers, checked by form only (nobody is asked)."""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from shared.texts import N_

_COUNTRY = "PE"


class ContactError(ValueError):
    """An address or number that cannot exist; the text is a marked message for whoever typed it."""


def normalise_email(text: str, *, is_test: bool = False) -> str:
    """An e-mail address with its domain in lower case.

    :param is_test: also accept `.test` domains, which never leave the machine.
    :raises ContactError: no mail could be sent there.
    """
    try:
        return validate_email(text, check_deliverability=False, test_environment=is_test).normalized
    except EmailNotValidError as error:
        raise ContactError(N_("Escriba un correo como nombre@municipalidad.gob.pe.")) from error


def normalise_phone(text: str) -> str:
    """A phone number in E.164; numbers without a country code are Peruvian.

    :raises ContactError: no such number can exist.
    """
    message = N_("Escriba un celular de 9 cifras que empieza en 9, o un fijo con su código de ciudad.")
    try:
        number = phonenumbers.parse(text, _COUNTRY)
    except phonenumbers.NumberParseException as error:
        raise ContactError(message) from error
    if not phonenumbers.is_valid_number(number):
        raise ContactError(message)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

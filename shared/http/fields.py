"""Input fields for texts that people type: trimmed, normalised, bounded, free of what no page or log should hold.

Messages are in words people understand, in Spanish, the ids of the English catalog.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as mm

from shared.http.languages import N_, Phrase

_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_REQUIRED = N_("Falta este dato.")
_KEPT_CONTROLS = frozenset("\n\t")
# Bidirectional overrides make a text read differently from what it is; a joiner is part of real words and emoji.
_DECEIVING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Text(mm.String):
    """A text of several lines.

    Trimmed, Unicode NFC, line ends LF. Control characters and direction overrides are refused.

    :param shortest: characters at least, after trimming; 0 makes an empty text acceptable.
    :param longest: characters at most.
    :param is_blank_none: an empty text means that nothing was given, as forms send it.
    """

    def __init__(self, *, shortest: int = 1, longest: int, is_blank_none: bool = False, **options: Any) -> None:
        messages = {"required": _REQUIRED, "null": _REQUIRED, **options.pop("error_messages", {})}
        super().__init__(error_messages=messages, allow_none=is_blank_none, **options)
        self.shortest, self.longest, self.is_blank_none = shortest, longest, is_blank_none
        # What the OpenAPI description says of the field.
        self.metadata = {"minLength": 0 if is_blank_none else shortest, "maxLength": longest, **self.metadata}

    def _deserialize(  # type: ignore[override]  # a blank text is None where the field says so
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | None:
        raw = str(super()._deserialize(value, attr, data, **kwargs))
        cleaned = self.clean(raw)
        if not cleaned and self.is_blank_none:
            return None
        if len(cleaned) < self.shortest:
            raise ValidationError(_REQUIRED if not cleaned else Phrase(_TOO_SHORT, least=self.shortest))
        if len(cleaned) > self.longest:
            raise ValidationError(Phrase(_TOO_LONG, most=self.longest))
        if not all(map(_is_fit, cleaned)):
            raise ValidationError(N_("Contiene caracteres que no se pueden guardar; bórrelos y vuelva a escribir."))
        return self.normalise(cleaned)

    def _validate(self, value: Any) -> None:
        if value is not None:  # nothing was given, and that is allowed: validators want texts
            super()._validate(value)

    def normalise(self, cleaned: str) -> str:
        """The value of a text that passed; fields for addresses and numbers say it otherwise.

        :raises ValidationError: the text cannot be one.
        """
        return cleaned

    def clean(self, raw: str) -> str:
        """The text as it is kept."""
        return unicodedata.normalize("NFC", _LINE_BREAKS.sub("\n", raw)).strip()


class Line(Text):
    """A text of one line: runs of spaces and line ends become one space."""

    def clean(self, raw: str) -> str:
        """The text as it is kept."""
        return " ".join(super().clean(raw).split())


class Flag(mm.Boolean):
    """True or false, or a form's word for it; 0 and 1 are numbers."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


_TOO_SHORT = N_("Escriba al menos %(least)s caracteres.")
_TOO_LONG = N_("Escriba %(most)s caracteres como máximo.")


def _is_fit(character: str) -> bool:
    if character in _DECEIVING:
        return False
    return character in _KEPT_CONTROLS or unicodedata.category(character) not in ("Cc", "Cs")


def read_form(schema: Schema, form: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a form and the messages per field; the form's own hidden fields are left out."""
    try:
        values: dict[str, Any] = schema.load({**form}, unknown=EXCLUDE)
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"_": error.messages}
        return {}, messages
    return values, {}

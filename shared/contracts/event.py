"""What every event is made of: a frozen dataclass, and the marshmallow schema derived from its annotations.

One class stands for one (type, version). The schema is derived rather than written a second time, so that a
field cannot exist in the one and be missing from the other. Unknown fields are ignored on read: adding an
optional field keeps the version, anything else is a new class with a higher `VERSION`.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, post_load
from marshmallow import fields as mm
from marshmallow.validate import Length

LONGEST_TEXT = 20_000
"""Characters of the longest text an event may carry; keeps a batch under the broker's message size."""


class ContractError(Exception):
    """An event does not fit its contract; another attempt would fail the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact that happened in one service and that others may act upon."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SUBJECT: ClassVar[str] = "consultation_id"
    """The field that names the aggregate the event belongs to, and so the stream it is numbered in."""

    @property
    def subject(self) -> UUID:
        """The aggregate that the event is about."""
        subject: UUID = getattr(self, self.SUBJECT)
        return subject

    def to_data(self) -> dict[str, Any]:
        """The JSON-ready `data` member of the event's envelope."""
        data: dict[str, Any] = schema_of(type(self)).dump(self)
        return data

    def to_valid_data(self) -> dict[str, Any]:
        """As `to_data`, and certain to be readable: what a consumer would refuse is refused before it is sent.

        :raises ContractError: a field is missing, of the wrong kind, too long, or a time without a zone.
        """
        data = self.to_data()
        if problems := schema_of(type(self)).validate(data):
            raise ContractError(f"{self.TYPE}/{self.VERSION}: {problems}")
        return data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """The event that `data` describes.

        :raises ContractError: a field is missing or of the wrong kind.
        """
        try:
            event: Self = schema_of(cls).load(data)
        except ValidationError as error:
            raise ContractError(f"{cls.TYPE}/{cls.VERSION}: {error.messages}") from error
        return event


_SCALARS: dict[type, tuple[type[mm.Field[Any]], dict[str, Any]]] = {
    str: (mm.String, {"validate": Length(max=LONGEST_TEXT)}),
    int: (mm.Integer, {"strict": True}),
    float: (mm.Float, {}),
    bool: (mm.Boolean, {}),
    UUID: (mm.UUID, {}),
    datetime: (mm.AwareDateTime, {"format": "iso"}),
    date: (mm.Date, {}),
}


_schemas: dict[type, Schema] = {}


def schema_of(cls: type) -> Schema:
    """The marshmallow schema of a dataclass whose fields are scalars, optional, nested, or tuples of these."""
    if cls not in _schemas:
        _schemas[cls] = _derive_schema(cls)
    return _schemas[cls]


def _derive_schema(cls: Any) -> Schema:
    hints = get_type_hints(cls)
    members: dict[str, Any] = {
        field.name: _field_of(hints[field.name], has_default=field.default is not MISSING, default=field.default)
        for field in fields(cls)
    }

    def build(_schema: Schema, data: dict[str, Any], **_: Any) -> Any:
        return cls(**data)

    members["build"] = post_load(build)
    members["Meta"] = type("Meta", (), {"unknown": EXCLUDE})
    schema: Schema = type(f"{cls.__name__}Schema", (Schema,), members)()
    return schema


def _field_of(hint: Any, *, has_default: bool = False, default: Any = None) -> mm.Field[Any]:
    options: dict[str, Any] = {"load_default": default} if has_default else {"required": True}
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not types.NoneType)
        options["allow_none"] = True
    if get_origin(hint) is tuple:
        return _Tuple(_field_of(get_args(hint)[0]), **options)
    if isinstance(hint, type) and is_dataclass(hint):
        return mm.Nested(schema_of(hint), **options)
    kind, settings = _SCALARS[hint]
    return kind(**settings, **options)


class _Tuple(mm.List[Any]):
    """A list on the wire, a tuple in the frozen dataclass."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))

"""Builders of events: any event of the catalog, with plausible values, of which a test names those that matter."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from shared.contracts.case import CaseAnswered
from shared.contracts.consultation import ConsultationSubmitted
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.ids import new_id

E = TypeVar("E", bound=Event)

_TEXTS = {
    "code": "V-7K3M-92QX",
    "email": "maria.quispe@muni.example",
    "phone": "+51987654321",
    "full_name": "María Quispe Ñahui",
    "locale": "es",
    "ubigeo": "080101",
    "municipality": "Municipalidad Provincial del Cusco",
    "url": "https://ventanilla.example/enlace",
}


def an_event(cls: type[E], **values: Any) -> E:
    """An event of this class; `values` are the fields that matter, the others are made up."""
    return cls(**_made_up(cls, values))


def a_consultation(**values: Any) -> ConsultationSubmitted:
    """A consultation as intake publishes it."""
    return an_event(ConsultationSubmitted, **values)


def an_answer(**values: Any) -> CaseAnswered:
    """An answer as routing publishes it."""
    return an_event(CaseAnswered, **values)


def an_envelope(event: Event, source: str = "intake", **values: Any) -> Envelope:
    """The envelope around an event, as if `source` had emitted it now."""
    attributes: dict[str, Any] = {
        "id": new_id(),
        "source": source,
        "type": event.TYPE,
        "version": event.VERSION,
        "subject": event.subject,
        "sequence": 1,
        "time": datetime.now(UTC),
        "correlation_id": str(new_id()),
        "causation_id": None,
        "traceparent": None,
        "data": event.to_valid_data(),
    }
    return Envelope(**{**attributes, **values})


def _made_up(cls: Any, values: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    made = {field.name: _value(field.name, hints[field.name]) for field in fields(cls) if field.default is MISSING}
    return {**made, **values}


def _value(name: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is tuple:
        return (_value(name, get_args(hint)[0]),)
    if is_dataclass(hint):
        return hint(**_made_up(hint, {}))
    if hint is str:
        return _TEXTS.get(name, f"{name} de prueba")
    made: dict[Any, Any] = {
        int: 4,
        float: 0.75,
        bool: True,
        UUID: new_id(),
        datetime: datetime.now(UTC),
        date: date(2026, 7, 28),
    }
    return made[hint]

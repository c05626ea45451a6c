"""Reading files of closed days: CSV as spreadsheets write it, and iCalendar. One bad row spoils no other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import icalendar

from services.routing.domain.closed_days import ClosedDayRule, Effect, rule_of
from services.routing.domain.sla_errors import InvalidClosureRuleError, SlaError
from services.routing.domain.weekly_hours import Window

MOST_BYTES = 200_000
MOST_ROWS = 500
_LONGEST_EVENT_DAYS = 31
_LONGEST_CELL = 300
_COLUMNS = {
    "fecha": "when", "dia": "when", "día": "when", "date": "when", "nombre": "name", "motivo": "name",
    "nombre_en": "name_en", "norma": "norm", "ubigeo": "ubigeo_prefix", "horas": "closed_window",
    "se_recupera": "is_made_up", "desde_año": "first_year", "hasta_año": "last_year",
}  # fmt: skip
_YES_NO = {"": "no", "si": "yes", "sí": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}


@dataclass(frozen=True, slots=True)
class DayRow:
    """A row of a file: the rule it makes, or why it makes none. `number` is the line, or the number of the event."""

    number: int
    rule: ClosedDayRule | None
    error: SlaError | None = None


@dataclass(frozen=True, slots=True)
class FileDefaults:
    """What stands in where a file says nothing: the norm, and the ubigeo prefix its days apply to."""

    norm: str = ""
    ubigeo_prefix: str = ""


def read_days(data: bytes, defaults: FileDefaults) -> list[DayRow]:
    """The rows of a file, whichever of the two kinds it is.

    :raises InvalidClosureRuleError: it is too large, empty, or neither.
    """
    if len(data) > MOST_BYTES:
        raise _refused(
            f"El archivo supera los {MOST_BYTES // 1000} kB.", f"The file is larger than {MOST_BYTES // 1000} kB."
        )
    text = _text_of(data)
    is_calendar = text.lstrip().upper().startswith("BEGIN:VCALENDAR")
    rows = list(_read_ical(text, defaults) if is_calendar else _read_csv(text, defaults))
    if not rows:
        raise _refused("El archivo no tiene días.", "The file has no days.")
    return rows


def _text_of(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what spreadsheets save in this country
    if "\0" in text:
        raise _refused("El archivo no es un texto CSV ni iCal.", "The file is no CSV or iCal text.")
    return text


def _read_csv(text: str, defaults: FileDefaults) -> Iterator[DayRow]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    columns = [_COLUMNS.get(name, name) for name in names]
    if not {"when", "name"} <= set(columns):
        raise _refused(
            "La primera fila debe nombrar las columnas; hacen falta al menos fecha y nombre.",
            "The first row must name the columns; at least fecha (date) and nombre (name) are needed.",
        )
    reader.fieldnames = columns
    for number, row in enumerate(reader, 2):
        _refuse_many(number - 1)
        yield _row(number, {str(key): value for key, value in row.items() if isinstance(value, str)}, defaults)


def _read_ical(text: str, defaults: FileDefaults) -> Iterator[DayRow]:
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        raise _refused("No se puede leer el calendario iCal.", "The iCal calendar cannot be read.") from error
    number = 0
    for event in calendar.walk("VEVENT"):
        try:
            cells = list(_event_cells(event))
        except (SlaError, ValueError, TypeError, AttributeError) as error:
            number += 1
            yield DayRow(number, None, error if isinstance(error, SlaError) else _unreadable())
            continue
        for one in cells:
            number += 1
            _refuse_many(number)
            yield _row(number, one, defaults)


def _event_cells(event: Any) -> Iterator[dict[str, str]]:
    """The rows of one event: one for each of its days, one alone when it comes back every year."""
    start = event.decoded("DTSTART", None)
    if start is None or str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise _refused("El evento no tiene fecha o está cancelado.", "The event has no date or is cancelled.")
    end = event.decoded("DTEND", None)
    base = {"name": str(event.get("SUMMARY", "")), "norm": str(event.get("DESCRIPTION", "")).split("\n", 1)[0]}
    if isinstance(start, datetime):
        yield base | _part_of_day(start, end)
        return
    first: date = start
    last = end - timedelta(days=1) if isinstance(end, date) and end > first else first
    if (last - first).days >= _LONGEST_EVENT_DAYS:
        raise _refused(
            f"El evento dura más de {_LONGEST_EVENT_DAYS} días.", f"The event lasts over {_LONGEST_EVENT_DAYS} days."
        )
    is_yearly = _is_yearly(event)
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        yearly = {"when": day.strftime("%m-%d"), "first_year": str(day.year)}
        yield base | (yearly if is_yearly else {"when": day.isoformat()})


def _is_yearly(event: Any) -> bool:
    rule = event.get("RRULE")
    if rule is None:
        return False
    if {str(key).upper() for key in rule} - {"FREQ"} or [str(one).upper() for one in rule["FREQ"]] != ["YEARLY"]:
        raise _refused(
            "El evento se repite de un modo que no se entiende: solo una fecha, o el mismo día de cada año.",
            "The event repeats in a way that is not understood: one date, or the same day of every year.",
        )
    return True


def _part_of_day(start: datetime, end: Any) -> dict[str, str]:
    if not isinstance(end, datetime) or end.date() != start.date():
        raise _refused(
            "Un evento con horas empieza y termina el mismo día.", "An event with hours begins and ends on one day."
        )
    return {"when": start.date().isoformat(), "closed_window": f"{start:%H:%M}-{end:%H:%M}"}


def _row(number: int, cells: Mapping[str, str], defaults: FileDefaults) -> DayRow:
    values = {name: " ".join(value.split())[:_LONGEST_CELL] for name, value in cells.items()}
    values["when"] = _iso_date(values.get("when", ""))
    values["is_made_up"] = _YES_NO.get(values.get("is_made_up", "").lower(), values.get("is_made_up", ""))
    values["effect"] = values.get("effect") or (Effect.PARTIAL if values.get("closed_window") else Effect.CLOSED)
    values["norm"] = values.get("norm") or defaults.norm
    values["ubigeo_prefix"] = values.get("ubigeo_prefix") or defaults.ubigeo_prefix
    try:
        return DayRow(number, rule_of(values))
    except SlaError as error:
        return DayRow(number, None, error)


def _iso_date(text: str) -> str:
    """`24/12/2026` as the table writes it; anything else is left for the table to judge."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return text


def _refuse_many(rows: int) -> None:
    if rows > MOST_ROWS:
        raise _refused(f"El archivo tiene más de {MOST_ROWS} filas.", f"The file has more than {MOST_ROWS} rows.")


def _unreadable() -> InvalidClosureRuleError:
    return _refused("El evento no se entiende.", "The event is not understood.")


def _refused(spanish: str, english: str) -> InvalidClosureRuleError:
    return InvalidClosureRuleError(spanish, english)


def place_of(rule: ClosedDayRule) -> tuple[str, date | tuple[int, int] | None, Window | None]:
    """What makes two rows the same day: where, when, and which hours. The wording may differ."""
    return rule.ubigeo_prefix, rule.day or rule.month_day, rule.window

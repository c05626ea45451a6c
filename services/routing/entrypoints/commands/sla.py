"""`ventanilla sla …`: deadlines in working time, from the command line."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from services.routing.domain.closed_days import district_code
from services.routing.domain.sla_errors import InvalidTimeError, SlaError
from services.routing.domain.sla_explanation import duration_text, explain, moment_text
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.domain.working_time import Deadline, SkippedDay, add_working_time
from services.routing.store.holiday_source import desk_calendar

_ZONE = "America/Lima"


def due_report(start: str, work_seconds: int, windows: str = "", ubigeo: str = "") -> dict[str, Any]:
    """The deadline of `work_seconds` begun at `start`, as the JSON object of `sla due --json`.

    `start` is ISO 8601, read as Lima time when it has no offset; `windows` the text form of WeeklyHours
    (the desk's when empty); `ubigeo` the municipality's district code, whose local days close too. National
    holidays and decreed days always apply. Raises SlaError with the sentence to show.
    """
    deadline = _deadline(start, work_seconds, windows, ubigeo)
    return {
        "due_at": _local_text(deadline.due_at),
        "intervals": [
            {"from": _local_text(one.from_), "to": _local_text(one.to), "seconds": one.seconds}
            for one in deadline.intervals
        ],
        "skipped": [_skipped_object(one) for one in deadline.skipped],
        "explanation": {locale: _explained(deadline, locale) for locale in ("es", "en")},
    }


@click.group(name="sla")
def sla() -> None:
    """Plazos en horas de trabajo. / Deadlines in working time."""


@sla.command(name="due")
@click.option("--start", required=True, help="ISO 8601; sin diferencia horaria, hora de Lima.")
@click.option("--work-seconds", required=True, type=int, help="Tiempo de trabajo, en segundos.")
@click.option("--windows", default="", help='Horario: "mon-fri 08:00-13:00,14:00-17:00; sat 09:00-12:00".')
@click.option("--ubigeo", default="", help="Distrito (INEI, 6 dígitos): suma sus feriados locales.")
@click.option("--json", "is_json", is_flag=True, help="Responder en JSON. / Answer in JSON.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Idioma. / Language.")
def due(start: str, work_seconds: int, windows: str, ubigeo: str, *, is_json: bool, lang: str) -> None:
    """Cuándo vence un plazo, y por qué. / When a deadline falls, and why."""
    try:
        if is_json:
            report = due_report(start, work_seconds, windows, ubigeo)
            click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            click.echo(_due_text(_deadline(start, work_seconds, windows, ubigeo), work_seconds, lang))
    except SlaError as error:
        # click leaves with status 2 on a usage error.
        raise click.UsageError(error.text(lang)) from error


def _deadline(start: str, work_seconds: int, windows: str, ubigeo: str) -> Deadline:
    hours = WeeklyHours.parse(windows) if windows else None
    calendar = desk_calendar(district_code(ubigeo) if ubigeo else "", hours)
    return add_working_time(calendar, _moment(start), work_seconds)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidTimeError(
            f"No se entiende la fecha «{text}»: se espera, por ejemplo, 2026-07-27T16:00:00-05:00.",
            f"The time “{text}” is not understood: 2026-07-27T16:00:00-05:00 is expected, for example.",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(_ZONE))


def _local_text(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(_ZONE)).isoformat()


def _skipped_object(skipped: SkippedDay) -> dict[str, str]:
    shown = {
        "date": skipped.date.isoformat(),
        "reason": skipped.reason,
        "reason_en": skipped.reason_en,
        "norm": skipped.norm,
    }
    return shown | ({"window": str(skipped.window)} if skipped.window else {})


def _explained(deadline: Deadline, locale: str) -> str:
    return explain(_ZONE, deadline.intervals, deadline.skipped, locale)


def _due_text(deadline: Deadline, work_seconds: int, lang: str) -> str:
    due_words, why_words = ("Due", "Why") if lang == "en" else ("Vence", "Por qué")
    due_line = f"{due_words}: {moment_text(deadline.due_at, _ZONE, lang)} ({duration_text(work_seconds)})"
    return f"{due_line}\n{why_words}: {_explained(deadline, lang)}"

"""The fairness report as a page and as a file."""

from __future__ import annotations

import csv
import io
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.assignment_schemas import PeriodSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.wording.staff import SKIP_NAMES, WAY_NAMES
from services.routing.use_cases import fairness
from services.routing.use_cases.fairness import PeriodRefusedError
from shared.accounts.access import signed_in
from shared.http.fields import read_form
from shared.http.languages import N_, current_locale, translate
from shared.http.problems import translate_messages

fairness_pages = Blueprint("fairness_pages", __name__)

_PERIOD = N_("El último día no puede ser anterior al primero, ni el periodo pasar de un año.")
_COLUMNS = (
    N_("Asesor"), N_("Hecho"), N_("Detalle"), N_("Tema"), N_("Número"), N_("Esfuerzo"),
)  # fmt: skip
_WHAT = {"assigned": N_("Asignado"), "skipped": N_("Omitido")}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@fairness_pages.get("/supervision/equidad")
@signed_in(*who_may(Right.SUPERVISE))
def show() -> ResponseReturnValue:
    """Who got how much, who was passed over, and how even it is."""
    wanted, errors = _wanted()
    with parts().database.transaction() as session:
        try:
            first, last = fairness.period(session, wanted.get("since"), wanted.get("until"))
        except PeriodRefusedError:
            errors = {"until": [_PERIOD]}
            first, last = fairness.period(session, None, None)
        report = fairness.report(session, first, last, current_locale())
    page = render_template(
        "fairness.html",
        report=report,
        most=max((one["total"] for one in report["advisors"]), default=0),
        ways={str(way): name for way, name in WAY_NAMES.items()},
        skip_names={str(why): name for why, name in SKIP_NAMES.items()},
        errors=translate_messages(errors),
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


@fairness_pages.get("/supervision/equidad.csv")
@signed_in(*who_may(Right.SUPERVISE))
def export() -> ResponseReturnValue:
    """The rows behind the report; their numbers add up to its totals."""
    wanted, _errors = _wanted()
    with parts().database.transaction() as session:
        try:
            first, last = fairness.period(session, wanted.get("since"), wanted.get("until"))
        except PeriodRefusedError:
            first, last = fairness.period(session, None, None)
        lines = fairness.lines(session, first, last, current_locale())
    names = {
        **{str(way): name for way, name in WAY_NAMES.items()},
        **{str(one): name for one, name in SKIP_NAMES.items()},
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([translate(name) for name in _COLUMNS])
    for line in lines:
        writer.writerow(
            [_plain(line["advisor"]), translate(_WHAT[line["what"]]), translate(names.get(line["why"], line["why"])),
             _plain(line["topic"]), line["number"], line["effort"]]
        )  # fmt: skip
    name = f"equidad-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _wanted() -> tuple[dict[str, date], dict[str, Any]]:
    given = {
        name: value
        for name, value in (("since", request.args.get("desde")), ("until", request.args.get("hasta")))
        if value
    }
    sent, errors = read_form(PeriodSchema(), given)
    return ({}, dict(errors)) if errors else (sent, {})


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

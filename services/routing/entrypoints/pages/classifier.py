"""The classifier as a page for supervisors: models, matrix, curve, drift, corrections, and going forward or back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.classifier.reading_key import reading_key
from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.classifier_schemas import ModelChangeSchema
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.learning import model_acts
from services.routing.entrypoints.pages.curve_chart import curve_chart
from services.routing.entrypoints.pages.matrix import matrix_of, worst_confusions
from services.routing.entrypoints.wording.models import install_model_wording
from services.routing.store import corrections
from services.routing.use_cases import classifier_status
from services.routing.use_cases.drift import SHIFTED
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_, translate
from shared.http.notices import add_notices
from shared.http.paging import page_of
from shared.http.problems import CONFLICT, INVALID, STALE, Problem, translate_messages

classifier = Blueprint("classifier_pages", __name__)

_MAY = who_may(Right.SET_RULES)
_SOME, _PAGE = 8, 25
_CURVE = N_("Curva: de la parte de consultas que el modelo decide solo, cuántas acierta")

_NOTICES = {
    "modelo": N_("El modelo decide desde ahora; cada proceso lo toma en segundos, sin reiniciar."),
    "entrenar": N_("El entrenamiento está pedido; empieza en uno o dos minutos."),
}


def install_classifier(app: Flask) -> None:
    """Add these pages, their words and their notices."""
    add_notices(app, _NOTICES)
    install_model_wording(app)
    app.register_blueprint(classifier)


@classifier.get("/clasificador")
@signed_in(*_MAY)
def show() -> ResponseReturnValue:
    """How the classifier stands."""
    with parts().database.transaction() as session:
        status = classifier_status.read_status(session, reading_key())
        rows = corrections.page(session, limit=_SOME)
    metrics = (status["champion"] or {}).get("metrics") or {}
    return render_template(
        "classifier.html",
        status=status,
        metrics=metrics,
        matrix=matrix_of(metrics.get("confusion", {})),
        confusions=worst_confusions(metrics.get("confusion", {})),
        chart=_chart(metrics),
        corrections=[classifier_status.correction_dict(row) for row in rows[:_SOME]],
        has_more=len(rows) > _SOME,
        shifted=SHIFTED,
    )


def _chart(metrics: Mapping[str, Any]) -> Any:
    if not metrics.get("curve"):
        return None
    return curve_chart(
        metrics["curve"],
        description=translate(_CURVE),
        across=translate(N_("% que decide sin persona")),
        up=translate(N_("% de acierto")),
    )


@classifier.get("/clasificador/correcciones")
@signed_in(*_MAY)
def show_corrections() -> ResponseReturnValue:
    """What people decided, newest first."""
    after = model_acts.read_position(request.args.get("cursor"))
    with parts().database.transaction() as session:
        rows = corrections.page(session, limit=_PAGE, after=after)
    page = page_of(rows, _PAGE, corrections.sort_key)
    return render_template(
        "corrections.html",
        corrections=[classifier_status.correction_dict(row) for row in page.rows],
        next_cursor=page.next_cursor,
        is_first=after is None,
    )


@classifier.get("/clasificador/modelos/<version>")
@signed_in(*_MAY)
def show_model(version: str) -> ResponseReturnValue:
    """One model beside its parent; from here it is promoted, which is the confirmation."""
    return _model(version)


@classifier.post("/clasificador/modelos/<version>")
@signed_in(*_MAY)
def promote(version: str) -> ResponseReturnValue:
    """Let the model decide from now on."""

    def act(sent: dict[str, Any]) -> str:
        return model_acts.promote(form_key(), version, **sent)

    return _changed(act, lambda errors, status: _model(version, errors, status))


@classifier.get("/clasificador/volver")
@signed_in(*_MAY)
def show_rollback() -> ResponseReturnValue:
    """What going back means, before it is done."""
    return _rollback()


@classifier.post("/clasificador/volver")
@signed_in(*_MAY)
def roll_back() -> ResponseReturnValue:
    """Go back to the model that decided before."""

    def act(sent: dict[str, Any]) -> str:
        return model_acts.roll_back(form_key(), **sent)

    return _changed(act, _rollback)


@classifier.post("/clasificador/entrenar")
@signed_in(*_MAY)
def ask_for_training() -> ResponseReturnValue:
    """Let the clock start a training."""
    model_acts.ask_for_training(form_key())
    return see_other("/clasificador", "entrenar")


Shown = Callable[[Mapping[str, Any], int], ResponseReturnValue]


def _changed(act: Callable[[dict[str, Any]], str], again: Shown) -> ResponseReturnValue:
    sent, errors = read_form(ModelChangeSchema(), request.form)
    if errors:
        return again(translate_messages(errors), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        act(sent)
    except Problem as problem:
        if problem.kind not in (CONFLICT, STALE, INVALID):
            raise
        return again({"refusal": [problem.to_dict()["detail"]]}, problem.kind.status)
    return see_other("/clasificador", "modelo")


def _model(version: str, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with model_acts.model_refusals(), parts().database.transaction() as session:
        found = classifier_status.read_version(session, version, reading_key())
        present = classifier_status.read_status(session, reading_key())
    page = render_template(
        "model.html",
        model=found,
        champion=present["champion"],
        matrix=matrix_of(found["metrics"].get("confusion", {})),
        chart=_chart(found["metrics"]),
        errors=errors or {},
        typed=request.form,
    )
    return page, status


def _rollback(errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        present = classifier_status.read_status(session, reading_key())
    page = render_template("rollback.html", status=present, errors=errors or {}, typed=request.form)
    return page, status

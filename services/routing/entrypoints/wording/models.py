"""What pages and commands call models, decisions and the reasons for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from services.routing.use_cases import topics
from shared.http.languages import N_, current_locale, translate

DECISIONS = {
    "built": N_("de fábrica"),
    "promoted": N_("promovido"),
    "waiting": N_("espera a una persona"),
    "refused": N_("rechazado"),
}
ACTS = {
    "adopted": N_("llegó con la versión del sistema"),
    "promoted": N_("promovido"),
    "rolled_back": N_("se volvió a este modelo"),
}
RUN_STATES = {
    "asked": N_("pedido"),
    "running": N_("en marcha"),
    "done": N_("terminado"),
    "failed": N_("falló"),
}
REASONS = {
    "better_on_desk": N_(
        "acierta más en los casos reservados de la mesa: gana %(only_candidate)s y pierde %(only_champion)s"
        " de %(texts)s (p = %(p_value)s)"
    ),
    "not_better_on_desk": N_(
        "no acierta claramente más en los casos reservados de la mesa: gana %(only_candidate)s"
        " y pierde %(only_champion)s de %(texts)s (p = %(p_value)s)"
    ),
    "no_desk_cases": N_("no hay casos reservados de la mesa con qué juzgarlo"),
    "worse_on_fixed": N_(
        "acierta menos en los textos fijos: gana %(only_candidate)s y pierde %(only_champion)s de %(texts)s"
        " (p = %(p_value)s)"
    ),
    "kind_worse": N_(
        "acierta menos el tipo: gana %(only_candidate)s y pierde %(only_champion)s de %(texts)s (p = %(p_value)s)"
    ),
    "urgency_worse": N_(
        "acierta menos la urgencia: gana %(only_candidate)s y pierde %(only_champion)s de %(texts)s (p = %(p_value)s)"
    ),
    "accuracy_lost": N_("la exactitud en los textos fijos baja de %(champion)s a %(candidate)s"),
    "macro_f1_lost": N_("el F1 promedio por tema baja de %(champion)s a %(candidate)s"),
    "recall_lost": N_("reconoce menos el tema %(topic)s: de %(champion)s a %(candidate)s"),
    "calibration_lost": N_("su confianza dice menos la verdad: el error pasa de %(champion)s a %(candidate)s"),
    "same_model": N_("sin nada nuevo que aprender sale el mismo modelo"),
    "held_after_rollback": N_("alguien volvió al modelo anterior: la máquina propone y una persona decide"),
    "champion_changed": N_("el modelo en uso cambió durante el entrenamiento"),
}


def reason_text(reason: Mapping[str, Any], locale: str | None = None) -> str:
    """A reason as it is stored (a code and its figures) in words."""
    values = {name: _said(name, value, locale) for name, value in reason.items() if name != "code"}
    return translate(REASONS[reason["code"]], locale, **values)


def decision_name(decision: str, locale: str | None = None) -> str:
    """What was decided about a model, in words."""
    return translate(DECISIONS[decision], locale)


def act_name(act: str) -> str:
    """How a model became champion, in words."""
    return translate(ACTS[act])


def run_state(state: str) -> str:
    """How a training stands, in words."""
    return translate(RUN_STATES[state])


def figure(share: float | None) -> str:
    """A share between 0 and 1 as people read it: one decimal, or a dash."""
    return "—" if share is None else f"{share * 100:.1f}\u00a0%".replace(".", ",")


def _said(name: str, value: Any, locale: str | None) -> str:
    if name == "topic":
        return topics.named(value).name(locale or current_locale())
    if name == "p_value":
        return f"{value:.2g}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def install_model_wording(app: Flask) -> None:
    """Give templates the words for models."""
    for one in (reason_text, decision_name, act_name, run_state, figure):
        app.jinja_env.filters[one.__name__] = one

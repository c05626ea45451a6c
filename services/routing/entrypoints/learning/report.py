"""Models and trainings as the command line shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from services.routing.entrypoints.wording.models import decision_name, reason_text
from services.routing.store import model_registry
from services.routing.store.learning_models import ModelVersion
from shared.db.database import Database

if TYPE_CHECKING:  # it brings scikit-learn, and listing models should not wait for that
    from services.routing.entrypoints.learning.training import Outcome

_MOST = 50


def list_models(database: Database) -> list[dict[str, Any]]:
    """Every model known, newest first, JSON-ready."""
    with database.transaction() as session:
        chosen = model_registry.champion_version(session)
        rows = model_registry.versions(session, _MOST)
    champion = None if chosen is None else chosen[0]
    return [_line(row, is_loadable=is_loadable, is_champion=row.version == champion) for row, is_loadable in rows]


def _line(row: ModelVersion, *, is_loadable: bool, is_champion: bool) -> dict[str, Any]:
    measured = row.metrics
    return {
        "version": row.version,
        "is_champion": is_champion,
        "is_loadable": is_loadable,
        "origin": row.origin,
        "parent": row.parent,
        "decision": row.decision,
        "reasons": row.reasons,
        "trained_at": row.trained_at.isoformat(),
        "trained_by": row.trained_by,
        "learnt": row.learnt_count,
        "judged": row.judged_count,
        "accuracy": measured.get("topic", {}).get("value"),
        "macro_f1": measured.get("macro_f1"),
        "calibration_error": measured.get("calibration_error"),
        "desk": (row.comparison or {}).get("desk"),
    }


def models_text(lines: list[dict[str, Any]], lang: str = "es") -> str:
    """The models as lines for people; the champion carries a star."""
    shown = []
    for line in lines:
        star = "*" if line["is_champion"] else " "
        figures = f"{line['accuracy'] or 0:.3f} / {line['macro_f1'] or 0:.3f}"
        gone = "" if line["is_loadable"] else "  (sin copia / pruned)"
        decision = decision_name(line["decision"], lang) + gone
        shown.append(f"{star} {line['version']}  {line['trained_at'][:16]}  {figures}  {decision}")
        shown += [f"      {reason_text(reason, lang)}" for reason in line["reasons"]]
    return "\n".join(shown)


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """A training's outcome, JSON-ready, without matrix and curve."""
    found = asdict(outcome)
    found["reasons"] = [{"code": one.code, **one.values} for one in outcome.reasons]
    found["metrics"] = {
        name: value for name, value in outcome.metrics.items() if name not in ("confusion", "curve", "confidence")
    }
    return found


def outcome_text(outcome: Outcome, lang: str = "es") -> str:
    """A training's outcome as lines for people."""
    metrics, desk = outcome.metrics, outcome.comparison["desk"]
    paired = f"(+{desk['only_candidate']} −{desk['only_champion']}, p = {desk['p_value']:.3g})"
    fixed = f"F1 {metrics['macro_f1']:.3f}  ECE {metrics['calibration_error']:.3f}"
    lines = [
        f"{outcome.version}  {decision_name(outcome.decision, lang)}  ({outcome.seconds:.0f} s)",
        f"  correcciones aprendidas / corrections learnt     {outcome.learnt_count}",
        f"  casos reservados / held-back cases               {desk['texts']}  {paired}",
        f"  textos fijos / fixed split                       {metrics['topic']['value']:.3f}  {fixed}",
        *(f"  {reason_text({'code': one.code, **one.values}, lang)}" for one in outcome.reasons),
    ]
    return "\n".join(lines)

"""The few kinds of panel that the dashboards are made of, as Grafana's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
_COLUMNS = 24
_SCHEMA_VERSION = 39


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and how its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel before it has its place.

    :param kind: Grafana's type of panel.
    :param unit: Grafana's name of a unit: short, s, percentunit, ops.
    :param limits: (value, colour) from which the figure changes its colour.
    """

    title: str
    about: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 7
    limits: tuple[tuple[float, str], ...] = ()


def stat(
    title: str, about: str, expr: str, *, unit: str = "short", limits: tuple[tuple[float, str], ...] = ()
) -> Panel:
    """One big figure."""
    return Panel(
        title=title, about=about, queries=(Query(expr),), kind="stat", unit=unit, width=4, height=4, limits=limits
    )


def dashboard(uid: str, title: str, about: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """A dashboard with its panels laid out row by row, in the order given."""
    placed, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > _COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        placed.append(_panel_json(number, panel, {"h": panel.height, "w": panel.width, "x": x, "y": y}))
        x, row_height = x + panel.width, max(row_height, panel.height)
    return {
        "uid": uid,
        "title": title,
        "description": about,
        "tags": ["ventanilla"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "America/Lima",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["ventanilla"], "title": "Ventanilla", "asDropdown": False}],
        "panels": placed,
    }


def _panel_json(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    steps = [{"color": "green", "value": None}, *({"color": colour, "value": value} for value, colour in panel.limits)]
    targets = [
        {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": query.expr, "legendFormat": query.legend}
        for index, query in enumerate(panel.queries)
    ]
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    options: dict[str, Any] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    if panel.kind == "timeseries":
        defaults["custom"] = {"fillOpacity": 10, "showPoints": "never", "lineWidth": 2}
    else:
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": DATASOURCE,
        "gridPos": place,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
    }

"""The coverage/precision curve as SVG: presentation attributes only, so the strict policy needs no exception.

The console's bars are drawn by leather (ADR 13); one line on two axes is forty lines here and spares routing the
library. The same figures stand in a table below the chart.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 340, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 34
_INK, _QUIET, _GRID, _GOOD = "#0b5d56", "#54625f", "#e3e9e7", "#b45309"
_LOWEST_FLOOR, _STEP = 0.5, 0.1
_PROMISE = 0.95


def curve_chart(curve: Sequence[Sequence[float]], *, description: str, across: str, up: str) -> Markup:
    """The share of texts answered (left to right) against the share of these that is right (upwards).

    :param curve: [coverage, precision, threshold], coverage rising.
    :param across: what the horizontal axis shows; `up` the vertical one.
    """
    floor = _floor(min((point[1] for point in curve), default=_LOWEST_FLOOR))
    root = ET.Element(
        "svg", {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img", "aria-label": description, "class": "chart"}
    )
    for tick in _ticks(floor):
        _line(root, _x(0), _y(tick, floor), _x(1), _y(tick, floor), _GRID)
        _text(root, _LEFT - 6, _y(tick, floor) + 4, f"{tick * 100:.0f}", "end")
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        _text(root, _x(tick), _HEIGHT - _BOTTOM + 15, f"{tick * 100:.0f}", "middle")
    _line(root, _x(0), _y(_PROMISE, floor), _x(1), _y(_PROMISE, floor), _GOOD, dashes="5 4")
    points = " ".join(f"{_x(cover):.1f},{_y(right, floor):.1f}" for cover, right, *_ in curve)
    ET.SubElement(root, "polyline", {"points": points, "fill": "none", "stroke": _INK, "stroke-width": "2.5"})
    _text(root, (_x(0) + _x(1)) / 2, _HEIGHT - 4, across, "middle")
    middle = (_y(floor, floor) + _y(1, floor)) / 2
    label = _text(root, 11, middle, up, "middle")
    label.set("transform", f"rotate(-90 11 {middle:.0f})")
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - ElementTree escaped it


def _floor(lowest: float) -> float:
    return max(min(int(lowest * 10) / 10, 0.9), 0.0)


def _ticks(floor: float) -> list[float]:
    return [floor + _STEP * number for number in range(round((1 - floor) / _STEP) + 1)]


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float, floor: float) -> float:
    return _TOP + (1 - (share - floor) / (1 - floor)) * (_HEIGHT - _TOP - _BOTTOM)


def _line(root: ET.Element, x1: float, y1: float, x2: float, y2: float, colour: str, *, dashes: str = "") -> None:
    places = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}", "stroke": colour}
    ET.SubElement(root, "line", {**places, **({"stroke-dasharray": dashes} if dashes else {})})


def _text(root: ET.Element, x: float, y: float, words: str, anchor: str) -> ET.Element:
    attributes = {
        "x": f"{x:.1f}", "y": f"{y:.1f}", "fill": _QUIET, "font-size": "11", "font-family": "system-ui, sans-serif",
        "text-anchor": anchor,
    }  # fmt: skip
    made = ET.SubElement(root, "text", attributes)
    made.text = words
    return made

"""Charts as SVG, drawn on the server by leather: no script, no inline style, nothing from elsewhere (docs/adr/0013).

Each chart is small and shows one series, so that four of them fit a phone one below the other and nobody has to tell
lines apart by colour. The same figures stand in a table beside them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence

import leather  # type: ignore[import-untyped]  # it ships no types
from leather import theme
from markupsafe import Markup

WIDTH, HEIGHT = 300, 130
_BAR = "#0b5d56"
_SMALLEST_TOP = 4
_DECIMALS = re.compile(r"(\d+\.\d)\d+")
_POINTLESS = re.compile(r"(\d+)\.0(?=[\" )])")

# leather reads its look from this module; nothing else in the process uses leather.
theme.background_color = "#fff"
theme.margin = 0.02
theme.tick_font_family = "system-ui, sans-serif"
theme.tick_font_size = 12
theme.tick_font_char_height = 12
theme.tick_font_char_width = 7
theme.label_color = "#54625f"
theme.tick_color = "#e3e9e7"
theme.zero_color = "#6f7d7a"


def bars(values: Sequence[int], labels: dict[int, str], description: str) -> Markup:
    """A bar for each value, in order.

    :param labels: what to write below some of the bars, by their index.
    :param description: what a person who cannot see the chart is told.
    """
    chart = leather.Chart()
    top = _round_top(max(values, default=0))
    chart.set_x_scale(_Exact(len(values)))
    chart.set_y_scale(_Exact(top))
    chart.add_x_axis(ticks=sorted(labels), tick_formatter=_label_of(labels))
    chart.add_y_axis(ticks=[0, top // 2, top], tick_formatter=_plain)
    chart.add_series(leather.Series([(index, value) for index, value in enumerate(values)]), _Bars(len(values)))
    return _as_image(chart.to_svg_group(WIDTH, HEIGHT), description)


class _Exact(leather.Scale):  # type: ignore[misc]  # leather ships no types
    """A scale from 0 to `most` that ends where it is told to; leather's linear one adds room at the end."""

    def __init__(self, most: int) -> None:
        self._most = most

    def contains(self, value: float) -> bool:
        """Whether a value is on the scale."""
        return 0 <= value <= self._most

    def project(self, value: float, range_min: float, range_max: float) -> float:
        """Where a value lies between two positions."""
        return range_min + (range_max - range_min) * value / self._most


class _Bars(leather.Shape):  # type: ignore[misc]  # leather ships no types
    """Bars over a linear scale of positions; leather's own columns need one text label each."""

    def __init__(self, count: int) -> None:
        self._count = count

    def validate_series(self, series: object) -> None:
        """Every series of positions and numbers will do."""

    def to_svg(
        self, width: float, height: float, x_scale: _Exact, y_scale: _Exact, series: leather.Series, _palette: object,
    ) -> ET.Element:  # fmt: skip
        """The bars, as thick strokes of one path: a week of hours is 168 of them, and a page must stay small."""
        step = width / self._count
        gap = 2.0 if step >= 8 else 0.0  # noqa: PLR2004 - pixels
        strokes = [
            f"M{x_scale.project(datum.x + 0.5, 0, width):.1f} {height:.0f}V{y_scale.project(datum.y, height, 0):.1f}"
            for datum in series.data()
            if datum.y
        ]
        return ET.Element("path", {"stroke": _BAR, "stroke-width": f"{step - gap:.1f}", "d": "".join(strokes)})

    def legend_to_svg(self, series: object, palette: object) -> list[object]:  # noqa: ARG002 - leather's signature
        """None: the heading says what is counted."""
        return []


def _round_top(highest: int) -> int:
    """An even number not below `highest`, so that the middle is a whole number."""
    return max(_SMALLEST_TOP, highest + highest % 2)


def _label_of(labels: dict[int, str]) -> Callable[[int, int, int], str]:
    return lambda value, _index, _count: labels[int(value)]


def _plain(value: float, _index: int, _count: int) -> str:
    return str(int(value))


def _as_image(group: ET.Element, description: str) -> Markup:
    root = ET.Element(
        "svg",
        {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": description, "class": "chart"},
    )
    root.append(group)
    drawn = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return Markup(_POINTLESS.sub(r"\1", _DECIMALS.sub(r"\1", drawn)))  # noqa: S704 - ElementTree escaped it

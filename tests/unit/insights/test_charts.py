"""Charts: small, readable by programs, harmless under a strict policy."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from services.insights.entrypoints.pages.charts import HEIGHT, bars


@given(st.lists(st.integers(0, 10_000), min_size=24, max_size=168))
def test_every_count_is_a_bar_inside_the_picture(values):
    drawn = bars(values, {0: "00"}, "Recibidas")
    root = ET.fromstring(drawn)  # noqa: S314 - we drew it
    path = root.find(".//path").get("d")
    strokes = [stroke for stroke in path.split("M") if stroke]
    assert len(strokes) == sum(value > 0 for value in values)
    assert all(0 <= float(stroke.split("V")[1]) <= HEIGHT for stroke in strokes)


def test_a_week_of_hours_is_a_few_kilobytes_without_style_or_script():
    drawn = str(bars(list(range(168)), {0: "lun"}, "Recibidas"))
    assert len(drawn) < 6000
    assert "style" not in drawn
    assert "<script" not in drawn


def test_the_description_is_escaped_and_told_to_those_who_do_not_see():
    drawn = str(bars([1], {0: "00"}, '<b>"Recibidas"'))
    assert 'role="img"' in drawn
    assert "<b>" not in drawn
    assert "&lt;b&gt;" in drawn


def test_a_day_without_anything_is_still_a_chart():
    assert "<text" in bars([0] * 24, {0: "00"}, "Recibidas")

"""What is stored of a model's performance, and the chart drawn from it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import datetime

from services.routing.classifier.corpus import HELD_BACK_FOLDER, Record, read_folder
from services.routing.classifier.lessons import lessons_of
from services.routing.classifier.measuring import curve, measures
from services.routing.classifier.model import Classifier
from services.routing.classifier.taxonomy import load_taxonomy
from services.routing.entrypoints.pages.curve_chart import curve_chart
from services.routing.entrypoints.pages.matrix import matrix_of, worst_confusions

NOW = datetime.fromisoformat("2026-11-23T10:00:00-05:00")


def test_measures_are_json_and_agree_with_each_other(classifier: Classifier) -> None:
    records = read_folder(HELD_BACK_FOLDER)[::5]
    given = classifier.classify_many([(one.subject, one.body) for one in records], now=NOW)
    found = json.loads(json.dumps(measures(records, given)))
    assert sum(sum(row.values()) for row in found["confusion"].values()) == found["texts"] == len(records)
    right = sum(row.get(topic, 0) for topic, row in found["confusion"].items())
    assert abs(right / len(records) - found["topic"]["value"]) < 1e-3
    assert found["curve"][-1][0] == 1.0
    assert found["curve"][-1][1] == round(right / len(records), 4)
    coverages = [point[0] for point in found["curve"]]
    assert coverages == sorted(coverages)
    assert len(json.dumps(found)) < 20_000
    rows = matrix_of(found["confusion"])
    assert sum(row.total for row in rows) == len(records)
    assert all(len(row.cells) == len(rows) for row in rows)
    assert all(pair.true.code != pair.given.code for pair in worst_confusions(found["confusion"]))


def test_a_curve_of_nothing_is_empty_and_a_chart_of_anything_is_one_image() -> None:
    assert curve([], []) == []
    assert matrix_of({}) == []
    for points in ([], [[1.0, 0.0, 0.1]], [[0.5, 1.0, 0.9], [1.0, 0.91, 0.2]]):
        drawn = ET.fromstring(str(curve_chart(points, description="<curva>", across="x", up="y")))  # noqa: S314 - our own
        assert drawn.get("aria-label") == "<curva>"
        assert "style" not in ET.tostring(drawn, encoding="unicode")


def test_near_copies_of_a_lesson_and_foreign_labels_do_not_judge() -> None:
    lesson = Record("l", "", "¿Quién aprueba la nota modificatoria del pliego?", "presupuesto", "tramite", False)
    same = Record("j1", "", "¿Quién aprueba la nota modificatoria del pliego 2026?", "presupuesto", "tramite", False)
    other = Record("j2", "", "Pago de dietas a regidores suplentes", "gobierno_municipal", "tramite", False)
    gone = Record("j3", "", "Esto era de un tema que ya no existe", "tema_viejo", "tramite", False)
    found = lessons_of([lesson], [same, other, gone], load_taxonomy())
    assert [one.id for one in found.judging] == ["j2"]
    assert [one.id for one in found.taught] == ["l"]
    assert found.left_out == 2

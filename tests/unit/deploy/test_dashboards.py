"""Dashboards as code: the files are what the builder writes, and hold together."""

from __future__ import annotations

import json

import pytest
import yaml

from deploy.grafana.build import DASHBOARDS, FOLDER, render
from tests.support.promql import ROOT, recorded, selectors

COLUMNS = 24


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_file_is_fresh(name):
    assert (FOLDER / name).read_text(encoding="utf-8") == render(DASHBOARDS[name]), (
        "run: python -m deploy.grafana.build"
    )


def test_no_file_is_left_of_a_dashboard_that_is_gone():
    assert {path.name for path in FOLDER.glob("*.json")} == set(DASHBOARDS)
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_titles_explanations_and_queries_and_do_not_overlap(name):
    taken = set()
    for panel in DASHBOARDS[name]["panels"]:
        assert panel["title"]
        assert panel["description"].endswith((".", "?"))
        assert panel["targets"]
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells


def test_panels_use_the_provisioned_data_source():
    provisioned = yaml.safe_load(
        (ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "prometheus.yml").read_text(encoding="utf-8")
    )
    (source,) = provisioned["datasources"]
    used = {json.dumps(panel["datasource"]) for content in DASHBOARDS.values() for panel in content["panels"]}
    assert used == {json.dumps({"type": source["type"], "uid": source["uid"]})}


def test_what_is_asked_of_recording_rules_is_recorded():
    names = {each.text for each in recorded()}
    asked = {
        selector.partition("{")[0]
        for content in DASHBOARDS.values()
        for panel in content["panels"]
        for target in panel["targets"]
        for selector in selectors(target["expr"])
    }
    assert {name for name in asked if ":" in name} <= names

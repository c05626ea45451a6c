"""Alerts say what to do, in both languages; each has its section in the runbook, its tests, its sign where shown."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
import yaml

from services.insights.domain.signs import LIMITS, UNCLASSIFIED_SECONDS
from services.insights.entrypoints.pages import words
from tests.support.promql import ROOT, RULES

PROMETHEUS = ROOT / "deploy" / "prometheus"
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
ANNOTATIONS = {"summary", "summary_en", "action", "action_en", "runbook"}


def rules(kind):
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


ALERTS = rules("alert")


def tool(name):
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed here; apt-get install prometheus prometheus-alertmanager brings it"
        sys.stderr.write(f"\nNOT TESTED: {message}\n")
        pytest.skip(message)
    return found


def run(*arguments):
    return subprocess.run(arguments, cwd=PROMETHEUS, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_happened_and_what_to_do_in_both_languages(name):
    alert = ALERTS[name]
    assert set(alert["annotations"]) == ANNOTATIONS
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert all(len(text) > 20 for text in alert["annotations"].values())


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_has_its_section_in_the_runbook(name):
    path, _, anchor = ALERTS[name]["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^### (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert name in headings
    assert anchor == name.lower()


def test_the_runbook_has_no_section_of_an_alert_that_is_gone():
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### ([A-Z][a-z]+(?:[A-Z][a-z]+)+)$", text, re.MULTILINE)
    assert set(sections) == set(ALERTS)


def test_every_alert_is_tested_to_fire_and_to_stay_quiet():
    cases = [test for path in TESTS for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]]
    firing, quiet = set(), set()
    for case in cases:
        name = case["name"].split()[0]
        expected = [bool(check["exp_samples"]) for check in case["promql_expr_test"]]
        (firing if any(expected) else quiet).add(name)
    assert set(ALERTS) <= firing
    assert set(ALERTS) <= quiet


def test_the_console_shows_the_signs_of_alerts_at_the_same_limits():
    assert set(words.SIGNS) <= set(ALERTS)
    for limit in LIMITS:
        assert re.search(rf"> {limit.most:g}\b", ALERTS[limit.sign]["expr"]), limit.sign
    assert f"> {UNCLASSIFIED_SECONDS:g}" in ALERTS["JourneyStalled"]["expr"]


def test_rules_and_configuration_are_valid():
    promtool = tool("promtool")
    for arguments in (("check", "rules", *map(str, RULES)), ("check", "config", "prometheus.yml")):
        done = run(promtool, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_quiet_as_their_tests_say(path):
    done = run(tool("promtool"), "test", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_severity_has_its_route_and_the_configuration_is_valid():
    folder = ROOT / "deploy" / "alertmanager"
    content = yaml.safe_load((folder / "alertmanager.yml").read_text(encoding="utf-8"))
    routed = {matcher for route in content["route"]["routes"] for matcher in route["matchers"]}
    severities = {alert["labels"]["severity"] for alert in ALERTS.values()}
    assert {f"severity = {severity}" for severity in severities} == routed
    named = set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", str(content["inhibit_rules"])))
    assert named <= set(ALERTS)
    done = run(tool("amtool"), "check-config", str(folder / "alertmanager.yml"))
    assert done.returncode == 0, done.stdout + done.stderr

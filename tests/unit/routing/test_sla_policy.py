"""The policy: the promises of the default one, first match, and what is refused."""

import copy

import pytest
import yaml

from services.routing.domain.sla_errors import InvalidPolicyError
from services.routing.domain.sla_policy import Classification, ClockName, policy_of
from services.routing.store.sla_policy_source import default_policy

DAY = 28_800
TARGETS = {"first_response_seconds": 1, "next_response_seconds": 1, "resolution_seconds": 1}
SMALL = {"version": "1", "rules": [{"name": "all", "targets": TARGETS}]}


@pytest.mark.parametrize(
    ("kind", "is_urgent", "days"),
    [
        *(("tramite", False, 2), ("interpretacion_norma", False, 3), ("caso_legal", False, 5)),
        *(("tramite", True, 1), ("caso_legal", True, 1), ("no_aplica", False, 2)),
    ],
)
def test_the_default_policy_keeps_the_promise_of_the_desk(kind, is_urgent, days):
    case = Classification(kind, "presupuesto", is_urgent=is_urgent)
    policy = default_policy()
    assert policy.target_seconds(ClockName.FIRST_RESPONSE, case) == days * DAY
    assert policy.target_seconds(ClockName.RESOLUTION, case) > policy.target_seconds(ClockName.FIRST_RESPONSE, case)
    assert policy.target_seconds(ClockName.NEXT_RESPONSE, case) <= days * DAY
    assert policy.warning_percents == (75,)


def test_the_first_matching_rule_wins():
    policy = policy_of(
        {
            "version": "1",
            "rules": [
                {"name": "topic", "when": {"topics": ["tributos"], "is_urgent": False}, "targets": TARGETS},
                {"name": "kind", "when": {"kinds": ["caso_legal"]}, "targets": TARGETS},
                {"name": "rest", "targets": TARGETS},
            ],
        }
    )
    chosen = [
        policy.rule_for(Classification(kind, topic, is_urgent=is_urgent)).name
        for kind, topic, is_urgent in (
            ("caso_legal", "tributos", False),
            ("caso_legal", "tributos", True),
            ("tramite", "tributos", True),
        )
    ]
    assert chosen == ["topic", "kind", "rest"]


def broken(change) -> dict:
    content = copy.deepcopy(SMALL)
    change(content)
    return content


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda body: body.pop("version"), id="no version"),
        pytest.param(lambda body: body.update(version=" "), id="blank version"),
        pytest.param(lambda body: body.update(rules=[]), id="no rules"),
        pytest.param(lambda body: body.update(rules={}), id="rules are no list"),
        pytest.param(lambda body: body.update(colour="red"), id="unknown key"),
        pytest.param(lambda body: body["rules"][0].update(when={"kinds": ["x"]}), id="hole"),
        pytest.param(lambda body: body["rules"].append(body["rules"][0]), id="unreachable rule"),
        pytest.param(lambda body: body["rules"][0].update(when={"is_urgent": "yes"}), id="urgent is a word"),
        pytest.param(lambda body: body["rules"][0].update(targets={}), id="no targets"),
        pytest.param(lambda body: body["rules"][0].update(targets=TARGETS | {"resolution_seconds": 0}), id="zero"),
        pytest.param(lambda body: body["rules"][0].update(targets=TARGETS | {"resolution_seconds": "8h"}), id="text"),
        pytest.param(lambda body: body["rules"][0].update(targets=TARGETS | {"resolution_seconds": True}), id="bool"),
        pytest.param(lambda body: body.update(warning_percents=[75, 50]), id="warnings descend"),
        pytest.param(lambda body: body.update(warning_percents=[100]), id="warning at the end"),
        pytest.param(lambda body: body.update(waiting_limit_seconds=1), id="limit before reminder"),
        pytest.param(lambda body: body.update(reopen_within_days=-1), id="negative term"),
    ],
)
def test_a_policy_with_a_hole_or_nonsense_is_refused(change):
    policy_of(SMALL)
    with pytest.raises(InvalidPolicyError):
        policy_of(broken(change))


@pytest.mark.parametrize("text", ["", "[]", "just words", "version: 1"])
def test_a_file_that_is_no_policy_is_refused(text):
    with pytest.raises(InvalidPolicyError):
        policy_of(yaml.safe_load(text))

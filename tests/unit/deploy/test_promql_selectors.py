"""The selectors inside an expression are found, and nothing else."""

from __future__ import annotations

import pytest

from tests.support.promql import selectors


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", ["up"]),
        ('up{job="a"} == 0', ['up{job="a"}']),
        ("sum by (service, le) (rate(a_total[5m]))", ["a_total"]),
        ('{__name__=~"x_.+_y", status="dead"} > 0', ['{__name__=~"x_.+_y", status="dead"}']),
        ("a:b:c > 300 and on (x) d == 0 unless e", ["a:b:c", "d", "e"]),
        ("m < 0.85 * avg_over_time(m[7d] offset 1d)", ["m", "m"]),
        ('absent(up{a="}"}) or 0 * vector(1)', ['up{a="}"}']),
        ("histogram_quantile(0.95, sum by (le) (rate(b_bucket[5m])))", ["b_bucket"]),
        ("x > 60 < 3600", ["x"]),
    ],
)
def test_selectors_of(expression, expected):
    assert selectors(expression) == expected

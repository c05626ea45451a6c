"""Metric objects: one per process and name, however many threads ask for it first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from prometheus_client import Counter, Gauge, Histogram

from shared.ids import new_id
from shared.observability import metrics

_THREADS = 8


@pytest.mark.parametrize(
    ("make", "kind"), [(metrics.counter, Counter), (metrics.gauge, Gauge), (metrics.histogram, Histogram)]
)
def test_threads_that_ask_at_once_get_one_metric(make, kind, monkeypatch):
    together = Barrier(_THREADS)
    name = f"asked_{new_id().hex}"
    made = []
    others = Event()

    def note(self, *args, **kwargs):
        made.append(name)
        if len(made) > 1:
            others.set()
        others.wait(0.1)  # the others get their chance to come in meanwhile
        original(self, *args, **kwargs)

    original = kind.__init__
    monkeypatch.setattr(kind, "__init__", note)

    def ask(_number):
        together.wait(timeout=10)
        return make("test", name, "Asked for by many.", "label")

    with ThreadPoolExecutor(_THREADS) as pool:
        got = list(pool.map(ask, range(_THREADS)))

    assert len({id(one) for one in got}) == 1
    assert made == [name]


def test_asking_with_other_labels_is_another_question():
    name = f"labelled_{new_id().hex}"
    metrics.counter("test", name, "One.", "topic")
    with pytest.raises(ValueError, match="Duplicated"):
        metrics.counter("test", name, "One.", "kind")

"""The page in panels: each a template of its own, shown first in the page and then again whenever it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from itertools import groupby
from operator import attrgetter
from typing import Any

from flask import render_template
from markupsafe import Markup

from services.insights.domain.periods import LIMA, Period, by_day
from services.insights.domain.states import MEASURES, OPEN, OURS
from services.insights.entrypoints.pages import processes, words
from services.insights.entrypoints.pages.charts import bars
from services.insights.store.figures import OpenGroup
from services.insights.use_cases.overview import Overview
from shared.http.languages import N_, current_locale, moment, translate

NAMES = ("signs", "tiles", "flow", "open", "deadlines", "messages", "queues", "processes")

_HOURS_LABELLED = (0, 6, 12, 18)
_DEADLINES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page. `digest` tells whether it changed since somebody saw it."""

    name: str
    html: Markup
    digest: str


def render_panels(overview: Overview) -> list[Panel]:
    """Every panel, in the order of the page, in the reader's language."""
    values = {
        "overview": overview,
        "signs": [(name, list(group)) for name, group in groupby(overview.signs, key=attrgetter("name"))],
        "words": words,
        "charts": flow_charts(overview),
        "flow_rows": flow_rows(overview),
        "states": [(state, overview.open_in(state)) for state in OPEN],
        "open_total": overview.open_in(*OPEN),
        "topics": open_topics(overview.open_groups),
        "messages": message_table(overview),
        "troubled": sum(row.count for row in overview.troubled_messages),
        "process_lines": processes.by_service(processes.process_lines(overview.readings, overview.generated_at)),
        "queue_lines": processes.queue_lines(overview.readings, overview.generated_at),
        "broker_queues": processes.broker_queues(overview.readings),
        "name_of": name_of,
        "deadlines_shown": _DEADLINES_SHOWN,
    }
    return [_panel(name, values) for name in NAMES]


def _panel(name: str, values: dict[str, Any]) -> Panel:
    html = render_template(f"panels/{name}.html", **values)
    return Panel(name, Markup(html), blake2s(html.encode(), digest_size=4).hexdigest())  # noqa: S704 - our own template


def name_of(row: Any) -> str:
    """The topic of a row in the reader's language."""
    name: str | None = row.topic_name_en if current_locale() == "en" else row.topic_name_es
    return name or translate(_NO_TOPIC)


_NO_TOPIC = N_("Sin tema")


def flow_charts(overview: Overview) -> list[tuple[str, int, Markup]]:
    """By measure: its name, its total, and its chart by hour."""
    hours = overview.period.hours
    labels = _labels(overview.period)
    charts = []
    for measure in MEASURES:
        name, total = translate(words.MEASURES[measure]), overview.totals[measure]
        description = translate(_CHART_SAYS, name=name, total=total)
        values = [overview.flow[measure].get(hour, 0) for hour in hours]
        charts.append((name, total, bars(values, labels, description)))
    return charts


_CHART_SAYS = N_("%(name)s por hora; total %(total)s. Las cifras están en la tabla.")


def _labels(period: Period) -> dict[int, str]:
    local = {index: hour.astimezone(LIMA) for index, hour in enumerate(period.hours)}
    if period.name == "today":
        return {index: f"{hour:%H}" for index, hour in local.items() if hour.hour in _HOURS_LABELLED}
    return {index: moment(hour, "EEE") for index, hour in local.items() if hour.hour == 0}


def flow_rows(overview: Overview) -> list[tuple[str, list[int]]]:
    """The table beside the charts: hours of today up to now, or days of the week."""
    period, flow = overview.period, overview.flow
    if period.name == "today":
        passed = [hour for hour in period.hours if hour <= overview.generated_at]
        return [(moment(hour, "HH:mm"), [flow[m].get(hour, 0) for m in MEASURES]) for hour in reversed(passed)]
    by_measure = {measure: dict(by_day(period, flow[measure])) for measure in MEASURES}
    days = [day for day, _ in by_day(period, {})]
    return [(moment(day, "day"), [by_measure[m][day] for m in MEASURES]) for day in reversed(days)]


@dataclass(frozen=True, slots=True)
class TopicLine:
    """Open consultations of a topic that are the desk's turn, and of these the late ones."""

    name: str
    open: int
    ours: int
    late: int
    urgent: int
    oldest_at: datetime | None


def open_topics(groups: list[OpenGroup]) -> list[TopicLine]:
    """Open consultations by topic, the fullest first."""
    by_topic: dict[str | None, list[OpenGroup]] = {}
    for group in groups:
        by_topic.setdefault(group.topic_code, []).append(group)
    lines = [
        TopicLine(
            name=name_of(members[0]),
            open=sum(group.count for group in members),
            ours=sum(group.count for group in members if group.state in OURS),
            late=sum(group.late for group in members),
            urgent=sum(group.urgent for group in members),
            oldest_at=min((group.oldest_at for group in members if group.oldest_at), default=None),
        )
        for members in by_topic.values()
    ]
    return sorted(lines, key=lambda line: (-line.open, line.name))


def message_table(overview: Overview) -> list[tuple[str, list[int], list[int | None]]]:
    """By channel: how many messages came to each outcome in the period, and how many are still on their way."""
    counts = overview.messages
    found = {(row.channel, row.state): row.count for row in counts}
    unsent = processes.unsent_messages(overview.readings)
    channels = [*words.CHANNELS, *sorted({row.channel for row in counts} - words.CHANNELS.keys())]
    return [
        (
            channel,
            [found.get((channel, outcome), 0) for outcome in words.OUTCOMES],
            [None if unsent is None else unsent.get((channel, state), 0) for state in words.UNSENT],
        )
        for channel in channels
    ]

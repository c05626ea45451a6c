"""The whole backlog spread at once: a minimum-cost assignment of cases to free places.

An advisor's capacity is as many columns as places they have left; the cost of a place is what the scoring of a single
assignment says against it (`domain.assignment`), and each further place of the same person costs more, because their
load grows. So the solution keeps capacities, prefers skill, language and office, and spreads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.assignment import Need, Standing, points_of
from services.routing.domain.assignment_rules import AssignmentRules
from services.routing.domain.fairness import jain

MOST_CELLS = 4_000_000
"""Cases times places of one solution: some seconds and 32 MB."""

_NEVER = 1e6
_KEPT = 1e5
_WAITS = 1e4
_URGENT_WAITS = 2e3
_STAY = 2.0
_LATE = 200.0


@dataclass(frozen=True, slots=True)
class Movable:
    """A case that waits (`holder_id` None), or that its advisor has not begun."""

    case_id: UUID
    code: str
    version: int
    topic: str
    need: Need
    waiting_since: datetime
    holder_id: UUID | None


@dataclass(frozen=True, slots=True)
class Move:
    """A case goes to another advisor than it has."""

    case: Movable
    to_id: UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """What spreading changes: moves in an order that keeps every capacity, and the load of each advisor."""

    moves: tuple[Move, ...]
    considered: int
    left_waiting: int
    before: Mapping[UUID, int]
    after: Mapping[UUID, int]
    jain_before: float
    jain_after: float


def plan(
    movables: Sequence[Movable],
    standings: Mapping[str, Sequence[Standing]],
    now: datetime,
    rules: AssignmentRules,
) -> Plan:
    """Spread cases over advisors.

    :param movables: those that waited longest first; as many as fit the bound are considered.
    :param standings: by topic, everybody who knows it, with their present load (the movable cases they hold included).
    """
    people = {one.id: one for of_topic in standings.values() for one in of_topic}
    held: Counter[UUID] = Counter(one.holder_id for one in movables if one.holder_id is not None)
    places = _places(movables, standings, people, held)
    most = max(MOST_CELLS // max(len(places) + len(movables), 1), 1)
    considered = list(movables[:most])
    targets = _solve(considered, places, standings, people, held, now, rules)
    pairs = zip(considered, targets, strict=True)
    found = [Move(one, to) for one, to in pairs if to is not None and to != one.holder_id]
    before = {one.id: one.open_count for one in people.values()}
    moves = _in_feasible_order(found, before, people)
    after = Counter(before)
    for move in moves:
        after[move.to_id] += 1
        if move.case.holder_id is not None:
            after[move.case.holder_id] -= 1
    left = sum(one.holder_id is None for one in considered) - sum(move.case.holder_id is None for move in moves)
    return Plan(
        tuple(moves), len(considered), left, before, dict(after), _evenness(before, people), _evenness(after, people)
    )


def _evenness(loads: Mapping[UUID, int], people: Mapping[UUID, Standing]) -> float:
    return round(jain(loads[one.id] / one.capacity for one in people.values() if one.capacity and one.is_available), 4)


def _places(
    movables: Sequence[Movable],
    standings: Mapping[str, Sequence[Standing]],
    people: Mapping[UUID, Standing],
    held: Mapping[UUID, int],
) -> list[tuple[UUID, int]]:
    """(advisor, how many cases they have before this one) for every place that could be used."""
    wanted = Counter(one.topic for one in movables)
    places = []
    for one in people.values():
        if one.leave_until is not None or not one.is_available:
            continue
        fixed = one.open_count - held.get(one.id, 0)
        useful = sum(number for topic, number in wanted.items() if any(s.id == one.id for s in standings[topic]))
        places += [(one.id, fixed + step) for step in range(min(max(one.capacity - fixed, 0), useful))]
    return places


def _solve(
    cases: Sequence[Movable],
    places: Sequence[tuple[UUID, int]],
    standings: Mapping[str, Sequence[Standing]],
    people: Mapping[UUID, Standing],
    held: Mapping[UUID, int],
    now: datetime,
    rules: AssignmentRules,
) -> list[UUID | None]:
    """For each case the advisor of its place, None for who keeps waiting or stays where they are."""
    import numpy as np  # noqa: PLC0415 - heavy, and needed by a supervisor's click alone
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - as above

    if not cases:
        return []
    columns: dict[UUID, list[int]] = {}
    for number, (advisor_id, _) in enumerate(places):
        columns.setdefault(advisor_id, []).append(number)
    crowding = np.array([rules.points.free * (load + 0.5) / people[who].capacity for who, load in places])
    cost = np.full((len(cases), len(places) + len(cases)), _NEVER)
    span = max((now - min(one.waiting_since for one in cases)).total_seconds(), 1.0)
    for row, case in enumerate(cases):
        for one in standings[case.topic]:
            if own := columns.get(one.id):
                plain = replace(one, open_count=one.open_count - held.get(one.id, 0), open_effort=0)
                cost[row, own] = crowding[own] + _against(case, plain, now, rules)
        age = (now - case.waiting_since).total_seconds() / span
        waits = _KEPT if case.holder_id is not None else _WAITS + (_URGENT_WAITS if case.need.is_urgent else 0)
        cost[row, len(places) + row] = waits + 1e3 * age
    _, chosen = linear_sum_assignment(cost)
    return [places[column][0] if column < len(places) else None for column in chosen]


def _against(case: Movable, one: Standing, now: datetime, rules: AssignmentRules) -> float:
    """What speaks against an advisor for a case, their load apart."""
    points: dict[str, float] = points_of(one, case.need, now, rules) | {"free": 0.0, "rest": 0.0}
    late = 0.0 if case.need.can_be_met_by(one, now) else _LATE
    return late - sum(points.values()) - (_STAY if one.id == case.holder_id else 0.0)


def _in_feasible_order(
    moves: Sequence[Move], before: Mapping[UUID, int], people: Mapping[UUID, Standing]
) -> list[Move]:
    """Moves so ordered that nobody passes their capacity on the way; a circle of full advisors is left as it is."""
    loads, waiting, ordered = Counter(before), list(moves), []
    while waiting:
        later = []
        for move in waiting:
            if loads[move.to_id] < people[move.to_id].capacity:
                loads[move.to_id] += 1
                if move.case.holder_id is not None:
                    loads[move.case.holder_id] -= 1
                ordered.append(move)
            else:
                later.append(move)
        if len(later) == len(waiting):
            break
        waiting = later
    return ordered

"""An independent reading of the SLA rules: a loop over every second, sharing no code with the engine.

It knows a second is open by looking at the wall clock of that second, and knows a clock's elapsed time because
it added one for every open second the clock ran. Slow and plain on purpose.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass
class SimulatedClock:
    name: str
    cycle: int
    target: int
    elapsed: int = 0
    is_paused: bool = False
    stopped: int | None = None
    outcome: str = ""
    ripe: int | None = None
    breached: int | None = None

    def status(self) -> str:
        if self.breached is not None:
            return "breached"
        if self.stopped is not None:
            return self.outcome
        return "paused" if self.is_paused else "running"


def open_mask(first: int, seconds: int, zone: str, week, closures) -> list[bool]:
    """For every UTC second from `first`: is it open?

    `week`: for Monday to Sunday, (opens, closes) pairs; `closures`: (date, None or a pair) closing it.
    """
    info = ZoneInfo(zone)
    mask = []
    local = datetime.fromtimestamp(first, UTC).astimezone(info)
    for second in range(first, first + seconds):
        if second == first or second % 60 == 0:
            local = datetime.fromtimestamp(second, UTC).astimezone(info)
            base = second
        of_day = local.hour * 3600 + local.minute * 60 + local.second + second - base
        is_open = any(opens <= of_day < closes for opens, closes in week[local.weekday()])
        for day, part in closures:
            if day == local.date() and (part is None or part[0] <= of_day < part[1]):
                is_open = False
        mask.append(is_open)
    return mask


class Simulator:
    """Plays events (second, kind, details) over a mask of open seconds that begins at second `origin`."""

    def __init__(self, origin: int, mask: list[bool], targets, waiting_limit: int) -> None:
        self.origin, self.mask, self.targets, self.waiting_limit = origin, mask, targets, waiting_limit
        self.clocks: list[SimulatedClock] = []
        self.is_waiting = False
        self.waited = 0
        self.answered = self.reopened = self.over = False
        self.may_reopen = True
        self.label = ""
        self.beginnings: dict[str, int] = {}

    def play(self, events, until: int) -> list[SimulatedClock]:
        pending = list(events)
        for second in range(pending[0][0], until + 1):
            if self.is_waiting and self.waited >= self.waiting_limit:
                self.stop_waiting()
            for clock in self.live():
                if not clock.is_paused and clock.ripe is not None and second > clock.ripe and clock.breached is None:
                    clock.breached = clock.ripe
            while pending and pending[0][0] == second:
                _, kind, details = pending.pop(0)
                self.happen(second, kind, details)
            self.tick(second, is_last=second == until)
        return self.clocks

    def tick(self, second: int, *, is_last: bool) -> None:
        is_open = self.mask[second - self.origin]
        was_open = second > self.origin and self.mask[second - self.origin - 1]
        for clock in self.live():
            if clock.is_paused:
                continue
            if clock.ripe is None and clock.elapsed >= clock.target and (is_open or was_open):
                clock.ripe = second
            if is_open and not is_last:
                clock.elapsed += 1
        if self.is_waiting and is_open:
            self.waited += 1

    def live(self):
        return [clock for clock in self.clocks if clock.stopped is None]

    def one(self, name: str):
        return next((clock for clock in self.live() if clock.name == name), None)

    def start(self, name: str) -> None:
        cycle = 1 + sum(clock.name == name for clock in self.clocks)
        self.clocks.append(SimulatedClock(name, cycle, self.targets[self.label][name]))

    def stop_waiting(self) -> None:
        self.is_waiting = False
        self.waited = 0
        for clock in self.live():
            clock.is_paused = False

    def finish(self, clock, second: int, outcome: str) -> None:
        clock.stopped, clock.outcome = second, outcome
        clock.is_paused = False

    def begin_next(self) -> None:
        if self.one("next_response") is None:
            self.start("next_response")

    def happen(self, second: int, kind: str, details) -> None:
        if kind == "submitted":
            self.label = details
            self.beginnings = {"first_response": second, "resolution": second}
            self.start("first_response")
            self.start("resolution")
        elif kind == "reopened":
            self.reopen(second)
        elif kind == "merged_into":
            self.may_reopen = False
            self.end(second)
        elif kind == "reclassified":
            self.reclassify(details)
        elif not self.over:
            self.happen_in_open_case(second, kind, details)

    def happen_in_open_case(self, second: int, kind: str, details) -> None:
        if kind == "answer_sent":
            self.answer(second, is_final=details)
        elif kind == "official_message":
            self.stop_waiting()
            if self.answered or self.reopened:
                self.begin_next()
        elif kind == "clarification_requested":
            self.ask()
        elif kind == "closed":
            if self.answered and (final := self.one("resolution")):
                self.finish(final, second, "met")
            self.end(second)
        elif kind == "withdrawn":
            self.end(second)
        elif kind == "absorbed":
            self.absorb(details)

    def answer(self, second: int, *, is_final: bool) -> None:
        self.stop_waiting()
        self.answered = True
        for clock in self.live():
            if clock.name != "resolution" or is_final:
                self.finish(clock, second, "met")

    def ask(self) -> None:
        if self.is_waiting:
            return
        self.is_waiting, self.waited = True, 0
        for clock in self.live():
            clock.is_paused, clock.ripe = True, None

    def end(self, second: int) -> None:
        if self.over:
            return
        self.over = True
        self.stop_waiting()
        for clock in self.live():
            self.finish(clock, second, "not_applicable")

    def reopen(self, second: int) -> None:
        final = next(clock for clock in self.clocks if clock.name == "resolution")
        if final.stopped is None:
            self.happen_in_open_case(second, "official_message", None)
            return
        if not self.may_reopen:
            return
        self.over, self.reopened = False, True
        final.stopped, final.outcome, final.ripe = None, "", None
        self.stop_waiting()
        self.begin_next()

    def reclassify(self, label: str) -> None:
        self.label = label
        for clock in self.live():
            if clock.breached is None:
                clock.target, clock.ripe = self.targets[label][clock.name], None

    def absorb(self, began: int) -> None:
        for name in ("first_response", "resolution"):
            clock = self.one(name)
            if clock is not None and began < self.beginnings[name]:
                clock.elapsed += sum(self.mask[began - self.origin : self.beginnings[name] - self.origin])
                self.beginnings[name] = began
                if clock.breached is None:
                    clock.ripe = None

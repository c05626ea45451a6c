"""Opening hours of a week: several windows a day, whole seconds, half-open, never over midnight."""

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Self

from services.routing.domain.sla_errors import InvalidHoursError

DAY_SECONDS = 86_400
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Spanish names are read too, because supervisors type them; the rendered form is always the English one.
_DAY_NUMBERS = {name: number for number, name in enumerate(DAY_NAMES)} | {
    name: number
    for number, names in enumerate((("lun",), ("mar",), ("mie", "mié"), ("jue",), ("vie",), ("sab", "sáb"), ("dom",)))
    for name in names
}
# A week has at most a few dozen windows; longer text is a mistake or an attack.
_LONGEST_TEXT = 2_000
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """One stretch of a local day: `opens` is in, `closes` is out, both in seconds after local midnight.

    `closes` may be 86,400 (24:00). A window over midnight is refused: it belongs to two days, and a holiday
    on one of them must be able to close its part alone, so it is written as two windows.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < DAY_SECONDS and 0 < self.closes <= DAY_SECONDS):
            raise InvalidHoursError(
                f"La ventana {self} sale del día: las horas van de 00:00 a 24:00.",
                f"The window {self} leaves the day: hours go from 00:00 to 24:00.",
            )
        if self.closes <= self.opens:
            raise InvalidHoursError(
                f"La ventana {self} termina antes de empezar; si cruza la medianoche, divídala en dos: "
                f"una hasta las 24:00 y otra desde las 00:00 del día siguiente.",
                f"The window {self} ends before it begins; if it crosses midnight, split it in two: "
                f"one until 24:00 and one from 00:00 of the next day.",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `"08:00-13:00"` (seconds allowed, `24:00` allowed as the end)."""
        opens, dash, closes = text.replace("–", "-").partition("-")
        if not dash:
            raise InvalidHoursError(
                f"No se entiende la ventana «{text.strip()}»: se espera 08:00-13:00.",
                f"The window “{text.strip()}” is not understood: 08:00-13:00 is expected.",
            )
        return cls(_seconds_of(opens), _seconds_of(closes))

    def __str__(self) -> str:
        return f"{clock_text(self.opens)}-{clock_text(self.closes)}"

    @property
    def seconds(self) -> int:
        """Length of the window."""
        return self.closes - self.opens


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The windows of each weekday, Monday first; an empty tuple is a day off.

    Text form: `"mon-fri 08:00-13:00,14:00-17:00; sat 09:00-12:00"`.
    """

    days: tuple[tuple[Window, ...], ...]

    def __post_init__(self) -> None:
        if len(self.days) != len(DAY_NAMES):
            raise InvalidHoursError(
                "Una semana tiene siete días, de lunes a domingo.",
                "A week has seven days, Monday to Sunday.",
            )
        object.__setattr__(self, "days", tuple(tuple(sorted(windows)) for windows in self.days))
        for number, windows in enumerate(self.days):
            _refuse_overlap(number, windows)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form. Raises InvalidHoursError naming the part that is wrong."""
        days: list[list[Window]] = [[] for _ in DAY_NAMES]
        clauses = [clause.strip() for clause in text.split(";") if clause.strip()]
        if not clauses or len(text) > _LONGEST_TEXT:
            raise InvalidHoursError(
                'No hay horario: se espera, por ejemplo, "mon-fri 08:00-13:00,14:00-17:00".',
                'There are no hours: for example "mon-fri 08:00-13:00,14:00-17:00" is expected.',
            )
        for clause in clauses:
            day_part, _, window_part = clause.partition(" ")
            for number in _day_numbers(day_part):
                days[number].extend(Window.parse(part) for part in window_part.split(","))
        return cls(tuple(tuple(windows) for windows in days))

    def __str__(self) -> str:
        clauses = []
        for windows, group in groupby(enumerate(self.days), key=lambda pair: pair[1]):
            numbers = [number for number, _ in group]
            if windows:
                names = DAY_NAMES[numbers[0]] + (f"-{DAY_NAMES[numbers[-1]]}" if numbers[1:] else "")
                clauses.append(f"{names} {','.join(map(str, windows))}")
        return "; ".join(clauses)

    @property
    def seconds(self) -> int:
        """Open seconds of one plain week."""
        return sum(window.seconds for windows in self.days for window in windows)


def clock_text(seconds: int) -> str:
    """`08:00`, `16:59:40`, `24:00`: a second of the local day as people write it."""
    hours, rest = divmod(seconds, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{second:02d}" if second else "")


def _seconds_of(text: str) -> int:
    match = _TIME.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (99, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_SECONDS:  # noqa: PLR2004 - the clock's own numbers
        raise InvalidHoursError(
            f"No se entiende la hora «{text.strip()}»: se espera HH:MM, de 00:00 a 24:00.",
            f"The time “{text.strip()}” is not understood: HH:MM is expected, from 00:00 to 24:00.",
        )
    return total


def _day_numbers(text: str) -> list[int]:
    """`mon-fri`, `mon,wed`, `sat-mon` (over the week's end) as weekday numbers."""
    numbers: list[int] = []
    for part in text.lower().split(","):
        names = part.split("-")
        if len(names) > 2 or any(name not in _DAY_NUMBERS for name in names):  # noqa: PLR2004 - a from-to pair
            raise InvalidHoursError(
                f"No se entiende el día «{part}»: use {', '.join(DAY_NAMES)} o un rango como mon-fri.",
                f"The day “{part}” is not understood: use {', '.join(DAY_NAMES)} or a range like mon-fri.",
            )
        first, last = _DAY_NUMBERS[names[0]], _DAY_NUMBERS[names[-1]]
        numbers.extend((first + step) % 7 for step in range((last - first) % 7 + 1))
    return numbers


def _refuse_overlap(number: int, windows: tuple[Window, ...]) -> None:
    for earlier, later in pairwise(windows):
        if later.opens < earlier.closes:
            raise InvalidHoursError(
                f"Las ventanas {earlier} y {later} del día {DAY_NAMES[number]} se superponen.",
                f"The windows {earlier} and {later} of {DAY_NAMES[number]} overlap.",
            )

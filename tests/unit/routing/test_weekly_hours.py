"""Opening hours as text: what is read, what is written, and what is refused."""

import pytest
from hypothesis import given

from services.routing.domain.sla_errors import InvalidHoursError
from services.routing.domain.weekly_hours import WeeklyHours, Window
from tests.support.sla_strategies import weeks


@given(weeks.filter(lambda week: week.seconds))
def test_what_is_written_is_read_back(week):
    assert WeeklyHours.parse(str(week)) == week


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mon-fri 08:00-13:00,14:00-17:00; sat 09:00-12:00", None),
        ("MON-FRI 8:00–13:00, 14:00-17:00 ;", "mon-fri 08:00-13:00,14:00-17:00"),
        ("mon 14:00-17:00; mon 08:00-13:00", "mon 08:00-13:00,14:00-17:00"),
        ("sat-mon 00:00-24:00", "mon 00:00-24:00; sat-sun 00:00-24:00"),
        ("lun-mié,sáb 05:00-13:00", "mon-wed 05:00-13:00; sat 05:00-13:00"),
        ("mon,wed 08:00:30-08:00:45", "mon 08:00:30-08:00:45; wed 08:00:30-08:00:45"),
    ],
)
def test_hours_are_read_as_people_write_them(text, written):
    assert str(WeeklyHours.parse(text)) == (written or text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ";", "mon", "08:00-13:00", "mon 08:00", "mon 8-13", "mon 08:00-24:01", "mon 08:60-09:00"),
        *("mon 13:00-08:00", "mon 08:00-08:00", "mon 24:00-24:00", "funday 08:00-09:00", "mon-fri-sat 08:00-09:00"),
        *("mon, tue 08:00-09:00", "mon 08:00-10:00,09:00-11:00", "mon 08:00-09:00,", "mon ٠٨:٠٠-٠٩:٠٠", "mon -"),
        "mon 08:00-09:00;" * 1000,
    ],
)
def test_hours_that_cannot_be_are_refused_in_both_languages(text):
    with pytest.raises(InvalidHoursError) as error:
        WeeklyHours.parse(text)
    assert error.value.text("es") != error.value.text("en-GB")


def test_a_week_has_seven_days_and_a_window_stays_in_its_day():
    with pytest.raises(InvalidHoursError):
        WeeklyHours(((), ()))
    for opens, closes in ((-1, 10), (0, 86_401), (10, 10)):
        with pytest.raises(InvalidHoursError):
            Window(opens, closes)

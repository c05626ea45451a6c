from __future__ import annotations

from datetime import date

import pytest

from services.routing.classifier.lexicon import load_lexicon
from services.routing.classifier.reading import read
from services.routing.classifier.urgency import is_weekday, signals, working_days_until

MONDAY = date(2026, 11, 23)


def rules(text: str, today: date = MONDAY) -> set[str]:
    words = " ".join(read("", text, load_lexicon()).everything)
    return {signal.rule for signal in signals(words, today)}


def names(text: str, today: date = MONDAY, holidays: tuple[date, ...] = ()) -> set[str]:
    words = " ".join(read("", text, load_lexicon()).everything)
    found = signals(words, today, lambda day: is_weekday(day) and day not in holidays)
    return {signal.name for signal in found}


@pytest.mark.parametrize(
    "text",
    [
        "vence hoy",
        "la sesión es mañana a las 8",
        "PASADO MAÑANA LLEGA LA COMISION",
        "nos dieron 48 horas",
        "nos quedan 3 días hábiles",
        "el viernes es la audiencia",
        "the hearing is tomorrow",
        "el biernes bense el plaso",
    ],
)
def test_a_limit_or_act_within_five_working_days_is_u1(text: str) -> None:
    assert "U1" in rules(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("el siaf no responde y hay que pagar", "U2"),
        ("estamos sin agua en todo el pueblo", "U2"),
        ("los obreros siguen sin cobrar", "U2"),
        ("cayó un huaico hace una hora", "U3"),
        ("se desbordó el río esta madrugada", "U3"),
        ("un niño está encerrado y herido", "U4"),
        ("el techo está a punto de caer", "U4"),
    ],
)
def test_services_disasters_and_people_have_their_rules(text: str, rule: str) -> None:
    assert rule in rules(text)


@pytest.mark.parametrize("text", ["por la mañana", "cada mañana", "URGENTE!!! POR FAVOR PRONTO", "en 30 días hábiles"])
def test_time_of_day_shouting_and_long_limits_are_not_u1(text: str) -> None:
    assert "U1" not in rules(text)


def test_a_written_date_is_counted_in_working_days() -> None:
    assert "este_dia" in names("vence el 27 de noviembre")
    assert "sin_apuro" in names("vence el 18 de diciembre de 2026")
    assert "hace_tiempo" in names("venció el 3 de noviembre")
    assert "este_dia" in names("vence el 4 de enero", today=date(2026, 12, 30))


def test_holidays_bring_a_date_nearer() -> None:
    text, today = "la entrega es el 14 de diciembre", date(2026, 12, 4)
    assert "sin_apuro" in names(text, today)
    assert "este_dia" in names(text, today, holidays=(date(2026, 12, 8), date(2026, 12, 9)))


def test_a_date_that_does_not_exist_is_ignored() -> None:
    assert not names("el 31 de febrero") & {"este_dia", "sin_apuro", "hace_tiempo"}


def test_working_days_skip_the_weekend() -> None:
    assert working_days_until(date(2026, 11, 30), MONDAY, is_weekday) == 5
    assert working_days_until(date(2026, 11, 22), MONDAY, is_weekday) == -1

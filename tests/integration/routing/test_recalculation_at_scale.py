"""Edge case 58 through the whole service: a new holiday reaches 10,000 open cases in under a minute."""

from __future__ import annotations

from time import perf_counter

import pytest

from services.routing.use_cases import recalculating
from tests.support.routing_desk import Desk
from tests.support.sla_editing import declare, finished, publish, tomorrow_onwards

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

CASES = 10_000


def multiply(desk: Desk, count: int) -> None:
    """Copies of the one case there is, with its log; generated columns fill themselves."""
    names = [
        row.column_name
        for row in desk.rows("""
            SELECT column_name FROM information_schema.columns
             WHERE table_name = 'casefile' AND table_schema = 'public' AND is_generated = 'NEVER'
               AND column_name NOT IN ('case_id', 'code')
        """)
    ]
    columns = ", ".join(names)
    desk.run(
        f"""
        INSERT INTO casefile (case_id, code, {columns})
        SELECT gen_random_uuid(), 'V-COPY-' || number, {columns} FROM casefile, generate_series(2, :count) AS number
        """,  # noqa: S608 - names of columns, from the database itself
        count=count,
    )
    desk.run("""
        INSERT INTO case_history (case_id, sequence, kind, at, actor_id, actor_name, data)
        SELECT copy.case_id, line.sequence, line.kind, line.at, line.actor_id, line.actor_name, line.data
          FROM case_history AS line, casefile AS copy WHERE copy.code LIKE 'V-COPY-%'
    """)


def test_ten_thousand_open_cases_adopt_a_new_holiday_in_under_a_minute(desk: Desk) -> None:
    desk.advisor(capacity=2 * CASES)
    boss = desk.supervisor()
    desk.submit()
    multiply(desk, CASES)
    started = perf_counter()
    publish(desk, boss, "calendar", declare(*tomorrow_onwards(4)))
    tried = perf_counter()
    with desk.work() as work:
        run_id = recalculating.start_recalculation(work, boss, "calendar", 2, "Decreto").run_id
    run = finished(desk, run_id)
    ended = perf_counter()
    print(f"trial of {CASES} cases {tried - started:.1f} s; recalculation {ended - tried:.1f} s")  # noqa: T201 - the measure
    assert run.result["moved"] == CASES
    assert ended - tried < 60

"""`seed-load`: many cases to measure with."""

from __future__ import annotations

import sys
from time import perf_counter

import click

from services.routing.settings import read
from services.routing.store import bulk_cases, vocabulary
from services.routing.use_cases.load_seed import CODE_PREFIX, LoadSeed
from shared.messaging.processes import connect, observe, read_or_exit

_BATCH = 2_500
_MOST_CASES = 2_000_000


@click.command(name="seed-load")
@click.option("--cases", default=250_000, show_default=True, type=click.IntRange(1, _MOST_CASES))
def seed_load(cases: int) -> None:
    """Fill the desk with CASES invented cases to measure with; those of an earlier run count. Demo mode only.

    Nobody is written to and no timer is set: they raise no alarms. There is no command to remove them.
    """
    settings = read_or_exit(read)
    if not settings.service.is_demo:
        raise click.ClickException("seed-load needs ROUTING_DEMO_MODE=true: it fills the desk with invented cases")
    observe(settings.service)
    parts = connect(settings.service)
    started = perf_counter()
    with parts.units.begin() as work:
        first = bulk_cases.existing(work.session, CODE_PREFIX)
        seed = LoadSeed(work.session, work.now)
        seed.open_advisors(work)
        bulk_cases.add_officials(work.session, seed.officials)
    with click.progressbar(length=max(cases - first, 0), label="cases", file=sys.stderr) as progress:
        for number in range(first, cases, _BATCH):
            count = min(_BATCH, cases - number)
            with parts.units.begin() as work:
                seed.write(work.session, number, count, cases)
            progress.update(count)
    learned = vocabulary.MOST_AT_ONCE
    while learned:
        with parts.units.begin() as work:
            learned = vocabulary.learn(work.session)
    with parts.units.begin() as work:
        bulk_cases.settle(work.session)
    parts.database.dispose()
    click.echo(f"{max(cases - first, 0)} cases written in {perf_counter() - started:.0f} s; {max(first, cases)} in all")

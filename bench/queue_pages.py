"""How fast the queues, the sheet and the search are: real pages over HTTP, at two numbers of cases.

    python -m bench.queue_pages [--cases 250000] [--few 2500] [--rounds 8]

fills two desks (`seed-load`; some minutes, the first time only), asks a web process of routing with one worker over
each for the same pages, and prints p95 of both with their ratio. A session of a supervisor and one of an advisor are
opened in the databases.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import quantiles

import click
import httpx
import psycopg
from rich.console import Console
from rich.table import Table

from deploy.local.configuration import Configuration, Ports
from deploy.local.console import ConsoleReporter, configuration_from_process, errors_explained
from deploy.local.plan import Plan, Preparation
from deploy.local.ports import free_ports
from deploy.local.processes import OneShot, product
from deploy.local.system import LocalSystem

GOAL_MS = 300
_SERVICE = "routing"
_STEP = 25_000
_WORDS = (
    "certificacion", "devengado SIAF", '"ampliación de plazo"', "certificasion presupuestal", "canon minero",
    "municipalidad", "licencia de funcionamiento -edificación", "informe 0042",
)  # fmt: skip
_OPEN_VIEWS = ("team", "unassigned", "triage", "waiting", "at_risk", "breached", "all", "closed")


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One kind of page: milliseconds over all requests for it."""

    name: str
    p50: float
    p95: float
    worst: float


def measure_pages(base_url: str, database_url: str, *, rounds: int = 8) -> list[PageFigures]:
    """Ask for every page `rounds` times, as a supervisor and as an advisor with the usual load."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        supervisor = _session(connection, "role = 'supervisor'")
        advisor = _session(connection, "email = 'carga00@ventanilla.example'")
        codes = [row[0] for row in connection.execute(_SAMPLE).fetchall()]
    figures: dict[str, list[float]] = {}
    with httpx.Client(base_url=base_url, timeout=30) as client:
        for number in range(rounds + 1):  # the first round warms caches and is not counted
            for name, cookie, path in _pages(client, supervisor, advisor, codes, number):
                started = time.perf_counter()
                answer = client.get(path, headers={"Cookie": cookie}, follow_redirects=False)
                elapsed = 1000 * (time.perf_counter() - started)
                if answer.status_code != httpx.codes.OK:
                    raise RuntimeError(f"{path}: {answer.status_code}")
                if number:
                    figures.setdefault(name, []).append(elapsed)
    return [_figures(name, values) for name, values in figures.items()]


def _pages(
    client: httpx.Client, supervisor: str, advisor: str, codes: list[str], number: int
) -> Iterator[tuple[str, str, str]]:
    """(kind of page, who asks, address); last pages are found as people find them, by their link."""
    for view in _OPEN_VIEWS:
        first = f"/casos?vista={view}"
        yield f"{view}: first", supervisor, first
        yield f"{view}: last", supervisor, _link(client, supervisor, first, "Última")
    for view in ("mine", "team", "breached", "closed", "all"):
        yield f"advisor, {view}: first", advisor, f"/casos?vista={view}"
    yield "advisor, closed: last", advisor, _link(client, advisor, "/casos?vista=closed", "Última")
    yield "filter: province and kind, closed", supervisor, "/casos?vista=closed&lugar=0901&tipo=tramite"
    yield "filter: nothing passes, all", supervisor, "/casos?vista=all&lugar=250301&estado=unstaffed&urgente=si"
    yield "sorted: first received, all", supervisor, "/casos?vista=all&orden=oldest"
    for code in codes[number % 5 :: 5]:
        yield "sheet", supervisor, f"/casos/{code}"
        yield "similar cases (API)", supervisor, f"/api/v1/cases/{code}/similar"
    for words in _WORDS:
        yield "search", supervisor, "/casos?" + str(httpx.QueryParams({"q": words}))
        yield "search, advisor", advisor, "/casos?" + str(httpx.QueryParams({"q": words}))
    found = "/casos?" + str(httpx.QueryParams({"q": "presupuesto", "vista": "all"}))
    yield "search: next page", supervisor, _link(client, supervisor, found, "Siguiente")
    yield "search: last page", supervisor, _link(client, supervisor, found, "Última")
    yield "search: by code", supervisor, f"/casos?q={codes[number % len(codes)]}"
    yield "supervision", supervisor, "/supervision"


def _link(client: httpx.Client, cookie: str, path: str, text: str) -> str:
    """Where a link of a page leads; the page itself where everything fits on one."""
    page = client.get(path, headers={"Cookie": cookie}).text
    found = re.search(rf'href="([^"]*)">{text}<', page)
    return unescape(found[1]) if found else path


def _session(connection: psycopg.Connection, who: str) -> str:
    """A session of somebody, as a browser's cookie."""
    token = secrets.token_urlsafe(32)
    made = connection.execute(
        f"""
            INSERT INTO account_session (token_hash, account_id, kind, expires_at)
            SELECT %s, account_id, 'web', clock_timestamp() + interval '1 hour' FROM account WHERE {who}
             ORDER BY account_id LIMIT 1 RETURNING account_id
        """,  # noqa: S608 - constants above
        [hashlib.sha256(token.encode()).digest()],
    ).fetchone()
    if made is None:
        raise RuntimeError(f"nobody to measure as: {who}")
    return f"ventanilla_routing={token}"


_SAMPLE = """
    (SELECT code FROM casefile WHERE state = 'assigned' ORDER BY due_key, case_id LIMIT 10)
    UNION ALL (SELECT code FROM casefile WHERE state = 'triage' ORDER BY case_id LIMIT 5)
    UNION ALL (SELECT code FROM casefile WHERE state = 'closed' ORDER BY ended_at DESC LIMIT 5)
"""


def _figures(name: str, values: list[float]) -> PageFigures:
    cuts = quantiles(values, n=20, method="inclusive")
    return PageFigures(name, cuts[9], cuts[18], max(values))


def rows_of(small: list[PageFigures], large: list[PageFigures]) -> list[tuple[str, float, float, float, bool]]:
    """(page, p95 at the small number, p95 at the large, their ratio, whether the goal is met), as measured."""
    before = {one.name: one for one in small}
    return [
        (one.name, before[one.name].p95, one.p95, one.p95 / before[one.name].p95, one.p95 < GOAL_MS) for one in large
    ]


@click.command()
@click.option("--cases", default=250_000, show_default=True, help="Casos de la mesa grande / cases of the large desk.")
@click.option("--few", default=2_500, show_default=True, help="Casos de la mesa chica / cases of the small desk.")
@click.option("--rounds", default=8, show_default=True, type=click.IntRange(min=2))
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=Path("var/bench-desk"))
def main(cases: int, few: int, rounds: int, home: Path) -> None:
    """Measure the same pages at two numbers of cases; the filled desks stay in HOME for the next run."""
    reporter = ConsoleReporter()
    with errors_explained():
        small, large = (
            _measure_desk(home.resolve() / str(number), number, rounds, reporter) for number in (few, cases)
        )
    table = Table("page", f"p95 ms, {few:,}", f"p95 ms, {cases:,}", "ratio", f"< {GOAL_MS} ms")
    for name, before, after, ratio, is_met in rows_of(small, large):
        table.add_row(name, f"{before:.0f}", f"{after:.0f}", f"{ratio:.1f} ×", "✓" if is_met else "✗")
    Console(highlight=False).print(table)


def _measure_desk(home: Path, cases: int, rounds: int, reporter: ConsoleReporter) -> list[PageFigures]:
    """Start the servers and one web process of routing over so many cases, and measure."""
    user = configuration_from_process(home=home)
    configuration = Configuration(home=user.home, ports=Ports(*free_ports(7)), log_level="WARNING")
    with LocalSystem(configuration, plan=_desk(cases), reporter=reporter) as system:
        database = system.servers.database_url(_SERVICE)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")  # what autovacuum would do within minutes
        with reporter.stage(f"{rounds} vueltas / rounds"):
            return measure_pages(configuration.public_url(_SERVICE), database, rounds=rounds)


def _desk(cases: int) -> Plan:
    """The desk alone, filled in steps, so that one sees it going on; what an earlier run wrote counts."""
    steps = [*range(_STEP, cases, _STEP), cases]
    return Plan(
        (
            Preparation("Esquema de datos / migrations", (_routing("migrate"),)),
            Preparation("Datos de demostración / demo data", (_routing("seed-demo"),)),
            *(Preparation(f"{step:,} casos / cases", (_routing("seed-load", "--cases", str(step)),)) for step in steps),
        ),
        tuple(kind for kind in product() if kind.name == f"{_SERVICE}-web"),
    )


def _routing(*command: str) -> OneShot:
    argv = (sys.executable, "-m", f"services.{_SERVICE}.entrypoints.cli", *command)
    return OneShot(_SERVICE, f"{_SERVICE}-{command[0]}", argv)


if __name__ == "__main__":
    main()

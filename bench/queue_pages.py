"""How fast the queues, the sheet and the search are: real pages over HTTP, at two numbers of cases.

    python -m bench.queue_pages SMALL_WEB SMALL_DATABASE LARGE_WEB LARGE_DATABASE [--rounds N]

asks two web processes of routing (one worker each), over desks that `seed-load --cases 2500` and `--cases 250000`
filled, for the same pages, and prints p95 of both with their ratio. Databases as `postgresql://` addresses: a
session of a supervisor and one of an advisor are opened there.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from statistics import quantiles

import click
import httpx
import psycopg
from rich.console import Console
from rich.table import Table

GOAL_MS = 300
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
@click.argument("small_web")
@click.argument("small_database")
@click.argument("large_web")
@click.argument("large_database")
@click.option("--rounds", default=8, show_default=True)
def main(small_web: str, small_database: str, large_web: str, large_database: str, rounds: int) -> None:
    """Measure the same pages at two numbers of cases."""
    small = measure_pages(small_web, small_database, rounds=rounds)
    large = measure_pages(large_web, large_database, rounds=rounds)
    table = Table("page", "p95 ms, few cases", "p95 ms, many cases", "ratio", f"< {GOAL_MS} ms")
    for name, before, after, ratio, is_met in rows_of(small, large):
        table.add_row(name, f"{before:.0f}", f"{after:.0f}", f"{ratio:.1f} ×", "✓" if is_met else "✗")
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main()

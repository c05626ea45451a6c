"""What commands print for people: stages, tables and errors, on standard error unless it is the result."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from deploy.local.configuration import Configuration
from deploy.local.errors import LocalRuntimeError


def configuration_from_process(*, home: Path | None = None, instances: int | None = None) -> Configuration:
    """The configuration this process was started with; an error in it ends the command with a clear text."""
    with errors_explained():
        environ = os.environ  # noqa: TID251 - the one place where the runtime reads what the user set
        return Configuration.from_environment(environ, home=home, instances=instances)


class ConsoleReporter:
    """Prints each stage with its duration; on a terminal the stage that runs is seen turning."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)

    @contextlib.contextmanager
    def stage(self, title: str) -> Iterator[None]:
        """A line when the stage is done, a cross when it failed."""
        started = time.monotonic()
        try:
            if self.console.is_terminal:
                with self.console.status(f"{title}…"):
                    yield
            else:
                yield
        except BaseException:
            self.console.print(f"[red]✗[/] {title}")
            raise
        self.console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")

    def note(self, text: str) -> None:
        """A line of its own."""
        self.console.print(f"[yellow]![/] {escape(text)}")


@contextlib.contextmanager
def errors_explained() -> Iterator[None]:
    """Turn an error of the runtime into its text, its log and its advice, and exit code 1."""
    try:
        yield
    except LocalRuntimeError as error:
        explain_and_exit(error)


def explain_and_exit(error: LocalRuntimeError) -> NoReturn:
    """Problem first, then the last words of the process, then what to do."""
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]Error:[/] {escape(error.problem)}")
    for line in error.log_lines:
        console.print(f"  [dim]{escape(line)}[/]")
    if error.advice:
        console.print(f"→ {escape(error.advice)}")
    sys.exit(1)

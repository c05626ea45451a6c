"""Command line of the classifier: ``classify`` (a stream), ``evaluate`` (a labelled file) and ``build``."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from services.routing.classifier import evaluation
from services.routing.classifier.build import ensure_model
from services.routing.classifier.corpus import read_lines
from services.routing.classifier.errors import ClassifierError, CorpusError
from services.routing.classifier.model import Classifier
from services.routing.store.holiday_source import desk_calendar

MODEL_FOLDER_HELP = "Folder that keeps built models; the one for the present corpus is built if absent."


def _progress(message: str) -> None:
    click.echo(message, err=True)


def _classifier(models: Path) -> Classifier:
    calendar = desk_calendar()

    def is_working_day(day: date) -> bool:
        return bool(calendar.plan_of(day).windows)

    try:
        return Classifier.load(ensure_model(models, progress=_progress), is_working_day=is_working_day)
    except ClassifierError as error:
        raise click.ClickException(str(error)) from error


def _classified(classifier: Classifier, line: str, now: datetime) -> str:
    """The answer for one input line. Raises ValueError for a line that is not a consultation."""
    raw = json.loads(line)
    if not isinstance(raw, dict) or "id" not in raw:
        raise ValueError("expected an object with id, subject and body")
    subject, body = raw.get("subject") or "", raw.get("body") or ""
    if not isinstance(subject, str) or not isinstance(body, str):
        raise ValueError("subject and body must be text")  # noqa: TRY004 - a bad line, reported like any other
    found = classifier.classify(subject, body, now=now)
    answer = {
        "id": raw["id"],
        "topic": found.topic,
        "kind": found.kind,
        "urgent": found.urgent,
        "confidence": round(found.topic_confidence, 4),
    }
    return json.dumps(answer, ensure_ascii=False)


models_option = click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/models"),
    envvar="VENTANILLA_MODELS",
    show_default=True,
    help=MODEL_FOLDER_HELP,
)


@click.command()
@models_option
def classify(models: Path) -> None:
    """Classify JSON lines {"id","subject","body"} from standard input, one JSON line out for each, as they come."""
    classifier = _classifier(models)
    has_failed = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            answer = _classified(classifier, line.decode("utf-8"), datetime.now(UTC))
        except ValueError as error:  # covers malformed JSON and bytes that are not UTF-8
            click.echo(f"line {number}: {error}", err=True)
            has_failed = True
            continue
        click.echo(answer)
    if has_failed:
        sys.exit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@models_option
def evaluate(file: Path, models: Path) -> None:
    """Measure the model on a labelled FILE (JSON lines with subject, body, topic, kind, urgent and perhaps style)."""
    try:
        records = list(read_lines(file))
    except CorpusError as error:
        raise click.ClickException(str(error)) from error
    if not records:
        raise click.ClickException(f"{file} holds no records")
    measured = evaluation.evaluate(_classifier(models), records, now=datetime.now(UTC))
    for line in evaluation.report(measured):
        click.echo(line)


@click.command(name="build")
@models_option
def build(models: Path) -> None:
    """Build the model of the present corpus (nothing to do when it is there); print where it is and how good."""
    place = ensure_model(models, progress=_progress)
    report = json.loads((place / "model.json").read_text(encoding="utf-8"))
    click.echo(f"{place}  version {report['version']}")
    for name, value in report["report"].items():
        click.echo(f"  {name:28} {value:.4f}")

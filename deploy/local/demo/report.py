"""The demonstration as people see it: each journey in a few lines, then the books."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from deploy.local.demo.journey import Journey

_LIMA = ZoneInfo("America/Lima")
_STEPS = (
    ("stored", "guardada"),
    ("assigned", "asignada"),
    ("first_mail", "primer correo"),
    ("first_sms", "primer SMS"),
    ("answer_to_mail", "de la respuesta al correo"),
    ("answer_to_sms", "al SMS"),
)


def print_journeys(console: Console, journeys: list[Journey]) -> None:
    """Every journey."""
    for number, journey in enumerate(journeys, 1):
        _print_journey(console, number, journey)


def print_books(console: Console, journeys: list[Journey]) -> None:
    """The sums, and what is wrong with them."""
    wrong = [journey for journey in journeys if journey.problems]
    mails, texts = sum(len(j.mails) for j in journeys), sum(len(j.texts) for j in journeys)
    expected = sum(sum(j.expected_messages.values()) for j in journeys)
    triaged = sum(journey.was_triaged for journey in journeys)
    console.print(
        f"\n{len(journeys)} consultas · {triaged} por triaje · {mails} correos y {texts} SMS llegados, "
        f"{expected} esperados · {len(journeys) - len(wrong)} completas"
    )
    for journey in wrong:
        for problem in journey.problems:
            console.print(f"[red]✗[/] {journey.code or '?'}: {escape(problem)}")
    if not wrong:
        console.print("[green]✓[/] Nada perdido, nada doble / nothing lost, nothing doubled")


def _print_journey(console: Console, number: int, journey: Journey) -> None:
    case = journey.case
    classification = case.get("classification", {})
    mark = "[red]✗[/]" if journey.problems else "[green]✓[/]"
    asked = journey.question.subject or journey.question.body
    console.print(f"\n{mark} [bold]{number:>2}. {journey.code}[/]  {escape(asked[:90])}")
    console.print(f"     [dim]{escape(journey.asker.full_name)} → [/]{escape(_topic(journey, classification))}")
    if journey.advisor:
        console.print(f"     asesor: {escape(str(case.get('assignment', {}).get('reason', '')))}")
    console.print(f"     prometida: {_moment(journey.promised_at)}")
    for mail in journey.mails:
        console.print(f"     ✉  {escape(', '.join(mail['to']))}: {escape(mail['subject'])}")
    for text in journey.texts:
        console.print(f"     ☎  {escape(text['to'])}: {escape(text['text'][:100])}")
    if journey.answer:
        console.print(f"     respuesta recibida: «{escape(journey.answer)}»")
    steps = [f"{word} {journey.seconds[step]:.2f}" for step, word in _STEPS if step in journey.seconds]
    console.print(f"     [dim]segundos: {' · '.join(steps)}[/]")


def _topic(journey: Journey, classification: dict[str, object]) -> str:
    how = "triaje" if journey.was_triaged else "modelo"
    confidence = classification.get("confidence")
    shown = f"{confidence:.2f}" if isinstance(confidence, float | int) else "?"
    reasons = classification.get("reasons") or []
    words = ", ".join(str(reason["text"]) for reason in reasons[:4]) if isinstance(reasons, list) else ""
    return f"{classification.get('topic')} {shown} ({how}{': ' + words if words else ''})"


def _moment(value: object) -> str:
    if not isinstance(value, str):
        return "—"
    return f"{datetime.fromisoformat(value).astimezone(_LIMA):%d/%m/%Y %H:%M}"

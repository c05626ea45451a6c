"""What is different between two policies or two calendars, as sentences for the person who publishes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from services.routing.domain.closed_days import ClosedDayRule
from services.routing.domain.desk_calendar import DeskCalendar
from services.routing.domain.sla_policy import ClockName, PolicyRule, SlaPolicy
from services.routing.domain.work_spans import work_span_text

_CLOCKS = {
    ClockName.FIRST_RESPONSE: ("primera respuesta", "first answer"),
    ClockName.NEXT_RESPONSE: ("siguiente respuesta", "next answer"),
    ClockName.RESOLUTION: ("respuesta final", "final answer"),
}


class Change(NamedTuple):
    """One difference, in both languages."""

    es: str
    en: str


def policy_changes(old: SlaPolicy, new: SlaPolicy) -> tuple[Change, ...]:
    """What a policy changes against another; empty when both promise the same in the same order."""
    return (*_rule_changes(old, new), *_ladder_changes(old, new), *_wait_changes(old, new))


def calendar_changes(old: DeskCalendar, new: DeskCalendar) -> tuple[Change, ...]:
    """What a calendar changes against another; empty when both count alike."""
    changes = []
    if str(old.hours) != str(new.hours):
        changes.append(Change(f"Horario: {old.hours} → {new.hours}.", f"Hours: {old.hours} → {new.hours}."))
    for es, en, before, after in (
        ("Zona horaria", "Time zone", old.zone, new.zone),
        ("Sede", "Seat", old.ubigeo, new.ubigeo),
        ("Años", "Years", f"{old.first_year}–{old.last_year}", f"{new.first_year}–{new.last_year}"),
    ):
        if before != after:
            changes.append(Change(f"{es}: {before} → {after}.", f"{en}: {before} → {after}."))
    known, wanted = dict.fromkeys(old.rules), dict.fromkeys(new.rules)
    changes += [
        Change(f"Se agrega {day_text(rule)}.", f"Added: {day_text(rule)}.") for rule in wanted if rule not in known
    ]
    changes += [
        Change(f"Se quita {day_text(rule)}.", f"Removed: {day_text(rule)}.") for rule in known if rule not in wanted
    ]
    return tuple(changes)


def day_text(rule: ClosedDayRule) -> str:
    """A closed day in one line: `2026-12-24 08:00-13:00, Víspera de Navidad (0401; DS 1-2026)`."""
    when = rule.day.isoformat() if rule.day else "{:02d}-{:02d}".format(*(rule.month_day or (1, 1)))
    part = f" {rule.window}" if rule.window else ""
    place = f"{rule.ubigeo_prefix}; " if rule.ubigeo_prefix else ""
    return f"{when}{part}, {rule.name} ({place}{rule.norm})"


def _rule_changes(old: SlaPolicy, new: SlaPolicy) -> Iterable[Change]:
    before = {rule.name: rule for rule in old.rules}
    after = {rule.name: rule for rule in new.rules}
    for name, rule in after.items():
        if name not in before:
            yield Change(f"Regla nueva: {name} ({_targets(rule, 0)}).", f"New rule: {name} ({_targets(rule, 1)}).")
        else:
            yield from _one_rule(before[name], rule)
    for name in before.keys() - after.keys():
        yield Change(f"Se quita la regla {name}.", f"The rule {name} is removed.")
    kept_before = [name for name in before if name in after]
    kept_after = [name for name in after if name in before]
    if kept_before != kept_after:
        order = " → ".join(kept_after)
        yield Change(f"Orden de las reglas: {order}.", f"Order of the rules: {order}.")


def _one_rule(old: PolicyRule, new: PolicyRule) -> Iterable[Change]:
    for clock, (es, en) in _CLOCKS.items():
        was, becomes = old.targets[clock], new.targets[clock]
        if was != becomes:
            spans = f"{work_span_text(was)} → {work_span_text(becomes)}"
            yield Change(f"{new.name}, {es}: {spans}.", f"{new.name}, {en}: {spans}.")
    if (old.kinds, old.topics, old.is_urgent) != (new.kinds, new.topics, new.is_urgent):
        yield Change(f"{new.name}: vale para otros casos que antes.", f"{new.name}: matches other cases than before.")


def _targets(rule: PolicyRule, language: int) -> str:
    return ", ".join(
        f"{_CLOCKS[clock][language]} {work_span_text(rule.targets[clock])}" for clock in ClockName if clock in _CLOCKS
    )


def _ladder_changes(old: SlaPolicy, new: SlaPolicy) -> Iterable[Change]:
    if old.told != new.told:
        before, after = _ladder(old), _ladder(new)
        yield Change(f"Avisos: {before[0]} → {after[0]}.", f"Warnings: {before[1]} → {after[1]}.")


def _ladder(policy: SlaPolicy) -> tuple[str, str]:
    names = {"advisor": ("asesor", "advisor"), "supervisors": ("supervisión", "supervisors")}
    told = [
        tuple(
            f"{percent} % ({', '.join(names[one][language] for one in sorted(policy.told[percent]))})"
            for language in (0, 1)
        )
        for percent in sorted(policy.told)
    ]
    return ", ".join(one[0] for one in told), ", ".join(one[1] for one in told)


def _wait_changes(old: SlaPolicy, new: SlaPolicy) -> Iterable[Change]:
    for es, en, was, becomes in (
        ("Recordatorio de espera", "Reminder of a wait", old.waiting_reminder_seconds, new.waiting_reminder_seconds),
        ("Límite de espera", "Limit of a wait", old.waiting_limit_seconds, new.waiting_limit_seconds),
    ):
        if was != becomes:
            spans = f"{work_span_text(was)} → {work_span_text(becomes)}"
            yield Change(f"{es}: {spans}.", f"{en}: {spans}.")
    if old.reopen_within_days != new.reopen_within_days:
        days = f"{old.reopen_within_days} → {new.reopen_within_days}"
        yield Change(f"Días para reabrir: {days}.", f"Days to reopen: {days}.")

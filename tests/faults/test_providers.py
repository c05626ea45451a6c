"""The mail server and the SMS gateway are slow, refuse, hang, or break the connection when it matters most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from deploy.local.reconciliation.books import NONE_ALLOWED, Allowances
from tests.support.eventually import eventually
from tests.support.fault_acts import Provider
from tests.support.fault_desk import Desk, Trial

pytestmark = pytest.mark.faults

_SLOW_SECONDS = 20.0
_A_BLOW_SECONDS = 90.0


@dataclass(frozen=True)
class Misbehaviour:
    """One way in which a provider fails. `ends_as`: states in which its messages may stay because of it."""

    provider: Literal["mail", "sms"]
    mode: str
    seconds: float = 0.0
    ends_as: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.provider}: {self.mode}" + (f" {self.seconds:.0f} s" if self.seconds else "")


EACH = (
    Misbehaviour("mail", "delay", _SLOW_SECONDS),
    Misbehaviour("mail", "hang_after_data", _SLOW_SECONDS),
    Misbehaviour("mail", "drop_after_data"),
    Misbehaviour("mail", "drop_before_data"),
    Misbehaviour("mail", "refuse_4xx"),
    Misbehaviour("mail", "refuse_5xx", ends_as=frozenset({"failed"})),
    Misbehaviour("sms", "delay", _SLOW_SECONDS),
    Misbehaviour("sms", "hang_after_accept", _SLOW_SECONDS),
    Misbehaviour("sms", "drop_after_accept"),
    Misbehaviour("sms", "error_500"),
    Misbehaviour("sms", "too_many_429"),
    Misbehaviour("sms", "dlr_twice"),
    Misbehaviour("sms", "dlr_out_of_order"),
    Misbehaviour("sms", "dlr_failed", ends_as=frozenset({"failed"})),
)


def strike(trial: Trial, fault: Misbehaviour) -> None:
    """One send goes wrong in this way."""
    provider = Provider(trial.desk, fault.provider)
    trial.hit(lambda: provider.misbehave(fault.mode, fault.seconds, count=1))
    eventually(provider.behaves, within=_A_BLOW_SECONDS)
    trial.fault_ended()


def allowed_by(*faults: Misbehaviour) -> Allowances:
    states = frozenset[str]().union(*(fault.ends_as for fault in faults))
    return Allowances(undelivered=states) if states else NONE_ALLOWED


@pytest.mark.timeout(300)
def test_providers_misbehave_once_in_every_quick_way(desk: Desk) -> None:
    faults = [fault for fault in EACH if not fault.seconds]
    with desk.trial("mail and SMS: every quick fault once", allowed=allowed_by(*faults)) as trial:
        for fault in desk.random.sample(faults, len(faults)):
            strike(trial, fault)


@pytest.mark.parametrize("fault", EACH, ids=lambda fault: fault.name)
@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_provider_misbehaves_again_and_again(desk: Desk, fault: Misbehaviour) -> None:
    """Some 200 sends each, of which every fifth goes wrong; three where each blow takes its 20 s.

    More at a stretch would only be waiting: the breaker opens, and asks the provider once in five seconds.
    """
    with desk.trial(fault.name, allowed=allowed_by(fault), recovery=_recovery(fault), calm_after=120) as trial:
        for _ in range(3 if fault.seconds else 40):
            strike(trial, fault)
        eventually(lambda: len(trial.load.receipts) >= 100, within=120)


def _recovery(fault: Misbehaviour) -> float:
    """From the last blow's begin a slow answer itself takes its time before anything can recover."""
    return 30.0 + 2 * fault.seconds


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seconds", [6.0, 60.0])
def test_the_mail_server_is_gone_for_a_while(desk: Desk, seconds: float) -> None:
    provider = Provider(desk, "mail")
    with desk.trial(f"mail server refuses connections {seconds:.0f} s") as trial:
        provider.misbehave("refuse_connection")
        try:
            trial.pause(seconds, seconds)
        finally:
            trial.hit(lambda: provider.misbehave("none"))

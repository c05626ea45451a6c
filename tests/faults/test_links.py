"""The network between a service and its servers fails in every way a network can.

A proxy cannot withhold TCP's own acknowledgements, so where PostgreSQL's client would learn from its kernel after
10 s that nobody acknowledges (`tcp_user_timeout`), a reset after those 10 s plays that part.
"""

from __future__ import annotations

import pytest

from deploy.local.desk_clients import DeskError, Official
from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.load import questions
from tests.support.fault_desk import AWAY, Desk, Trial
from tests.support.fault_links import Links
from tests.support.fault_scale import at_scale, in_full_only
from tests.support.tcp_proxy import Mode, Moment, TcpProxy

pytestmark = pytest.mark.faults

_TCP_USER_TIMEOUT_SECONDS = 10.0
# A request that hangs is ended by its own time-outs, which is what the log then tells of.
_BAD_LINK = (*AWAY, r"[Tt]imeout", r"InterfaceError")


def storm(desk: Desk, trial: Trial, proxies: dict[str, TcpProxy], mode: Mode, seconds: float, *, is_tcp: bool) -> None:
    """Bad weather on some links at once, for some seconds, with consultations coming in."""
    trial.await_submissions(3)
    for proxy in proxies.values():
        proxy.set_mode(mode)
    trial.pause(seconds, seconds)
    for proxy in proxies.values():
        if mode == "zombie" and is_tcp:
            proxy.set_mode("reset")
        proxy.set_mode("pass")
    trial.count += len(proxies)
    trial.fault_ended()


WEATHER: list[tuple[Mode, float]] = [
    ("hole", 2.0), ("hole", 15.0), ("hole", 60.0), ("zombie", 10.0), ("reset", 5.0), ("one_way", 15.0),
]  # fmt: skip
_SHORT = {("redis", "zombie", 10.0), ("postgres", "hole", 2.0)}


def cases():
    for server in ("redis", "postgres"):
        for mode, seconds in WEATHER:
            marks = [pytest.mark.timeout(300)] if (server, mode, seconds) in _SHORT else in_full_only()
            times = 1 if (server, mode, seconds) in _SHORT else 3
            yield pytest.param(server, mode, seconds, times, id=f"{server}-{mode}-{seconds:.0f}s", marks=marks)


@pytest.mark.parametrize(("server", "mode", "seconds", "times"), list(cases()))
def test_links_fail(linked_desk: Desk, links: Links, server: str, mode: Mode, seconds: float, times: int) -> None:
    """Two services lose their link at the same time, others than the last time."""
    proxies = links.to_redis if server == "redis" else links.to_postgres
    for _ in range(times):
        with linked_desk.trial(f"{server}: {mode} {seconds:.0f} s", allowed_errors=_BAD_LINK) as trial:
            chosen = {name: proxies[name] for name in linked_desk.random.sample(SERVICES, 2)}
            storm(linked_desk, trial, chosen, mode, seconds, is_tcp=server == "postgres")


@at_scale(4, 50)
def test_the_connection_breaks_inside_commit(linked_desk: Desk, links: Links, times: int) -> None:
    """Whether it was committed or not, the same key leads to one consultation, and to the same one."""
    proxy = links.to_postgres["intake"]
    with linked_desk.trial(
        "PostgreSQL connection cut inside COMMIT", per_second=2.0, allowed_errors=_BAD_LINK
    ) as trial:
        asker = linked_desk.askers[0]
        with Official(linked_desk.intake_url) as official:
            official.sign_in(asker.email, asker.password)
            for number in range(times):
                moment: Moment = "after" if number % 2 == 0 else "before"
                key = f"cut-{linked_desk.seed}-{linked_desk.random.getrandbits(48):x}"
                cuts = proxy.cuts
                proxy.cut_commit_of(key.encode(), moment)
                trial.hit(lambda key=key: ask_until_answered(official, trial, key))
                trial.expect(is_so=proxy.cuts == cuts + 1, otherwise=f"the COMMIT of {key} was not cut")


def ask_until_answered(official: Official, trial: Trial, key: str) -> None:
    """Send with the same key until there is an answer, and once more to see that it is the same."""
    subject, body = questions()[0]
    answers: list[dict[str, str]] = []
    for _ in range(20):
        try:
            answers.append(official.submit(subject, body, key=key))
        except DeskError as error:
            trial.expect(is_so=error.status >= 500, otherwise=f"{key}: {error}")
        if len(answers) == 2:
            break
    trial.expect(is_so=len({answer["id"] for answer in answers}) == 1, otherwise=f"{key}: {answers}")
    if answers:
        trial.load.keep_receipt(answers[0], key, has_phone=trial.desk.askers[0].phone is not None)

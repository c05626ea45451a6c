"""Must show 6: without broker and mail server an official gets the code at once; the rest follows when they return."""

from __future__ import annotations

import pytest

from deploy.local.desk_clients import sandboxes_of
from tests.support.fault_desk import Desk

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_AT_ONCE_SECONDS = 2.0


def test_without_broker_and_mail_server_the_code_comes_at_once(desk: Desk) -> None:
    with desk.trial("broker and mail server stopped") as trial:
        desk.system.broker_kill()
        desk.system.control.stop("mail-sandbox")
        try:
            before = len(trial.load.receipts)
            trial.await_submissions(20)
            slowest = max(receipt.seconds for receipt in trial.load.receipts[before:])
            trial.expect(is_so=slowest < _AT_ONCE_SECONDS, otherwise=f"an answer took {slowest:.1f} s")
            trial.expect(is_so=not trial.load.failures, otherwise=f"requests failed: {trial.load.failures[:3]}")
        finally:
            desk.system.control.start("mail-sandbox")
            trial.hit(desk.system.broker_start)
    assert sandboxes_of(desk.system.configuration).mails()

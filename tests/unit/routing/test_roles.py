"""The one table of what each role may do."""

from __future__ import annotations

import pytest

from services.routing.domain.roles import (
    ADMIN,
    INVITABLE,
    RIGHTS,
    ROLES,
    SUPERVISOR,
    Right,
    may,
    who_may,
)


def test_every_right_is_somebody_s() -> None:
    assert RIGHTS.keys() == set(Right)
    assert all(RIGHTS.values())


def test_nobody_loses_a_right_by_being_promoted() -> None:
    for right in Right:
        holders = [role for role in ROLES if may(role, right)]
        assert holders == list(ROLES[-len(holders) :]), right


@pytest.mark.parametrize("inviter", [SUPERVISOR, ADMIN])
def test_nobody_invites_somebody_stronger_than_themselves(inviter: str) -> None:
    assert all(ROLES.index(role) <= ROLES.index(inviter) for role in INVITABLE[inviter])


def test_only_who_has_the_right_invites() -> None:
    assert INVITABLE.keys() == set(who_may(Right.INVITE))

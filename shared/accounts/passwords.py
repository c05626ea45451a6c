"""Passwords: argon2id, long rather than complicated, none of the common ones (OWASP ASVS 5.0, 6.2 and 11.4.2)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
DEMO_PASSWORD = "demo-ventanilla"  # noqa: S105 - public on purpose; refused wherever it is not a demonstration
"""The password of the demonstration's accounts."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether a password fits; takes the same time when there is no account, so that accounts cannot be guessed."""
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def is_acceptable(password: str) -> bool:
    """Long enough, not absurdly long, and not one of the passwords that are tried first, or that everybody knows."""
    is_known = password.casefold() in _common_passwords() or password == DEMO_PASSWORD
    return SHORTEST <= len(password) <= LONGEST and not is_known


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("a password that nobody has")


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split())

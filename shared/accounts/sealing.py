"""Secrets that must be read again (those of authenticators) are sealed with a key that the database does not hold."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

_MARK = "f1:"
"""Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from the service's secret key."""
_PURPOSE = b"ventanilla second factor"


class SealBrokenError(Exception):
    """A sealed text was changed, or sealed with a key that is neither the present one nor the one before."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals with the service's secret key; opens what the key before it sealed, too, while keys are exchanged."""

    secret_key: str = field(repr=False)
    previous_secret_key: str = field(default="", repr=False)

    def seal(self, plain: str) -> str:
        """The text to store."""
        from cryptography.fernet import Fernet  # noqa: PLC0415 - tens of milliseconds that only this use should pay

        return _MARK + Fernet(_derive(self.secret_key)).encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed.

        :raises SealBrokenError: it was changed, or the key is not here.
        """
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415 - as above

        keys = [key for key in (self.secret_key, self.previous_secret_key) if key]
        if not sealed.startswith(_MARK):
            raise SealBrokenError
        try:
            fernet = MultiFernet([Fernet(_derive(key)) for key in keys])
            return fernet.decrypt(sealed.removeprefix(_MARK).encode()).decode()
        except InvalidToken as error:
            raise SealBrokenError from error


def _derive(secret_key: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(secret_key.encode(), _PURPOSE, "sha256"))

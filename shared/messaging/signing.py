"""Signatures between services: HMAC-SHA256 over the exact bytes, one secret per pair of services.

Whoever can write to the broker still cannot make a service believe that another one said something. Two keys may
be valid at a time, so that they can be exchanged without a pause; the first one signs.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256


class Signatures:
    """Signs what `service` sends to a peer and checks what a peer sent to it."""

    def __init__(self, service: str, keys: Mapping[str, tuple[bytes, ...]]) -> None:
        self._service = service
        self._keys = keys

    def sign(self, receiver: str, purpose: str, text: str) -> str:
        """The signature of `text`, bound to sender, receiver and purpose so that it is good for nothing else.

        :raises KeyError: there is no key for this peer; the settings are incomplete.
        """
        return _digest(self._keys[receiver][0], self._service, receiver, purpose, text)

    def is_valid(self, sender: object, purpose: str, text: str, signature: object) -> bool:
        """Whether `sender` signed this text for us, for this purpose. Whatever the broker holds may be asked about."""
        if not (isinstance(sender, str) and isinstance(signature, str)):
            return False
        given = signature.encode("utf-8", "surrogatepass")
        candidates = (_digest(key, sender, self._service, purpose, text) for key in self._keys.get(sender, ()))
        return any(hmac.compare_digest(candidate.encode(), given) for candidate in candidates)


def _digest(key: bytes, sender: str, receiver: str, purpose: str, text: str) -> str:
    # Each part with its length, so that none can borrow from the next. A forger may send half a surrogate pair, which
    # plain UTF-8 refuses; it must be told apart, not raise.
    parts = (sender, receiver, purpose, text)
    message = "".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
    return hmac.new(key, message, sha256).hexdigest()

"""Identifiers: UUIDv7, so that primary keys grow with time and partitions can be cut by month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils.compat

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then randomness."""
    return uuid_utils.compat.uuid7()


def lowest_id_at(moment: datetime) -> UUID:
    """The smallest UUIDv7 that can be made at `moment`; the bound of a time range over identifiers."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND  # a float would be one off now and then
    return UUID(int=(milliseconds << 80) | _VERSION_7 | _VARIANT)


def time_of(identifier: UUID) -> datetime:
    """When a UUIDv7 was made, to the millisecond.

    :raises ValueError: `identifier` is of another UUID version and carries no time.
    """
    if identifier.version != 7:  # noqa: PLR2004 - the number is the name of the version
        raise ValueError(f"{identifier} is not a UUIDv7 and carries no time")
    return _EPOCH + (identifier.int >> 80) * _MILLISECOND

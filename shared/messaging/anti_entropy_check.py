"""Anti-entropy, the subscriber's half: the days of a producer's digests that our inbox does not agree with."""

from __future__ import annotations

import json
from datetime import date

from shared.contracts.event import ContractError
from shared.db.database import Database
from shared.messaging.anti_entropy import digests_of_day

_FROM_PRODUCER = "(SELECT event_id, type FROM inbox WHERE source = :source) AS received"


def differing_days(database: Database, source: str, digests: str) -> list[date]:
    """The days on which `source` published something that is not in the inbox, or the other way round.

    :param digests: the JSON text of `anti_entropy.Digests`.
    :raises ContractError: it is not that.
    """
    return [day for day, expected in _read(digests).items() if _held(database, source, day, expected) != expected]


def _held(
    database: Database, source: str, day: date, expected: dict[str, tuple[int, str]]
) -> dict[str, tuple[int, str]]:
    with database.transaction() as session:
        return digests_of_day(session, _FROM_PRODUCER, day, sorted(expected), source=source)


def _read(digests: str) -> dict[date, dict[str, tuple[int, str]]]:
    try:
        return {
            date.fromisoformat(day): {str(name): (int(count), str(digest)) for name, (count, digest) in types.items()}
            for day, types in json.loads(digests).items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ContractError(f"not digests of ours: {error}") from error

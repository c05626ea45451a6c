"""Municipalities: what they are called and which of two kinds they are.

Ley 27972 (LOM), arts. 2 and 161: the municipality of a province's capital district is the provincial one; that of the
province of Lima is metropolitan and has the functions of a regional government too, so its province (1501) is told
apart from the rest of the department.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.domain.folding import fold

LIMA_METROPOLITANA = "1501"
_LIMA_DEPARTMENT = "15"
_CALLAO = "0701"


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality by its INEI ubigeo: two digits each for department, province and district."""

    ubigeo: str
    department: str
    province: str
    district: str

    @property
    def kind(self) -> str:
        """`provincial` for the one in the province's capital district, else `distrital`."""
        return "provincial" if self.ubigeo.endswith("01") else "distrital"

    @property
    def region(self) -> str:
        """The department, with Lima Metropolitana and the provinces of Lima told apart."""
        if self.ubigeo.startswith(LIMA_METROPOLITANA):
            return "Lima Metropolitana"
        return "Lima Provincias" if self.ubigeo.startswith(_LIMA_DEPARTMENT) else self.department

    @property
    def name(self) -> str:
        """What it is called: «Municipalidad Provincial de Huancavelica», «Municipalidad Distrital de Yauli»."""
        if self.ubigeo == f"{LIMA_METROPOLITANA}01":
            return "Municipalidad Metropolitana de Lima"
        if self.ubigeo == f"{_CALLAO}01":
            return "Municipalidad Provincial del Callao"
        if self.kind == "provincial":
            return f"Municipalidad Provincial de {self.province}"
        return f"Municipalidad Distrital de {self.district}"

    @property
    def place(self) -> str:
        """Where it is, narrowest first, without saying the same twice: «Yauli, Huancavelica»."""
        parts = (
            [self.district, self.province, self.region] if self.kind == "distrital" else [self.province, self.region]
        )
        return ", ".join(part for i, part in enumerate(parts) if part not in parts[:i])

    @property
    def label(self) -> str:
        """A line to choose from; the code in the end makes it unambiguous and is read back by `ubigeo_in`."""
        return f"{self.name} — {self.province}, {self.region} ({self.ubigeo})"

    @property
    def search_text(self) -> str:
        """What a search looks through."""
        return fold(f"{self.district} {self.province} {self.region} {self.kind} {self.ubigeo}")


def ubigeo_in(text: str) -> str | None:
    """The ubigeo that a typed text is, or ends with in parentheses as labels do."""
    candidate = text.strip().removesuffix(")")[-6:]
    return candidate if len(candidate) == 6 and candidate.isascii() and candidate.isdigit() else None  # noqa: PLR2004 - a ubigeo's length

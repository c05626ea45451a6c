"""A text without the people in it: what may be kept of a consultation so that the classifier can learn from it.

Topic, kind and urgency do not depend on who asks, so names of the asker, persons named with a title, addresses and
document or phone numbers are replaced before a correction is stored (Ley 29733: no more data than the purpose needs).
Numbers of norms and years stay: they carry the topic. This is masking, not anonymisation: a name without a title that
is not the asker's own stays, which is why the text is also dropped after a time (`ROUTING_CORRECTIONS_KEPT_DAYS`).
"""

from __future__ import annotations

import re
import unicodedata

MASK = "…"
_SHORTEST_NAME = 3
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# A DNI has 8 digits, a RUC 11, a mobile 9, a bank account 14 or 20; a norm has at most five, an ubigeo six.
_NUMBER = re.compile(r"(?<![\w-])\+?\d{7,}(?![\w-])")
_SPACED_NUMBER = re.compile(
    r"(?<![\w-])(?:\+?51[ -]?)?9\d{2}[ -]\d{3}[ -]\d{3}(?![\w-])|\b\d{3,4}-\d{3,10}-\d{1,10}-\d{1,3}\b"
)
_TITLED = re.compile(
    r"\b(se[nñ]or(?:a|ita)?|sra?|srta|don|do[nñ]a|ing(?:eniero|eniera)?|lic(?:enciado|enciada)?|abog(?:ado|ada)?|econ(?:omista)?"
    r"|arq(?:uitecto|uitecta)?|dra?|cpc|prof(?:esor|esora)?)(\.?\s+)((?:[A-ZÁÉÍÓÚÑ][\wáéíóúñ'-]+\s?){1,4})",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
# «Señor Alcalde» and «Ing. Residente» are offices, not persons, and say something about the matter.
_OFFICE_LINES = (
    "alcalde alcaldesa gerente presidente presidenta director directora jefe jefa contralor asesor asesora regidor",
    "regidora residente supervisor supervisora inspector tesorero tesorera procurador secretario secretaria subgerente",
    "registrador municipal general obra obras",
)
_OFFICES = frozenset(word for line in _OFFICE_LINES for word in line.split())


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def masked(text: str, *, names: tuple[str, ...] = ()) -> str:
    """The text without addresses, long numbers, persons named with a title, and the words of `names`."""
    known = {_plain(word) for name in names for word in _WORD.findall(name) if len(word) >= _SHORTEST_NAME}
    for pattern in (_EMAIL, _LINK, _SPACED_NUMBER, _NUMBER):
        text = pattern.sub(MASK, text)
    text = _TITLED.sub(_without_name, text)
    return _WORD.sub(lambda word: MASK if _plain(word[0]) in known else word[0], text)


def _without_name(found: re.Match[str]) -> str:
    """A title followed by capitalised words is a person; «la señora pregunta» is not."""
    title, gap, name = found.groups()
    kept = [word for word in name.split() if not word[0].isupper() or word.isupper() or _plain(word) in _OFFICES]
    if len(kept) == len(name.split()):
        return found[0]
    return title + gap + " ".join([MASK, *kept]) + (" " if name.endswith(" ") else "")

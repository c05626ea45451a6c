"""A question that can be answered at the first try: what the form asks for, put together as one text.

«Everything begins with the preparation of the right questions»: the facts that advisors ask back for most often are
asked before sending. Each is optional except the question itself, so that nobody is kept from asking.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_BODY, LONGEST_BODY = 10, 8000
LONGEST_SUBJECT = 150
LONGEST_FACT = 600


@dataclass(frozen=True, slots=True)
class Question:
    """The parts of the guided form."""

    body: str
    norm: str | None = None
    tried: str | None = None
    deadline: str | None = None

    def compose(self) -> str:
        """One text for the advisor, in Spanish whatever the language of the page: the advisors' language."""
        facts = (
            ("Norma que revisó o le indicaron", self.norm),
            ("Lo que ya intentó", self.tried),
            ("Fecha límite", self.deadline),
        )
        return "\n\n".join([self.body, *(f"{title}: {text}" for title, text in facts if text)])

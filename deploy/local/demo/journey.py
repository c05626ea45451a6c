"""One consultation's journey: what was seen of it, at which second, and what was not as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deploy.local.demo.script import Asker, Question

_ALSO_BY_SMS = frozenset({"received", "clarification", "answered"})


@dataclass
class Journey:
    """Filled step by step by the conductor; times are seconds since the consultation was sent."""

    question: Question
    asker: Asker
    code: str = ""
    case: dict[str, Any] = field(default_factory=dict)
    consultation: dict[str, Any] = field(default_factory=dict)
    answer: str = ""
    promised_at: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    was_triaged: bool = False
    was_clarified: bool = False

    @property
    def expected_messages(self) -> dict[tuple[str, str, str], int]:
        """How many messages of each (recipient, channel, template) a journey like this one must cause, exactly."""
        official, advisor = ["received"], []
        if self.question.is_out_of_scope and self.was_triaged:
            official.append("closed")
        else:
            official += ["assigned", "answered"]
            advisor.append("case_assigned")
        if self.was_clarified:
            official.append("clarification")
            advisor.append("official_replied")
        expected = {("official", "email", template): 1 for template in official}
        expected |= {("official", "sms", template): 1 for template in official if template in _ALSO_BY_SMS}
        return expected | {("staff", "email", template): 1 for template in advisor}

    @property
    def advisor(self) -> dict[str, Any] | None:
        """Who is in charge, as the sheet says."""
        found: dict[str, Any] | None = self.case.get("assignment", {}).get("advisor")
        return found

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        classification = self.case.get("classification", {})
        return {
            "code": self.code,
            "subject": self.question.subject,
            "topic": classification.get("topic"),
            "confidence": classification.get("confidence"),
            "needed_triage": self.was_triaged,
            "advisor": self.advisor,
            "assignment_reason": self.case.get("assignment", {}).get("reason"),
            "promised_at": self.promised_at,
            "mails": [{"to": mail["to"], "subject": mail["subject"]} for mail in self.mails],
            "sms": [{"to": text["to"], "text": text["text"]} for text in self.texts],
            "answer": self.answer,
            "seconds": self.seconds,
            "problems": self.problems,
        }

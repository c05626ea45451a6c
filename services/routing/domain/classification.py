"""What the classifier says about one consultation: the value the rest of the service stores, shows and corrects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One term or rule that carried the decision.

    ``text`` is what a person reads (a word of the consultation, or a rule such as ``U1: «mañana»``); ``weight`` is its
    share of the evidence for the chosen label, positive, without unit, comparable only inside one classification.
    """

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic the consultation may belong to, with its calibrated probability (0 to 1)."""

    topic: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Classification:
    """Topic, kind and urgency of one consultation, each with a calibrated confidence between 0 and 1.

    ``topic`` is always a code of the taxonomy (``fuera_de_alcance`` included), also when ``needs_triage`` is true: then
    the model is not sure enough, ``topic`` is its best guess, and ``candidates`` holds the two or three topics among
    which a person chooses with one key. ``urgency_confidence`` is the probability of the answer given in ``urgent``.
    ``model_version`` is the content hash of the artefact that decided.
    """

    topic: str
    topic_confidence: float
    candidates: tuple[Candidate, ...]
    kind: str
    kind_confidence: float
    urgent: bool
    urgency_confidence: float
    reasons: tuple[Reason, ...]
    needs_triage: bool
    model_version: str

    @property
    def is_out_of_scope(self) -> bool:
        """Whether the text is not a consultation of municipal management by an official."""
        return self.topic == "fuera_de_alcance"

"""What routing measures of its own work."""

from __future__ import annotations

from shared.observability.metrics import AGE_BUCKETS, counter, gauge, histogram

_SERVICE = "routing"
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, 1.0)

CONFIDENCE = histogram(
    _SERVICE, "classification_confidence", "Confidence of the topic given (0 to 1).", buckets=_CONFIDENCES
)
CLASSIFY_SECONDS = histogram(_SERVICE, "classification_seconds", "Time to classify one consultation.")
CORRECTIONS = counter(_SERVICE, "classification_corrections", "Topics that a person corrected.", "was_triage")
MODEL_LOAD_FAILURES = counter(_SERVICE, "model_load_failures", "Times that the champion could not be loaded.")
OUTCOMES = counter(_SERVICE, "assignment_outcomes", "What became of cases that needed an advisor.", "outcome", "topic")
ASSIGNMENT_SECONDS = histogram(
    _SERVICE, "assignment_seconds", "From the submission of a consultation to its advisor.", buckets=AGE_BUCKETS
)
WARNINGS = counter(_SERVICE, "sla_warnings", "Warnings given.", "clock")
BREACHES = counter(_SERVICE, "sla_breaches", "Deadlines missed.", "clock", "topic")
CASES_OPENED = counter(_SERVICE, "cases_opened", "Cases opened.", "channel")
CASES_ENDED = counter(_SERVICE, "cases_ended", "Cases answered or closed.", "outcome")
QUEUE_DRIFT = gauge(
    _SERVICE, "queue_count_drift", "By how many cases the counters of the queues were wrong at the last reconciliation."
)
LEAVES = counter(_SERVICE, "leaves", "Leaves that began or ended.", "step")
IDLE_RETURNS = counter(
    _SERVICE, "idle_returns", "Cases left untouched past the limit, and what became of them.", "outcome"
)

"""The states of a consultation as operators see them, in the order of its life.

The state itself is computed by the database from the facts in the row (migrations/versions).
"""

from __future__ import annotations

OPEN = ("received", "classified", "triage", "unstaffed", "assigned", "waiting")
"""Somebody still has to do something."""

OURS = ("received", "classified", "triage", "unstaffed", "assigned")
"""The desk has to do something; while `waiting` it is the official's turn and no clock runs."""

DONE = ("answered", "closed", "withdrawn")
STATES = (*OPEN, *DONE)

MEASURES = ("submitted", "classified", "assigned", "answered")
"""The steps whose flow is counted by hour."""

"""The parts of the API about what staff write, for the web process to mount."""

from __future__ import annotations

from services.routing.entrypoints.api import attachments, composing, library, mentions, norms, reviews

BLUEPRINTS = tuple(part.blueprint for part in (attachments, composing, reviews, library, mentions, norms))

"""The parts of the API about what staff write, for the web process to mount."""

from __future__ import annotations

from services.routing.entrypoints.api import composing, library, mentions, norms, reviews

BLUEPRINTS = (composing.blueprint, reviews.blueprint, library.blueprint, mentions.blueprint, norms.blueprint)

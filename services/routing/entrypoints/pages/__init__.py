"""The pages of advisors and supervisors."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Add every page to the application."""

"""The web process: `gunicorn "services.notifications.entrypoints.wsgi:create_app()"`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from services.notifications.entrypoints.api import messages, notices, receipts
from services.notifications.entrypoints.pages import ledger
from services.notifications.settings import Settings, read
from shared.http.application import create_base_app, finish_app
from shared.http.notices import add_notices
from shared.messaging.processes import Parts, connect, observe, read_or_exit

_PACKAGE = Path(__file__).resolve().parents[1]


def create_app() -> Flask:
    """The application of a process: settings from the environment."""
    settings = read_or_exit(read)
    observe(settings.service)
    return build_app(settings, connect(settings.service, is_web=True, pool_size=8))


def build_app(settings: Settings, parts: Parts) -> Flask:
    """The application on given connections."""
    app = create_base_app(parts, title="Ventanilla: mensajes", package_dir=_PACKAGE)
    app.extensions["notifications_settings"] = settings
    app.config["HAS_PEOPLE"] = False  # whoever reads the ledger shows a token of the service, not of a person
    add_notices(app, ledger.NOTICES)
    app.register_blueprint(ledger.blueprint)
    return finish_app(app, messages.blueprint, notices.blueprint, receipts.blueprint)

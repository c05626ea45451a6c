"""The web process: `gunicorn "services.insights.entrypoints.wsgi:create_app()"`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from services.insights.entrypoints.api import overview
from services.insights.entrypoints.pages import views
from services.insights.entrypoints.snapshots import Snapshots
from services.insights.settings import read
from shared.accounts.account_views import account_pages
from shared.accounts.views import sessions_blueprint, sign_in_pages
from shared.http.application import create_base_app, finish_app
from shared.http.languages import N_
from shared.messaging.processes import Parts, connect, observe, read_or_exit

_PACKAGE = Path(__file__).resolve().parents[1]


def create_app() -> Flask:
    """The application of a process: settings from the environment."""
    settings = read_or_exit(read).service
    observe(settings)
    return build_app(connect(settings, is_web=True, pool_size=8))


def build_app(parts: Parts) -> Flask:
    """The application on given connections."""
    app = create_base_app(parts, title="Ventanilla: panel de operación", package_dir=_PACKAGE)
    app.extensions["insights_snapshots"] = Snapshots(parts.database)
    sign_in_pages(app, title=N_("Ingrese al panel de operación"), has_links=False)
    account_pages(app)
    app.register_blueprint(views.blueprint)
    return finish_app(app, sessions_blueprint("insights"), overview.blueprint)

"""The web process: `gunicorn "services.intake.entrypoints.wsgi:create_app()"`."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from services.intake.entrypoints.api import consultations, municipalities, officials
from services.intake.entrypoints.pages.asking import asking
from services.intake.entrypoints.pages.following import following
from services.intake.entrypoints.pages.joining import joining
from services.intake.entrypoints.pages.notices import NOTICES
from services.intake.entrypoints.wording import (
    byte_size,
    file_url,
    kind_name,
    status_meaning,
    status_name,
    status_tone,
    topic_name,
    validity_text,
)
from services.intake.settings import Settings, read
from services.intake.store.existence import named_consultation
from shared.accounts.account_views import account_pages
from shared.accounts.audit_refusals import note_refusals
from shared.accounts.views import sessions_blueprint, sign_in_pages
from shared.http.application import create_base_app, finish_app
from shared.http.notices import add_notices
from shared.messaging.processes import connect, observe, read_or_exit
from shared.texts import N_

_PACKAGE = Path(__file__).resolve().parents[1]


def create_app() -> Flask:
    """The application, with what the environment says."""
    settings = read_or_exit(read)
    observe(settings.service)
    return build_app(settings)


def build_app(settings: Settings) -> Flask:
    """The application of given settings."""
    parts = connect(settings.service, is_web=True, pool_size=8)
    app = create_base_app(parts, title="Ventanilla: intake", package_dir=_PACKAGE)
    app.config["ROUTING_URL"] = settings.routing_url
    app.jinja_env.filters |= {
        "status_name": status_name, "status_tone": status_tone, "status_meaning": status_meaning,
        "kind_name": kind_name, "topic_name": topic_name, "validity_text": validity_text, "file_url": file_url,
        "byte_size": byte_size,
    }  # fmt: skip
    sign_in_pages(app, title=N_("Ingrese para consultar"), register_path="/registro", home="/consultas")
    account_pages(app, layout="layout.html")
    note_refusals(app, named_consultation)
    add_notices(app, NOTICES)
    for pages in (joining, asking, following):
        app.register_blueprint(pages)
    return finish_app(
        app,
        sessions_blueprint("intake"),
        officials.blueprint,
        municipalities.blueprint,
        consultations.blueprint,
        consultations.suggestions_blueprint,
    )

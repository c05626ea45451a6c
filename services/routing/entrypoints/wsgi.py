"""The web process: pages and API of advisors and supervisors."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from services.routing.entrypoints import pages
from services.routing.entrypoints.api import (
    assignment,
    bulk,
    cases,
    desk,
    personnel,
    queues,
    relations,
    rule_drafts,
    rules,
    staffing,
    timeline,
    writing,
)
from services.routing.entrypoints.api.classifier import blueprint as classifier_blueprint
from services.routing.entrypoints.live.pages import install_live
from services.routing.entrypoints.refusals import staffing as staffing_refusals
from services.routing.settings import read
from services.routing.store.existence import named_case
from shared.accounts.account_views import account_pages
from shared.accounts.audit_refusals import note_refusals
from shared.accounts.views import sessions_blueprint, sign_in_pages
from shared.http.application import create_base_app, finish_app
from shared.http.languages import N_
from shared.messaging.processes import Parts, connect, observe, read_or_exit

PACKAGE = Path(__file__).resolve().parent.parent


def create_app() -> Flask:
    """What gunicorn runs."""
    settings = read_or_exit(read)
    observe(settings.service)
    return build_app(connect(settings.service, is_web=True, pool_size=8))


def build_app(parts: Parts) -> Flask:
    """The application on given connections."""
    app = create_base_app(parts, title="Ventanilla: mesa de asesores", package_dir=PACKAGE)
    sign_in_pages(app, title=N_("Ingrese a la mesa de asesores"))
    account_pages(app, layout="layout.html")
    pages.install(app)
    note_refusals(app, named_case)
    install_live(app)
    staffing_refusals.install()
    return finish_app(
        app,
        sessions_blueprint("routing"),
        queues.blueprint,
        queues.views_blueprint,
        bulk.blueprint,
        cases.blueprint,
        classifier_blueprint,
        *writing.BLUEPRINTS,
        relations.blueprint,
        timeline.blueprint,
        rules.blueprint,
        rule_drafts.blueprint,
        desk.topics_blueprint,
        desk.advisors_blueprint,
        assignment.assignment_blueprint,
        staffing.leaves_blueprint,
        staffing.teams_blueprint,
        personnel.staff_blueprint,
        personnel.invitations_blueprint,
        personnel.audit_blueprint,
    )

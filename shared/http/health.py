"""`/healthz` (the process answers), `/readyz` (it can do its work), `/metrics`."""

from __future__ import annotations

import os

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.accounts.access import public
from shared.observability.metrics import CONTENT_TYPE, Exposition

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """The process reaches its database, and the database has its tables. The broker is not asked: we need none."""
    try:
        with current_app.extensions["ventanilla_database"].transaction() as session:
            session.execute(text("SELECT count(*) FROM relay_state"))
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="unreachable"), 503
    return jsonify(status="ok", database="ok")


@blueprint.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Prometheus metrics of all web processes of the service."""
    multiproc_dir = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")  # noqa: TID251 - prometheus-client's own variable
    return Response(Exposition(multiproc_dir).render(), content_type=CONTENT_TYPE)

"""The pages of advisors and supervisors."""

from __future__ import annotations

from flask import Flask

from services.routing.entrypoints.pages import personnel as personnel_pages
from services.routing.entrypoints.pages import writing
from services.routing.entrypoints.pages.advisors import advisors
from services.routing.entrypoints.pages.audit import audit_pages
from services.routing.entrypoints.pages.bulk import bulk_pages
from services.routing.entrypoints.pages.calendars import calendar_pages
from services.routing.entrypoints.pages.classifier import install_classifier
from services.routing.entrypoints.pages.fairness import fairness_pages
from services.routing.entrypoints.pages.invitation import invitation_pages
from services.routing.entrypoints.pages.leaves import leave_pages
from services.routing.entrypoints.pages.loads import load_pages
from services.routing.entrypoints.pages.next_case import next_page
from services.routing.entrypoints.pages.queues import queues
from services.routing.entrypoints.pages.rebalancing import rebalance_pages
from services.routing.entrypoints.pages.relations import relations
from services.routing.entrypoints.pages.rules import rule_pages
from services.routing.entrypoints.pages.sheets import sheets
from services.routing.entrypoints.pages.similar import similar
from services.routing.entrypoints.pages.skills import skill_pages
from services.routing.entrypoints.pages.supervision import supervision
from services.routing.entrypoints.pages.timelines import timelines
from services.routing.entrypoints.pages.views import views
from services.routing.entrypoints.wording.accounts import install_account_wording
from services.routing.entrypoints.wording.cases import AGE_NAMES, EMPTY_VIEWS, SORT_NAMES, VIEW_NAMES, install_wording
from services.routing.entrypoints.wording.rules import NOTICES as RULE_NOTICES
from services.routing.entrypoints.wording.rules import install_rule_wording
from services.routing.use_cases.staff import ADMIN, SUPERVISOR
from shared.http.languages import N_
from shared.http.notices import add_notices

_NOTICES = {
    "respuesta": N_("La respuesta se envió al funcionario."),
    "aclaracion": N_("El pedido de aclaración se envió; los plazos están en pausa."),
    "tema": N_("El tema quedó decidido."),
    "asignado": N_("El caso quedó asignado."),
    "nota": N_("La nota se guardó."),
    "cerrado": N_("El caso se cerró."),
    "pasado": N_("El caso pasó a otra persona y ya no está entre los que usted ve."),
    "asesor": N_("Los cambios se guardaron."),
    "reutilizado": N_("La respuesta anterior está en su borrador: revísela antes de enviar."),
    "vista": N_("La vista quedó guardada."),
    "vista-cambiada": N_("La vista cambió."),
    "vista-borrada": N_("La vista se borró."),
    "licencia": N_("La licencia quedó registrada."),
    "sin_licencia": N_("La licencia está anulada."),
    "siguiente": N_("Este es su siguiente caso."),
    "sin_cupo": N_("Su cupo está completo, o está de licencia: no puede tomar otro caso ahora."),
    "nada_espera": N_("No hay casos que esperen en sus temas. Los que lleguen se le asignarán según su cupo."),
    "alta": N_("La cuenta se creó."),
    "unido": N_("Los casos se unieron: la respuesta llegará a todos."),
    "es_unido": N_("El caso que buscaba está unido a este."),
    "pospuesto": N_("El caso quedó pospuesto; sus plazos corren igual."),
    "de_vuelta": N_("El caso está de vuelta entre los suyos."),
    "relacionado": N_("Los casos quedaron relacionados."),
    "sin_relacion": N_("La relación se quitó."),
    "dividido": N_("La parte se separó; en un momento tendrá su propio código."),
    "separado": N_("La unión se deshizo; cada caso sigue por su lado."),
}

_WORDS = {"view_names": VIEW_NAMES, "empty_views": EMPTY_VIEWS, "sort_names": SORT_NAMES, "age_names": AGE_NAMES}


staffing_pages = (leave_pages, next_page, load_pages, skill_pages, fairness_pages, rebalance_pages)


def install(app: Flask) -> None:
    """Add every page to the application."""
    add_notices(app, _NOTICES | RULE_NOTICES)
    add_notices(app, personnel_pages.NOTICES | {"bienvenida": N_("Su cuenta está lista.")})
    install_wording(app)
    install_rule_wording(app)
    install_account_wording(app)
    app.context_processor(lambda: _WORDS | {"supervising_roles": (SUPERVISOR, ADMIN)})
    for blueprint in (queues, views, similar, sheets, supervision, advisors, *staffing_pages):
        app.register_blueprint(blueprint)
    for blueprint in (personnel_pages.personnel, invitation_pages, audit_pages):
        app.register_blueprint(blueprint)
    install_classifier(app)
    for rules_blueprint in (rule_pages, calendar_pages):
        app.register_blueprint(rules_blueprint)
    writing.install(app)
    for acts_blueprint in (relations, bulk_pages, timelines):
        app.register_blueprint(acts_blueprint)

"""The pages about what staff write, for the web process to mount: drafts, merging, reviews, the library."""

from __future__ import annotations

from flask import Flask

from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.pages.attaching import attaching_pages
from services.routing.entrypoints.pages.citing import citing_pages
from services.routing.entrypoints.pages.composing import composing
from services.routing.entrypoints.pages.keyboard import are_off, keyboard
from services.routing.entrypoints.pages.library import library
from services.routing.entrypoints.pages.norms import norm_pages
from services.routing.entrypoints.pages.reviewing import reviewing
from services.routing.entrypoints.refusals import writing as writing_refusals
from services.routing.entrypoints.wording import attachments as attachment_wording
from services.routing.entrypoints.wording import norms as norm_wording
from services.routing.store import mentions, reviews
from shared.accounts.access import current_person
from shared.http.languages import N_
from shared.http.notices import add_notices

_NOTICES = {
    "borrador": N_("El borrador quedó guardado; lo verá desde cualquier equipo."),
    "descartado": N_("El borrador se descartó."),
    "en-revision": N_("La respuesta está en revisión. Nada se ha enviado todavía; los plazos siguen corriendo."),
    "aprobada": N_("La respuesta se aprobó y se envió con el nombre de quien la escribió."),
    "devuelta": N_("La respuesta volvió a quien la escribió, con su comentario."),
    "retirada": N_("La respuesta se retiró de revisión; el texto quedó como borrador."),
    "insertado": N_("El texto modelo está al final de su borrador. Complete lo que falte antes de enviar."),
    "cita": N_("La cita está en su borrador."),
    "sin-cita": N_("La cita se quitó de su borrador."),
    "adjunto": N_("Los archivos están en su borrador."),
    "sin-adjunto": N_("El archivo se quitó de su borrador."),
    "adjunto-retirado": N_("El archivo se retiró: su enlace ya no lo abre."),
    "norma": N_("La norma quedó en el registro; sus versiones anteriores siguen disponibles."),
    "macro": N_("La macro se aplicó completa."),
    "biblioteca": N_("La biblioteca se guardó; la versión anterior sigue disponible."),
    "atajos": N_("Listo: así quedan los atajos en este navegador."),
    "reglas-revision": N_("Las reglas de revisión se guardaron."),
}


def marks() -> dict[str, int]:
    """What waits for the person of this request, for the bar of every page: two statements over small indexes."""
    person = current_person()
    if person is None:
        return {"to_review": 0, "returned": 0, "mentions": 0}
    with parts().database.transaction() as session:
        to_review, returned = reviews.counts(session, person)
        called = mentions.unread(session, person.id)
    return {"to_review": to_review, "returned": returned, "mentions": called}


def install(app: Flask) -> None:
    """Add the pages, their notices, and what their use cases refuse in words."""
    app.context_processor(lambda: {"writing_marks": marks, "shortcuts_off": are_off()})
    add_notices(app, _NOTICES)
    writing_refusals.install()
    norm_wording.install(app)
    attachment_wording.install(app)
    for blueprint in (composing, reviewing, library, keyboard, citing_pages, norm_pages, attaching_pages):
        app.register_blueprint(blueprint)

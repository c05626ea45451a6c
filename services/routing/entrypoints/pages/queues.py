"""The queues and the search as pages, and where people land after entering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.case_filter import ALL_VIEW, FILTER_NAMES, VIEWS, CaseFilter, sorts_of
from services.routing.entrypoints.api.queue_schemas import CaseFilterSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.queue_requests import cursor_of, filter_of, wanted_from_saved, written
from services.routing.entrypoints.refusals.views import view_refusals
from services.routing.entrypoints.wording.cases import AGE_NAMES, STATE_NAMES
from services.routing.store import places, saved_views
from services.routing.store.cases import SEES_ALL
from services.routing.use_cases import queues as use_case
from services.routing.use_cases import staff
from services.routing.use_cases.queues import Wanted
from services.routing.use_cases.saved_views import ViewNotFoundError
from services.routing.use_cases.staff import ROLES
from services.routing.use_cases.topics import kinds, out_of_scope, topics
from shared.accounts.access import current_person, public, signed_in, the_person
from shared.http.fields import read_form
from shared.http.languages import current_locale

queues = Blueprint("queues", __name__)

_PAGE = 25
OWN, TEAM = "mine", "team"
PARAMETERS = {
    "q": "q", "topic": "tema", "kind": "tipo", "urgent": "urgente", "place": "lugar", "advisor": "asesor",
    "state": "estado", "min_age_days": "desde", "max_age_days": "hasta",
}  # fmt: skip
"""What the address calls each filter."""
_LEVELS = (("distrito", places.DISTRICT), ("provincia", places.PROVINCE), ("departamento", places.DEPARTMENT))


@queues.get("/")
@public
def home() -> ResponseReturnValue:
    """Strangers enter first; supervisors begin with the whole desk, advisors with their cases."""
    person = current_person()
    if person is None:
        return redirect("/ingresar", 303)
    return redirect("/supervision" if person.role in SEES_ALL else "/casos", 303)


@queues.get("/casos")
@signed_in(*ROLES)
def show_queue() -> ResponseReturnValue:
    """One queue, least time left first, or a search. What the address says that makes no sense is left out."""
    person, given = the_person(), request.args
    sees_all = person.role in SEES_ALL
    with view_refusals(), parts().database.transaction() as session:
        saved = saved_views.visible_to(session, person)
        chosen_view = _saved_view(given.get("guardada"), saved)
        wanted = wanted_from_saved(chosen_view.query) if chosen_view else wanted_of(given, TEAM if sees_all else OWN)
        wanted = Wanted(wanted.view, wanted.chosen, wanted.sort, cursor_of(given.get("cursor")), _PAGE)
        shown = use_case.read_queue(session, person, wanted, current_locale())
        advisors = staff.names_of(session, only_present=False)
    return render_template(
        "queue.html",
        shown=shown,
        view=wanted.view,
        views=[one for one in VIEWS if one != OWN or not sees_all],
        chosen=wanted.chosen,
        chips=_chips(wanted, advisors),
        choices=_choices(wanted.chosen.place or "", advisors),
        sorts=sorts_of(wanted.view, is_search=wanted.chosen.q is not None),
        saved=saved,
        chosen_view=chosen_view,
        link=lambda **changes: address(wanted, **changes),
        page_link=lambda cursor: address(wanted, cursor=written(cursor)),
        age=_age(wanted.chosen),
    )


def address(wanted: Wanted, **changes: Any) -> str:
    """The address of a queue with its filters; changes are parameters of the address, None leaves one out."""
    values: dict[str, Any] = {"vista": wanted.view}
    for name, value in wanted.chosen.values().items():
        values[PARAMETERS[name]] = {True: "si", False: "no"}[value] if isinstance(value, bool) else value
    if wanted.sort is not None and wanted.sort == wanted.order:
        values["orden"] = wanted.sort
    values |= changes
    return "/casos?" + urlencode({name: value for name, value in values.items() if value is not None})


def wanted_of(given: Mapping[str, str], default: str) -> Wanted:
    """What an address or a form asks for; values that make no sense are left out."""
    values = {name: given.get(parameter, "").strip() for name, parameter in PARAMETERS.items()}
    values["urgent"] = {"si": "true", "no": "false"}.get(values["urgent"], "")
    values["place"] = _place(given) or values["place"]
    age = given.get("edad", "")
    if age in AGE_NAMES:
        values["min_age_days"], _, values["max_age_days"] = age.partition("-")
    sent = {name: value for name, value in values.items() if value}
    loaded, errors = read_form(CaseFilterSchema(), sent)
    if errors:
        loaded, _ = read_form(CaseFilterSchema(), {name: value for name, value in sent.items() if name not in errors})
    chosen = filter_of(loaded)
    view = given.get("vista", "")
    if view not in VIEWS:
        view = ALL_VIEW if chosen.q is not None else default
    sort = given.get("orden")
    return Wanted(view, chosen, sort if sort in sorts_of(view, is_search=chosen.q is not None) else None)


def _place(given: Mapping[str, str]) -> str:
    """The smallest place chosen that lies in the larger ones; a province of another department was chosen before it."""
    department = given.get("departamento", "")
    for name, length in _LEVELS:
        code = given.get(name, "")
        if len(code) == length and code in places.names() and code.startswith(department):
            province = given.get("provincia", "")
            if name != "distrito" or not province or code.startswith(province):
                return code
    return ""


def _age(chosen: CaseFilter) -> str:
    least, most = chosen.min_age_days, chosen.max_age_days
    return "" if least is None and most is None else f"{least or ''}-{most or ''}"


def _saved_view(given: str | None, saved: list[Any]) -> Any:
    if not given:
        return None
    found = next((one for one in saved if str(one.id) == given), None)
    if found is None:
        raise ViewNotFoundError(given)
    return found


def _choices(place: str, advisors: list[dict[str, Any]]) -> dict[str, Any]:
    """What the selects of the filter form offer; provinces once there is a department, districts within a province."""
    department, province = place[: places.DEPARTMENT], place[: places.PROVINCE]
    return {
        "topics": [*topics().values(), out_of_scope()],
        "kinds": kinds().values(),
        "states": STATE_NAMES,
        "ages": AGE_NAMES,
        "advisors": advisors,
        "departments": places.within(""),
        "provinces": places.within(department) if department else (),
        "districts": places.within(province) if len(province) == places.PROVINCE else (),
    }


def _chips(wanted: Wanted, advisors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The filters in force, each with the address of the same without it."""
    chosen = wanted.chosen
    names = {str(one["id"]): one["full_name"] for one in advisors}
    chips = []
    for name in FILTER_NAMES:
        value = getattr(chosen, name)
        if value is None or (name == "max_age_days" and chosen.min_age_days is not None):
            continue
        gone = {PARAMETERS[name]: None}
        if name == "min_age_days":
            gone[PARAMETERS["max_age_days"]] = None
        text = names.get(str(value), "") if isinstance(value, UUID) else value
        chips.append({"name": name, "value": text, "until": chosen.max_age_days, "without": address(wanted, **gone)})
    return chips

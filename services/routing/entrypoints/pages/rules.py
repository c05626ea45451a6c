"""Policies and calendars for supervisors: what is in force, drafts, trials, publication, recalculation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.refusals.rules import do_rules, rule_refusals
from services.routing.entrypoints.rule_forms import policy_fields, policy_of_form, typed_policy
from services.routing.store import rule_editions, rule_runs
from services.routing.store.rule_editions import CALENDAR, POLICY, version_name
from services.routing.store.rule_models import SlaDraft, SlaRun
from services.routing.use_cases import recalculating, rule_trials, rules
from services.routing.use_cases.rule_runs import DONE, RECALCULATION, TRIAL
from services.routing.use_cases.topics import kinds, topics
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import Line
from shared.http.languages import N_, current_locale
from shared.http.problems import CONFLICT, INVALID, STALE, Problem, translate_messages
from shared.messaging.work import Work

rule_pages = Blueprint("rule_pages", __name__)

SLUGS = {"politica": POLICY, "calendario": CALENDAR}
_PATHS = {POLICY: "/plazos/politica", CALENDAR: "/plazos/calendario"}
_SHOWN_CASES = 50
_LONGEST_REASON = 400
_REASON_NEEDED = N_("Escriba la razón: queda en el registro y la leen quienes reciben el aviso.")
_SHOWN_AGAIN = (INVALID, CONFLICT, STALE)


@rule_pages.get("/plazos")
@signed_in(*who_may(Right.SET_RULES))
def show_rules() -> ResponseReturnValue:
    """What is promised now, what is being prepared, and what was decided before."""
    with parts().database.transaction() as session:
        in_force = rule_editions.in_force(session)
        policy = rule_editions.current_policy(session)
        desk = rule_editions.current_desk_calendar(session)
        drafts = {kind: session.get(SlaDraft, kind) for kind in _PATHS}
        published = {kind: rule_editions.editions(session, kind) for kind in _PATHS}
        runs = rule_runs.newest(session, 8)
        names = {POLICY: version_name(POLICY, in_force.policy), CALENDAR: version_name(CALENDAR, in_force.calendar)}
    return render_template(
        "rules/overview.html", policy=policy, desk=desk, drafts=drafts, published=published, runs=runs, names=names,
        slugs={kind: slug for slug, kind in SLUGS.items()},
    )  # fmt: skip


@rule_pages.get("/plazos/politica")
@signed_in(*who_may(Right.SET_RULES))
def show_policy() -> ResponseReturnValue:
    """The draft of the policy as a form."""
    return _policy_form()


@rule_pages.post("/plazos/politica")
@signed_in(*who_may(Right.SET_RULES))
def save_policy() -> ResponseReturnValue:
    """Keep the draft of the policy, or say what must be corrected, with everything that was typed."""
    typed, version, person = typed_policy(request.form), draft_version(), the_person()

    def act(work: Work) -> dict[str, Any]:
        return {"version": rules.save_draft(work, person, POLICY, policy_of_form(typed), version).version}

    try:
        do_rules(form_key(), [typed, version], act)
    except Problem as problem:
        return _policy_form(typed, errors_of(problem), problem.kind.status)
    return see_other("/plazos/politica", "borrador")


@rule_pages.post("/plazos/<any(politica, calendario):slug>/descartar")
@signed_in(*who_may(Right.SET_RULES))
def discard(slug: str) -> ResponseReturnValue:
    """Throw a draft away."""
    kind, version = SLUGS[slug], draft_version()

    def act(work: Work) -> dict[str, Any]:
        rules.discard_draft(work, kind, version)
        return {}

    do_rules(form_key(), [kind, version], act)
    return see_other("/plazos", "descartado")


@rule_pages.post("/plazos/<any(politica, calendario):slug>/ensayo")
@signed_in(*who_may(Right.SET_RULES))
def start_trial(slug: str) -> ResponseReturnValue:
    """Try the draft on the cases there are."""
    kind, person = SLUGS[slug], the_person()

    def act(work: Work) -> dict[str, Any]:
        return {"id": str(rule_trials.start_trial(work, person, kind).run_id)}

    return see_other(f"/plazos/ensayos/{do_rules(form_key(), kind, act)['id']}")


@rule_pages.post("/plazos/<any(politica, calendario):slug>/publicar")
@signed_in(*who_may(Right.SET_RULES))
def publish(slug: str) -> ResponseReturnValue:
    """Publish the draft that a trial has shown."""
    kind, person, version = SLUGS[slug], the_person(), draft_version()
    trial_id = _trial_id()
    try:
        reason = _reason()

        def act(work: Work) -> dict[str, Any]:
            edition = rules.put_in_force(work, person, kind, version=version, trial_id=trial_id, reason=reason)
            return {"number": edition.number}

        number = do_rules(form_key(), [str(trial_id), version, reason], act)["number"]
    except Problem as problem:
        return _run_page(trial_id, errors_of(problem), problem.kind.status)
    return see_other(f"/plazos/{slug}/ediciones/{number}", "publicado")


@rule_pages.get("/plazos/<any(politica, calendario):slug>/ediciones/<int:number>")
@signed_in(*who_may(Right.SET_RULES))
def show_edition(slug: str, number: int) -> ResponseReturnValue:
    """One published edition: what it changed, who decided it and why."""
    return _edition_page(SLUGS[slug], number)


@rule_pages.post("/plazos/<any(politica, calendario):slug>/ediciones/<int:number>/recalculo")
@signed_in(*who_may(Right.SET_RULES))
def start_recalculation(slug: str, number: int) -> ResponseReturnValue:
    """Let open cases adopt the edition in force."""
    kind, person = SLUGS[slug], the_person()
    try:
        reason = _reason()

        def act(work: Work) -> dict[str, Any]:
            return {"id": str(recalculating.start_recalculation(work, person, kind, number, reason).run_id)}

        run_id = do_rules(form_key(), [kind, number, reason], act)["id"]
    except Problem as problem:
        return _edition_page(kind, number, errors_of(problem), problem.kind.status)
    return see_other(f"/plazos/ensayos/{run_id}")


@rule_pages.post("/plazos/<any(politica, calendario):slug>/ediciones/<int:number>/vista-previa")
@signed_in(*who_may(Right.SET_RULES))
def start_preview(slug: str, number: int) -> ResponseReturnValue:
    """See what a recalculation would move today, before asking for it."""
    kind, person = SLUGS[slug], the_person()

    def act(work: Work) -> dict[str, Any]:
        return {"id": str(rule_trials.start_preview(work, person, kind, number).run_id)}

    return see_other(f"/plazos/ensayos/{do_rules(form_key(), [kind, number], act)['id']}")


@rule_pages.get("/plazos/ensayos/<uuid:run_id>")
@signed_in(*who_may(Right.SET_RULES))
def show_run(run_id: UUID) -> ResponseReturnValue:
    """How far a trial or a recalculation is, and what came of it."""
    return _run_page(run_id)


def _policy_form(
    typed: dict[str, Any] | None = None, errors: dict[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        draft = rules.read_draft(session, POLICY)
    page = render_template(
        "rules/policy.html", draft=draft, fields=typed or policy_fields(draft.content), errors=errors or {},
        kinds=list(kinds().values()), topics=list(topics().values()),
    )  # fmt: skip
    return page, status


def _edition_page(
    kind: str, number: int, errors: dict[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with rule_refusals(), parts().database.transaction() as session:
        edition = None if number == rule_editions.DELIVERED else rule_editions.edition(session, kind, number)
        in_force = rule_editions.in_force(session)
        newest = in_force.policy if kind == POLICY else in_force.calendar
        policy = rule_editions.policy_number(session, number) if kind == POLICY else None
        desk = rule_editions.calendar_number(session, number) if kind == CALENDAR else None
        runs = rule_runs.newest(session, 50, kind=kind, purpose=RECALCULATION)
        trial = session.get(SlaRun, edition.trial_id) if edition else None
    page = render_template(
        "rules/edition.html", kind=kind, number=number, name=version_name(kind, number), edition=edition,
        policy=policy, desk=desk, is_in_force=number == newest, trial=trial, errors=errors or {},
        runs=[run for run in runs if run.edition_number == number], base=f"{_PATHS[kind]}/ediciones/{number}",
    )  # fmt: skip
    return page, status


def _run_page(run_id: UUID, errors: dict[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with rule_refusals(), parts().database.transaction() as session:
        run = session.get(SlaRun, run_id)
        if run is None:
            raise LookupError(run_id)
        draft = rules.read_draft(session, run.kind) if run.purpose == TRIAL else None
        changed = rule_runs.changed_cases(session, run_id, _SHOWN_CASES + 1) if run.state == DONE else []
        is_publishable = draft is not None and draft.version > 0 and run.content == draft.content
    page = render_template(
        "rules/run.html", run=run, draft=draft, errors=errors or {}, changed=changed[:_SHOWN_CASES],
        has_more=len(changed) > _SHOWN_CASES, can_publish=is_publishable and run.state == DONE,
        base=_PATHS[run.kind], typed=request.form,
    )  # fmt: skip
    return page, status


def draft_version() -> int:
    """The version of the draft that the form was made from."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1  # noqa: PLR2004 - digits


def errors_of(problem: Problem) -> dict[str, Any]:
    """A refusal as messages beside the form.

    :raises Problem: it is none that a form can show.
    """
    if problem.kind not in _SHOWN_AGAIN:
        raise problem
    if problem.fields:
        shown: dict[str, Any] = translate_messages(problem.fields)
        return shown
    return {"content": [problem.to_dict()["detail"]]}


def _trial_id() -> UUID:
    try:
        return UUID(request.form.get("trial_id", ""))
    except ValueError:
        raise Problem(INVALID) from None


def _reason() -> str:
    text = request.form.get("reason", "")
    reason: str = (
        Line(longest=_LONGEST_REASON, shortest=0).deserialize(text) if len(text) <= 2 * _LONGEST_REASON else ""
    )
    if not reason:
        raise Problem(INVALID, fields={"reason": [_REASON_NEEDED]})
    return reason


def locale_text(es: str, en: str) -> str:
    """A text that is kept in both languages."""
    return en if current_locale().startswith("en") else es

"""Pages for asking: the form that helps to prepare the question, and the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from services.intake.domain.question import Question
from services.intake.entrypoints import acting
from services.intake.entrypoints.schemas import QuestionFormSchema
from services.intake.use_cases.submission import Submission
from shared.accounts.access import public, signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import translate_messages

asking = Blueprint("asking", __name__)


@asking.get("/consultar")
@signed_in("official")
def question_form() -> ResponseReturnValue:
    """The form."""
    return _form({}, {})


@asking.post("/consultar")
@signed_in("official")
def ask() -> ResponseReturnValue:
    """Store the consultation and show its receipt; pressed twice, the same receipt.

    Pages are not kept by browsers, so Back brings a form with a new key: the same text sent from it within minutes is
    the same consultation, and leads there.
    """
    key = acting.form_key()
    values, errors = read_form(QuestionFormSchema(), request.form)
    if errors:
        return _form(request.form, errors)
    subject = values.pop("subject")
    sent = Submission(subject_line=subject, body=Question(**values).compose(), topic_hint=None, channel="web")
    answer = acting.submit(the_person(), key, sent, is_sent_again_by_hand=True)
    if answer.body.get("is_earlier"):
        return see_other(f"/consultas/{answer.body['code']}", "ya_enviada")
    return see_other(f"/consultas/{answer.body['code']}/recibo", "enviada")


@asking.get("/consultas/<code>/recibo")
@signed_in("official")
def receipt(code: str) -> ResponseReturnValue:
    """The code, large, and the promised date as soon as there is one."""
    return render_template("receipt.html", sheet=acting.sheet_of(the_person(), code))


@asking.get("/consultas/<code>/promesa")
@signed_in("official")
def promise(code: str) -> ResponseReturnValue:
    """The promised date alone, for the receipt's script."""
    return render_template("promise.html", sheet=acting.sheet_of(the_person(), code))


@asking.get("/codigo")
@public
def find_by_code() -> ResponseReturnValue:
    """From a code, however typed, to its consultation; signing in comes between when it must."""
    return redirect(f"/consultas/{acting.code_of(request.args.get('codigo', ''))}", HTTPStatus.SEE_OTHER)


def _form(values: Mapping[str, Any], errors: Mapping[str, Any]) -> ResponseReturnValue:
    page = render_template("ask.html", values=values, errors=translate_messages(errors))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK

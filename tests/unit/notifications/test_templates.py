"""Every letter in every language: nothing unresolved, nothing too long, nothing that a text could inject."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import services.notifications
from services.notifications.domain import gsm7
from services.notifications.domain.template import LOCALES, TEMPLATES, locale_for
from services.notifications.use_cases.rendering import one_line, render_mail, render_sms
from shared.contracts.case import Attachment, Citation

FOLDER = Path(services.notifications.__file__).parent / "templates"
WHEN = datetime(2026, 7, 30, 16, 0, tzinfo=UTC)
COMMON = {
    "full_name": "María Quispe Ñahui",
    "code": "V-7K3M-92QX",
    "link": "http://127.0.0.1:8001/consultas/V-7K3M-92QX",
    "is_staff": False,
    "subject_line": "¿Cómo registro el devengado?",
    "topic": "Presupuesto público",
}
BODY = "Sí: registre la fase en el SIAF.\n\nVea el artículo 17 de la Directiva N.º 1; use <Grabar> & confirme."
LINE = {"code": "V-7K3M-92QX", "subject_line": "Viáticos", "what": "venció", "at": WHEN, "is_late": True}
ORGANIC_LAW = Citation(
    text="Ley N.° 27972, art. 41",
    title="Ley Orgánica de Municipalidades <LOM>",
    url="https://normas.example/27972",
    validity="in_force",
    checked_on=date(2026, 7, 30),
)
REPEALED = replace(ORGANIC_LAW, text="Ley N.° 28411, art. 8", validity="repealed", valid_until=date(2022, 1, 1))
NOT_YET = replace(ORGANIC_LAW, text="Ley N.° 32069, art. 3", validity="not_yet", valid_from=date(2027, 1, 1))
MODEL_ACT = Attachment(
    name="acta & modelo.pdf", media_type="application/pdf", byte_count=9, sha256="0" * 64, path="/a/b"
)
# One recorded context per letter: what its use case gives it.
CONTEXTS = {
    "received": {"promised_at": WHEN},
    "assigned": {"advisor": "Rosa Huamán", "promised_at": WHEN, "is_reassigned": False},
    "clarification": {"advisor": "Rosa Huamán", "body": BODY},
    "answered": {"advisor": "Rosa Huamán", "body": BODY, "citations": (), "attachments": ()},
    "closed": {"outcome": "out_of_scope", "note": "Acuda a la UGEL."},
    "merged": {"is_undone": False, "into_code": "", "promised_at": WHEN},
    "case_assigned": {"is_urgent": True, "reason": "conoce el tema", "promised_at": WHEN, "is_reassigned": False},
    "sla_warning": {"due_at": WHEN, "percent": 75, "clock": "primera respuesta"},
    "sla_digest": {"count": 1, "more": 0, "cases_url": "http://127.0.0.1:8002/casos/", "lines": [LINE]},
    "rescheduled": {"promised_at": WHEN, "previous_at": WHEN, "note": "DS 150-2026-PCM"},
    "official_replied": {"body": BODY},
    "escalated": {"cause": "venció un plazo", "advisor": ""},
    "unstaffed": {"reason": "todos de licencia", "waiting_since": WHEN},
    "invitation": {"link": "http://127.0.0.1:8002/invitacion/abc", "expires_at": WHEN},
    "review_requested": {"author": "Rosa Huamán", "round": 2},
    "review_decided": {"reviewer": "Elena Quiñones", "decision": "approved"},
    "mentioned": {"author": "Rosa Huamán"},
    "access_link": {"link": "http://127.0.0.1:8001/ingresar/enlace?t=abc", "expires_at": WHEN},
}
VARIANTS = [
    *((name, values) for name, values in CONTEXTS.items()),
    ("sla_digest", {**CONTEXTS["sla_digest"], "count": 150, "more": 148, "lines": [LINE, {**LINE, "at": None}]}),
    ("rescheduled", {"promised_at": None, "previous_at": None, "note": "Otro horario"}),
    ("received", {"promised_at": None, "topic": "", "subject_line": ""}),
    ("assigned", {**CONTEXTS["assigned"], "is_reassigned": True, "promised_at": None}),
    ("case_assigned", {**CONTEXTS["case_assigned"], "is_urgent": False, "is_reassigned": True, "promised_at": None}),
    ("closed", {"outcome": "abandoned", "note": ""}),
    ("closed", {"outcome": "merged", "note": ""}),
    ("merged", {"is_undone": False, "into_code": "V-92QX-7K3M", "promised_at": None}),
    ("merged", {"is_undone": True, "into_code": "", "promised_at": WHEN}),
    ("review_requested", {"author": "Rosa Huamán", "round": 1, "subject_line": ""}),
    ("review_decided", {"reviewer": "Elena Quiñones", "decision": "returned"}),
    ("escalated", {"cause": "reopened", "advisor": "Rosa"}),
    ("answered", {**CONTEXTS["answered"], "citations": (ORGANIC_LAW, REPEALED, NOT_YET), "attachments": (MODEL_ACT,)}),
    ("answered", {**CONTEXTS["answered"], "attachments": (MODEL_ACT, MODEL_ACT)}),
]


def test_every_template_has_a_recorded_context():
    assert CONTEXTS.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_has_its_files(name, locale):
    files = {path.name for path in (FOLDER / name / locale).iterdir()}
    expected = {"subject.txt", "body.txt", "body.html"} | ({"sms.txt"} if TEMPLATES[name].has_sms else set())
    assert files == expected


def test_no_folder_is_left_over():
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == TEMPLATES.keys()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("name", "values"), VARIANTS)
def test_every_letter_is_complete(name, values, locale):
    mail = render_mail(name, locale, {**COMMON, **values})
    assert 10 < len(mail.subject) <= 150
    assert "\n" not in mail.subject
    for text in (mail.subject, mail.body_text, mail.body_html):
        assert not re.search(r"\{\{|\}\}|\{%|None|Undefined", text)
    assert "\n\n\n" not in mail.body_text
    assert "María Quispe" in mail.body_text
    assert len(mail.body_html.encode()) < 20_000
    assert mail.body_html.count("<p") == mail.body_html.count("</p>")
    assert f'lang="{locale}"' in mail.body_html
    link = {**COMMON, **values}["link"]
    assert link in mail.body_text
    assert link in mail.body_html


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", [name for name, one in TEMPLATES.items() if not one.is_secret])
def test_the_code_stands_in_every_subject(name, locale):
    assert "V-7K3M-92QX" in render_mail(name, locale, {**COMMON, **CONTEXTS[name]}).subject


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", [name for name, template in TEMPLATES.items() if template.has_sms])
@pytest.mark.parametrize("body", ["Sí.", BODY, "palabra " * 200, "x" * 500])
def test_every_sms_is_one_message_of_the_short_alphabet_with_the_code(name, locale, body):
    sms = render_sms(name, locale, {**COMMON, **CONTEXTS[name]}, excerpt_of=body)
    assert sms.segments == 1
    assert not gsm7.measure(sms.text).is_unicode
    assert "V-7K3M-92QX" in sms.text
    assert "\ufffc" not in sms.text


def test_dates_are_written_for_people_in_peru():
    spanish = render_mail("received", "es", {**COMMON, "promised_at": WHEN})
    english = render_mail("received", "en", {**COMMON, "promised_at": WHEN})
    assert "jueves 30 de julio de 2026, 11:00 (hora de Perú)" in spanish.body_text
    assert "Thursday 30 July 2026, 11:00 (Peru time)" in english.body_text


def test_an_answer_is_sent_whole_and_harmless():
    mail = render_mail("answered", "es", {**COMMON, **CONTEXTS["answered"]})
    assert BODY in mail.body_text
    assert "&lt;Grabar&gt; &amp; confirme" in mail.body_html
    assert "<Grabar>" not in mail.body_html


def test_an_answer_names_its_norms_with_their_validity_and_its_files():
    values = {**CONTEXTS["answered"], "citations": (ORGANIC_LAW, REPEALED, NOT_YET), "attachments": (MODEL_ACT,)}
    mail = render_mail("answered", "es", {**COMMON, **values})
    assert "- Ley N.° 27972, art. 41 · Ley Orgánica de Municipalidades <LOM>\n" in mail.body_text
    assert (
        "Ley N.° 28411, art. 8 · Ley Orgánica de Municipalidades <LOM> (derogada desde el 01/01/2022)" in mail.body_text
    )
    assert "(rige desde el 01/01/2027)" in mail.body_text
    assert "La respuesta trae 1 archivo (acta & modelo.pdf). Descárguelo" in mail.body_text
    assert "&lt;LOM&gt;" in mail.body_html
    assert "acta &amp; modelo.pdf" in mail.body_html


def test_a_line_break_in_a_question_writes_no_header():
    mail = render_mail("received", "es", {**COMMON, "subject_line": "hola\r\nBcc: otro@x.example", "promised_at": WHEN})
    assert "\r" not in mail.subject
    assert "\n" not in mail.subject


def test_a_template_that_lacks_a_value_says_so():
    with pytest.raises(UndefinedError, match="advisor"):
        render_mail("answered", "es", {key: value for key, value in COMMON.items() if key != "advisor"} | {"body": ""})


def test_a_long_subject_is_cut():
    assert one_line("x" * 400) == "x" * 149 + "…"


@pytest.mark.parametrize(("wanted", "got"), [("es", "es"), ("es-PE", "es"), ("en_US", "en"), ("qu", "es"), ("", "es")])
def test_people_get_the_nearest_language(wanted, got):
    assert locale_for(wanted) == got

"""Corrections become a better model, a worse one is refused, and every step back is one command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from services.routing.classifier.artefact import Artefact
from services.routing.classifier.corpus import HELD_BACK_FOLDER, Record, read_folder
from services.routing.classifier.model import Classifier
from services.routing.classifier.reading_key import reading_key
from services.routing.classifier.training import train
from services.routing.domain.learning import is_held_back, text_digest
from services.routing.entrypoints.learning.adoption import built_model
from services.routing.entrypoints.learning.models import LiveClassifier, load_stored
from services.routing.entrypoints.learning.training import Outcome, Trainer, TrainingBusyError, measures_of
from services.routing.store import model_registry
from services.routing.use_cases import model_choice, sorting, training_runs
from services.routing.use_cases.model_choice import Actor
from shared.messaging.work import Work
from tests.support.eventually import eventually
from tests.support.local_programme import SAID
from tests.support.routing_desk import MODELS, Desk

pytestmark = pytest.mark.integration

ROSA = Actor("Rosa Huamán")


@cache
def small_corpus() -> tuple[Record, ...]:
    """A part of two authors, as the unit tests of training use it: trains in two seconds."""
    return tuple(record for record in read_folder() if record.author in {"ana", "beto"})[::3]


@cache
def small_split() -> tuple[Record, ...]:
    return tuple(read_folder(HELD_BACK_FOLDER)[::3])


@cache
def base() -> Artefact:
    """The champion that every test begins with."""
    return train(small_corpus())


@pytest.fixture
def adopted(desk: Desk) -> str:
    with desk.work() as work:
        model_choice.adopt_built(work, built_model(base(), measures_of(Classifier.of(base()), small_split())))
    return base().version


@pytest.fixture
def trainer(desk: Desk) -> Trainer:
    return Trainer(
        desk.parts.database, desk.units, MODELS, corpus=small_corpus(), fixed_split=small_split(), models_kept=2
    )


def correct(desk: Desk, texts: list[str], topic: str = "programas_sociales") -> None:
    """Officials write these texts, and a supervisor says what they are about."""
    boss = desk.supervisor()
    for body in texts:
        sent = desk.submit(subject_line="", body=body)
        with desk.work() as work:
            sorting.choose_topic(
                work, sent.code, boss, version=desk.case(sent.consultation_id).version, topic=topic,
                kind="tramite", is_urgent=False, reason="Es el programa local",
            )  # fmt: skip


def run(trainer: Trainer, only_if: Callable[[Work], bool] = lambda _: True) -> Outcome:
    found = trainer.run(cause=training_runs.PERSON, actor=ROSA, only_if=only_if)
    assert found is not None
    return found


def topic_of(classifier: Classifier | LiveClassifier, body: str) -> str:
    return classifier.classify("", body, now=datetime.now(UTC)).topic


def champion(desk: Desk) -> str:
    with desk.work() as work:
        found = model_registry.champion(work.session)
        assert found is not None
        return found.version


@pytest.mark.usefixtures("adopted")
def test_what_people_corrected_the_next_model_gets_right(desk: Desk, trainer: Trainer) -> None:
    taught = [body for body in SAID if not is_held_back(text_digest("", body))]
    judging = [body for body in SAID if is_held_back(text_digest("", body))]
    before = Classifier.of(base())
    wrong = [body for body in taught if topic_of(before, body) != "programas_sociales"]
    assert len(wrong) > 10
    assert len(judging) > 6
    correct(desk, SAID)

    outcome = run(trainer)

    assert outcome.decision == "promoted", outcome.reasons
    assert outcome.comparison["desk"]["p_value"] < 0.05
    assert outcome.learnt_count == len(taught)
    assert 0 < outcome.judged_count <= len(judging)
    live = LiveClassifier(before)
    assert live.refresh(desk.parts.database)
    assert {topic_of(live, body) for body in wrong} == {"programas_sociales"}
    assert live.version == outcome.version == champion(desk)


@pytest.mark.usefixtures("adopted")
def test_a_candidate_that_unlearns_what_was_known_is_refused(desk: Desk, trainer: Trainer, adopted: str) -> None:
    """A desk that calls all staff matters budget: what it teaches is wrong for everybody else."""
    staff = [record.text for record in read_folder() if record.topic == "recursos_humanos" and record.author == "carla"]
    correct(desk, staff, topic="presupuesto")

    outcome = run(trainer)

    assert outcome.decision == "refused"
    assert {reason.code for reason in outcome.reasons} & {"worse_on_fixed", "accuracy_lost", "recall_lost"}
    assert champion(desk) == adopted
    row = desk.rows("SELECT decision, reasons FROM model_version WHERE version = :v", v=outcome.version)[0]
    assert row.decision == "refused"
    assert row.reasons[0]["code"] in {reason.code for reason in outcome.reasons}


def test_without_proof_on_cases_of_the_desk_nothing_changes(desk: Desk, trainer: Trainer, adopted: str) -> None:
    outcome = run(trainer)
    assert [reason.code for reason in outcome.reasons] == ["same_model"]
    correct(desk, SAID[:3])
    outcome = run(trainer)
    assert outcome.decision == "refused"
    assert {reason.code for reason in outcome.reasons} <= {"no_desk_cases", "not_better_on_desk"}
    assert champion(desk) == adopted


def test_cases_answered_without_objection_judge_too(desk: Desk, trainer: Trainer, adopted: str) -> None:
    del adopted
    rosa = desk.advisor(capacity=200, presupuesto=2, contrataciones=2, recursos_humanos=2)
    for number in range(12):
        desk.submit("recursos_humanos", subject_line=f"Vacaciones CAS del año {2010 + number} y sus días {number * 7}")
    desk.run("UPDATE casefile SET first_answered_at = opened_at, needs_triage = false")
    outcome = run(trainer)
    assert outcome.judged_count >= 1
    assert outcome.comparison["desk"]["texts"] == outcome.judged_count
    assert rosa.role == "advisor"


@pytest.mark.usefixtures("adopted")
def test_rolling_back_is_one_act_and_the_machine_does_not_overrule_it(
    desk: Desk, trainer: Trainer, adopted: str
) -> None:
    correct(desk, SAID)
    promoted = run(trainer).version
    with desk.work() as work:
        assert model_choice.roll_back(work, ROSA, reason="Confunde obras", code_key=reading_key()) == adopted
    assert champion(desk) == adopted

    again = run(trainer)
    assert again.version == promoted
    assert again.decision == "waiting"
    assert champion(desk) == adopted
    with desk.work() as work:
        model_choice.promote(work, promoted, ROSA, reason="Ya lo revisé", code_key=reading_key())
    assert champion(desk) == promoted
    acts = desk.rows("SELECT act, by_name, reason FROM model_choice ORDER BY choice_id")
    assert [row.act for row in acts] == ["adopted", "promoted", "rolled_back", "promoted"]
    assert acts[2].by_name == "Rosa Huamán"
    with desk.work() as work, pytest.raises(model_choice.AlreadyChampionError):
        model_choice.promote(work, promoted, ROSA, reason="", code_key=reading_key())
    with desk.work() as work, pytest.raises(model_choice.StaleChampionError):
        model_choice.roll_back(work, ROSA, reason="", code_key=reading_key(), expected=adopted)


def test_there_is_nothing_before_the_first_model(desk: Desk, adopted: str) -> None:
    del adopted
    with desk.work() as work, pytest.raises(model_choice.NothingBeforeError):
        model_choice.roll_back(work, ROSA, reason="", code_key=reading_key())


@pytest.fixture
def two_models(desk: Desk, adopted: str) -> tuple[str, str]:
    """The adopted one, and one with another threshold, promoted: a change of version in a moment."""
    other = replace(base(), triage_below=0.999, report={"texts": 1.0})
    with desk.work() as work:
        model_choice.keep(work, replace(built_model(other, {"texts": 1}), origin="trained", decision="waiting"))
        model_choice.promote(work, other.version, ROSA, reason="prueba", code_key=reading_key())
    return adopted, other.version


def test_models_are_exchanged_under_load_without_a_half_loaded_one(desk: Desk, two_models: tuple[str, str]) -> None:
    """Two threads classify without pause while the champion goes to and fro a dozen times."""
    versions = set(two_models)
    live = LiveClassifier(Classifier.of(base()))
    stop, ended = threading.Event(), threading.Event()
    seen: list[tuple[str, bool]] = []
    errors: list[BaseException] = []

    def classify() -> None:
        try:
            while not stop.is_set():
                found = live.classify("", "¿Quién aprueba el expediente y en qué plazo?", now=datetime.now(UTC))
                seen.append((found.model_version, found.needs_triage))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            errors.append(error)

    threads = [threading.Thread(target=classify) for _ in range(2)]
    for thread in threads:
        thread.start()
    watch = live.watch(desk.parts.database, 0.01, ended)
    for turn in range(12):
        wanted = two_models[turn % 2]
        with desk.work() as work:
            if turn % 2:
                model_choice.promote(work, wanted, ROSA, reason="ida", code_key=reading_key())
            else:
                model_choice.roll_back(work, ROSA, reason="vuelta", code_key=reading_key())
        eventually(lambda wanted=wanted: live.version == wanted, within=30)
    count = len(seen)
    eventually(lambda: len(seen) > count + 10, within=30)
    stop.set()
    ended.set()
    for thread in (*threads, watch):
        thread.join(30)
    assert errors == []
    assert {version for version, _ in seen} == versions
    # Each answer is of one whole model: with the other one's threshold everything goes to triage.
    assert {needs for version, needs in seen if version == two_models[1]} == {True}


def test_a_tampered_model_is_not_taken_and_the_one_at_hand_goes_on(desk: Desk, two_models: tuple[str, str]) -> None:
    live = LiveClassifier(Classifier.of(base()))
    desk.run(
        "UPDATE model_artefact SET document = replace(document, '0.999', '0.001') WHERE version = :v", v=two_models[1]
    )
    assert not live.refresh(desk.parts.database)
    assert live.version == base().version
    desk.run("UPDATE model_artefact SET arrays = '\\x504b0304'::bytea WHERE version = :v", v=two_models[1])
    assert not live.refresh(desk.parts.database)
    desk.run("DELETE FROM model_artefact WHERE version = :v", v=two_models[1])
    assert not live.refresh(desk.parts.database)
    assert topic_of(live, "¿Cómo registro el devengado en el SIAF?") == "tesoreria_contabilidad"


def test_a_model_of_another_taxonomy_or_release_is_refused(desk: Desk, adopted: str) -> None:
    foreign = replace(base(), taxonomy_version="0.9")
    with desk.work() as work:
        model_choice.keep(work, replace(built_model(foreign, {}), origin="trained", decision="waiting"))
        model_choice.promote(work, foreign.version, ROSA, reason="", code_key=reading_key())
    live = LiveClassifier(Classifier.of(base()))
    assert not live.refresh(desk.parts.database)
    assert live.version == adopted
    with desk.work() as work, pytest.raises(model_choice.NotLoadableError):
        model_choice.promote(work, adopted, ROSA, reason="", code_key="another-release")
    with desk.work() as work, pytest.raises(model_choice.UnknownModelError):
        model_choice.promote(work, "0" * 16, ROSA, reason="", code_key=reading_key())


def test_a_new_release_brings_its_model_unless_a_learnt_one_still_reads_alike(
    desk: Desk, two_models: tuple[str, str]
) -> None:
    release = built_model(replace(base(), report={"texts": 2.0}), {"texts": 2})
    with desk.work() as work:
        assert not model_choice.adopt_built(work, release)
    assert champion(desk) == two_models[1]
    with desk.work() as work:
        assert model_choice.adopt_built(work, replace(release, code_key="reads-otherwise"))
    assert champion(desk) == release.version


def test_two_schedulers_train_once(desk: Desk, trainer: Trainer, adopted: str) -> None:
    del adopted
    correct(desk, SAID[:6])
    outcomes: list[object] = []

    def is_due(work: Work) -> bool:
        return training_runs.is_due(work, fewest=3, interval=timedelta(hours=1))

    def schedule() -> None:
        try:
            outcomes.append(
                trainer.run(cause=training_runs.SCHEDULED, actor=Actor(model_choice.SYSTEM), only_if=is_due)
            )
        except TrainingBusyError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=schedule) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(isinstance(one, Outcome) for one in outcomes) == 1
    assert len(outcomes) == 2
    assert desk.rows("SELECT state, new_corrections FROM training_run") == [("done", 6)]
    with desk.work() as work:
        assert not is_due(work)


def test_a_training_is_due_after_enough_corrections_a_time_or_a_wish(desk: Desk, adopted: str) -> None:
    del adopted

    def is_due(fewest: int) -> bool:
        with desk.work() as work:
            return training_runs.is_due(work, fewest=fewest, interval=timedelta(hours=1))

    correct(desk, SAID[:2])
    assert is_due(2)
    assert not is_due(3)
    assert not is_due(0)
    with desk.work() as work:
        first = training_runs.ask(work, "Elena Quiñones")
        assert training_runs.ask(work, "Rosa Huamán").run_id == first.run_id
    assert is_due(0)
    with desk.work() as work:
        training_runs.start(work, cause=training_runs.SCHEDULED, by_name="Ventanilla")
    with desk.work() as work:
        second = training_runs.start(work, cause=training_runs.SCHEDULED, by_name="Ventanilla")
        training_runs.fail(work, second, "no memory")
    rows = desk.rows("SELECT state, by_name, error FROM training_run ORDER BY asked_at")
    assert [row.state for row in rows] == ["failed", "failed"]
    assert rows[0].error == "its process did not survive"
    assert not is_due(2)


def test_old_models_lose_their_bytes_and_keep_their_row(desk: Desk, two_models: tuple[str, str]) -> None:
    made = []
    for number in range(4):
        other = replace(base(), report={"texts": 10.0 + number})
        with desk.work() as work:
            model_choice.keep(work, replace(built_model(other, {}), origin="trained", decision="refused"))
        made.append(other.version)
    with desk.work() as work:
        gone = model_choice.prune(work, 2)
    assert set(gone) == set(made[:2])
    assert load_stored(desk.parts.database, two_models[0]).version == two_models[0]
    assert len(desk.rows("SELECT version FROM model_version")) == 6


def test_a_correction_keeps_who_why_and_the_text_without_its_people(desk: Desk, adopted: str) -> None:
    del adopted
    desk.advisor()
    body = "Soy María Quispe, DNI 40112233, cel 987 654 321, maria@muni.gob.pe: ¿el ing. Juan Pérez firma la Ley 32069?"
    correct(desk, [body], topic="contrataciones")
    (row,) = desk.rows("SELECT * FROM classification_correction")
    assert (row.to_topic, row.by_name, row.reason) == ("contrataciones", "Elena Quiñones", "Es el programa local")
    assert row.model_version
    assert row.text_digest == text_digest("", body)
    for personal in ("María", "Quispe", "40112233", "987", "maria@", "Juan", "Pérez"):
        assert personal not in row.body
    assert "Ley 32069" in row.body
    boss = desk.supervisor()
    case = desk.case(row.case_id)
    with desk.work() as work:
        sorting.choose_topic(work, case.code, boss, version=case.version, topic="presupuesto", kind=row.model_kind)
    first, second = desk.rows("SELECT * FROM classification_correction ORDER BY at")
    assert (first.is_superseded, second.is_superseded) == (True, False)
    assert second.from_topic == "contrataciones"
    assert second.model_topic == first.model_topic

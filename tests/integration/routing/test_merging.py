"""Merging two cases and undoing it: one owes the answer, both officials hear, and nothing is lost on the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.routing.domain.case_state import ImpossibleActError
from services.routing.use_cases import answering, assigning, case_merging, closing
from services.routing.use_cases.acting import NotInChargeError, StaleVersionError
from services.routing.use_cases.case_merging import MergeRefusedError
from shared.accounts.people import Person
from shared.contracts.case import (
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClarified,
    CaseClosed,
    CaseMerged,
    CaseReassigned,
    CaseUnmerged,
    SlaBreached,
)
from shared.contracts.consultation import ConsultationSubmitted
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def merge(desk: Desk, merged: ConsultationSubmitted, into: ConsultationSubmitted, person: Person) -> None:
    with desk.work() as work:
        case_merging.merge(
            work, merged.code, person, version=desk.case(merged.consultation_id).version, into=into.code,
            into_version=desk.case(into.consultation_id).version, note="Preguntan lo mismo.",
        )  # fmt: skip


def unmerge(desk: Desk, survivor: ConsultationSubmitted, merged: ConsultationSubmitted, person: Person) -> None:
    with desk.work() as work:
        case_merging.unmerge(
            work, survivor.code, person, version=desk.case(survivor.consultation_id).version, merged=merged.code
        )


def answer(desk: Desk, sent: ConsultationSubmitted, person: Person, body: str = "Así se hace.") -> None:
    with desk.work() as work:
        answering.answer(work, sent.code, person, version=desk.case(sent.consultation_id).version, body=body)


def clocks(desk: Desk, case_id: UUID) -> dict[str, tuple[str, datetime | None, datetime]]:
    from services.routing.use_cases.clocks import read_clocks  # noqa: PLC0415 - beside its only use

    with desk.work() as work:
        states = read_clocks(work.session, desk.case(case_id), work.now)
    return {f"{state.name}:{state.cycle}": (str(state.state), state.due_at, state.started_at) for state in states}


def test_a_merged_case_holds_no_place_runs_no_clock_and_its_official_is_answered_under_their_own_code(
    desk: Desk,
) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    case = desk.case(merged.consultation_id)
    assert (case.state, case.advisor_id, case.promised_at) == ("merged", None, None)
    assert desk.rows("SELECT open_count FROM advisor")[0][0] == 1
    assert {state for state, _, _ in clocks(desk, merged.consultation_id).values()} == {"not_applicable"}
    assert desk.rows("SELECT 1 FROM timer WHERE subject = :id AND state = 'armed'", id=merged.consultation_id) == []
    [told] = desk.events(merged.consultation_id, CaseMerged)
    assert (told.into_id, told.is_same_official) == (survivor.consultation_id, False)
    assert told.promised_at == desk.case(survivor.consultation_id).promised_at

    answer(desk, survivor, rosa, "Con resolución de alcaldía.")
    [first] = desk.events(survivor.consultation_id, CaseAnswered)
    [second] = desk.events(merged.consultation_id, CaseAnswered)
    assert (second.body, second.code, second.official_id) == (first.body, merged.code, merged.asker.official_id)
    assert second.message_id != first.message_id
    assert second.is_first_answer
    desk.assert_loads_are_true()


def test_the_official_of_a_merged_case_hears_who_looks_after_it_now_and_the_advisor_once(desk: Desk) -> None:
    rosa, luis, boss = desk.advisor("Rosa"), desk.advisor("Luis Paz"), desk.supervisor()
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, boss)
    has_it = desk.case(survivor.consultation_id).advisor_id
    other = luis if has_it == rosa.id else rosa
    before = len(desk.events(merged.consultation_id))
    with desk.work() as work:
        version = desk.case(survivor.consultation_id).version
        assigning.assign(work, survivor.code, boss, version=version, advisor_id=other.id, note="Por licencia")
    own, told = desk.events(survivor.consultation_id, CaseReassigned)[-1], desk.events(merged.consultation_id)[before:]
    [along] = told
    assert isinstance(along, CaseReassigned)
    assert (along.code, along.official_id) == (merged.code, merged.asker.official_id)
    assert (along.advisor, along.previous_advisor_id) == (own.advisor, has_it)
    assert (own.is_told_along, along.is_told_along) == (False, True)
    assert desk.case(merged.consultation_id).advisor_id is None
    desk.assert_loads_are_true()


def test_the_official_of_a_merged_case_hears_of_the_first_advisor_of_a_survivor_that_had_none(desk: Desk) -> None:
    boss = desk.supervisor()
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, boss)
    rosa = desk.advisor("Rosa")
    for sent in (survivor, merged):
        [told] = desk.events(sent.consultation_id, CaseAssigned)
        assert (told.code, told.advisor.id, told.is_told_along) == (sent.code, rosa.id, sent is merged)


def test_merging_with_the_older_the_survivor_answers_for_the_longest_wait(desk: Desk) -> None:
    """Edge case 47."""
    rosa = desk.advisor("Rosa")
    older, younger = desk.submit(), desk.submit()
    moment = datetime.now(UTC) - timedelta(days=1)
    desk.begin_at(older.consultation_id, moment)
    merge(desk, older, younger, rosa)
    started = {name: begins for name, (_, _, begins) in clocks(desk, younger.consultation_id).items()}
    assert {begins.replace(microsecond=0) for begins in started.values()} == {moment.replace(microsecond=0)}


def test_nothing_is_merged_into_a_case_that_ended(desk: Desk) -> None:
    """Edge case 48."""
    rosa = desk.advisor("Rosa")
    ended, case = desk.submit(), desk.submit()
    answer(desk, ended, rosa)
    with pytest.raises(ImpossibleActError, match="absorb in answered"):
        merge(desk, case, ended, rosa)
    with pytest.raises(ImpossibleActError, match="merge in answered"):
        merge(desk, ended, case, rosa)
    assert desk.case(case.consultation_id).state == "assigned"


def test_chains_and_circles_are_refused_with_what_can_be_done(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    one, two, three = desk.submit(), desk.submit(), desk.submit()
    merge(desk, two, one, rosa)
    with pytest.raises(ImpossibleActError, match="absorb in merged"):
        merge(desk, three, two, rosa)
    with pytest.raises(MergeRefusedError) as refused:
        merge(desk, one, three, rosa)
    assert refused.value.sentence == case_merging.HAS_MERGED
    with pytest.raises(MergeRefusedError):
        merge(desk, one, one, rosa)
    merge(desk, three, one, rosa)
    answer(desk, one, rosa)
    assert [len(desk.events(sent.consultation_id, CaseAnswered)) for sent in (one, two, three)] == [1, 1, 1]


def test_cases_of_different_topics_merge_and_the_survivor_keeps_its_topic(desk: Desk) -> None:
    boss = desk.supervisor()
    desk.advisor("Rosa")
    desk.advisor("Luis", contrataciones=2)
    budget, contract = desk.submit(), desk.submit("contrataciones")
    merge(desk, contract, budget, boss)
    assert desk.case(budget.consultation_id).topic == "presupuesto"
    desk.assert_loads_are_true()


def test_undoing_restores_the_clocks_the_advisor_and_the_place(desk: Desk) -> None:
    boss = desk.supervisor()
    rosa, luis = desk.advisor("Rosa"), desk.advisor("Luis", contrataciones=2)
    survivor, merged = desk.submit(), desk.submit("contrataciones")
    desk.begin_at(merged.consultation_id, datetime.now(UTC) - timedelta(hours=30))
    before = [clocks(desk, one.consultation_id) for one in (survivor, merged)]
    merge(desk, merged, survivor, boss)
    assert clocks(desk, survivor.consultation_id) != before[0]
    unmerge(desk, survivor, merged, boss)
    assert [clocks(desk, one.consultation_id) for one in (survivor, merged)] == before
    holders = [desk.case(one.consultation_id).advisor_id for one in (survivor, merged)]
    assert holders == [rosa.id, luis.id]
    [told] = desk.events(merged.consultation_id, CaseUnmerged)
    assert (told.advisor.full_name, told.is_waiting) == ("Luis", False)
    assert told.promised_at == desk.case(merged.consultation_id).promised_at
    desk.assert_loads_are_true()


def test_who_has_no_room_any_more_does_not_get_the_case_back(desk: Desk) -> None:
    boss = desk.supervisor()
    rosa = desk.advisor("Rosa", capacity=2)
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, boss)
    desk.submit()  # takes the place that became free
    unmerge(desk, survivor, merged, boss)
    assert desk.case(merged.consultation_id).state == "unstaffed"
    answer(desk, survivor, rosa)
    assert desk.case(merged.consultation_id).advisor_id == rosa.id
    desk.assert_loads_are_true()


def test_undoing_gives_back_a_wait_for_the_official(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    with desk.work() as work:
        version = desk.case(merged.consultation_id).version
        answering.ask_for_clarification(work, merged.code, rosa, version=version, body="¿De qué año?")
    merge(desk, merged, survivor, rosa)
    unmerge(desk, survivor, merged, rosa)
    case = desk.case(merged.consultation_id)
    assert (case.state, case.advisor_id, case.promised_at) == ("waiting", rosa.id, None)
    assert desk.events(merged.consultation_id, CaseUnmerged)[0].is_waiting
    desk.clarify(merged.consultation_id, "Del 2025.")
    assert desk.case(merged.consultation_id).state == "assigned"


def test_a_merge_is_undone_for_a_week_and_until_the_answer_is_out(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    desk.run("UPDATE casefile SET merged_at = merged_at - interval '7 days 1 second' WHERE state = 'merged'")
    with pytest.raises(MergeRefusedError) as refused:
        unmerge(desk, survivor, merged, rosa)
    assert refused.value.sentence == case_merging.TOO_LATE
    desk.run("UPDATE casefile SET merged_at = clock_timestamp() WHERE state = 'merged'")
    answer(desk, survivor, rosa)
    with pytest.raises(ImpossibleActError):
        unmerge(desk, survivor, merged, rosa)
    desk.clarify(survivor.consultation_id, "¿Y si ya venció?")
    with pytest.raises(MergeRefusedError) as refused:
        unmerge(desk, survivor, merged, rosa)
    assert refused.value.sentence == case_merging.ANSWERED_ALREADY


def test_no_alarm_of_a_merged_case_is_given_and_the_breach_that_only_the_merge_caused_can_be_given_when_it_is_real(
    desk: Desk,
) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    desk.begin_at(merged.consultation_id, desk.received_so_that(1.5))
    merge(desk, merged, survivor, rosa)
    desk.run("UPDATE case_history SET at = at - interval '1 minute' WHERE kind IN ('absorbed', 'merged_into')")
    for sent in (survivor, merged):
        desk.make_timers_due(sent.consultation_id)
    while desk.tick():
        pass
    assert desk.events(merged.consultation_id, SlaBreached) == []
    given = desk.rows("SELECT key FROM case_alarm WHERE case_id = :id", id=survivor.consultation_id)
    unmerge(desk, survivor, merged, rosa)
    left = desk.rows("SELECT key FROM case_alarm WHERE case_id = :id", id=survivor.consultation_id)
    assert (bool(given), left) == (desk_is_open_now(desk), [])
    for sent in (survivor, merged):
        desk.make_timers_due(sent.consultation_id)
    while desk.tick():
        pass
    assert desk.events(merged.consultation_id, SlaBreached) != []


def desk_is_open_now(desk: Desk) -> bool:
    """Whether a promise that is due at once is due now, or when the desk opens."""
    from services.routing.domain.working_time import due_second, whole_second  # noqa: PLC0415 - beside its only use
    from services.routing.store.holiday_source import desk_calendar  # noqa: PLC0415 - beside its only use

    moment = whole_second(datetime.now(UTC)) - 60
    return due_second(desk_calendar(), moment, 0) == moment


def test_what_the_merged_official_writes_reaches_who_answers_them(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    with desk.work() as work:
        version = desk.case(survivor.consultation_id).version
        answering.ask_for_clarification(work, survivor.code, rosa, version=version, body="¿De qué año?")
    [asked] = desk.events(merged.consultation_id, CaseClarificationRequested)
    assert asked.official_id == merged.asker.official_id
    desk.clarify(merged.consultation_id, "Del 2025.")
    assert desk.case(survivor.consultation_id).state == "assigned"
    [told] = desk.events(merged.consultation_id, CaseClarified)
    assert told.advisor_id == rosa.id
    assert desk.case(merged.consultation_id).state == "merged"


def test_after_the_common_answer_the_survivor_s_thread_is_its_own_official_s_affair(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    answer(desk, survivor, rosa, "La respuesta de todos.")
    answer(desk, survivor, rosa, "Un complemento para todos.")
    desk.clarify(survivor.consultation_id, "Y en mi caso, ¿mi sanción…?")
    answer(desk, survivor, rosa, "Solo para usted.")
    bodies = [event.body for event in desk.events(merged.consultation_id, CaseAnswered)]
    assert bodies == ["La respuesta de todos.", "Un complemento para todos."]


def test_a_merged_official_whom_the_answer_did_not_help_has_a_case_of_their_own_again(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    answer(desk, survivor, rosa)
    desk.reopen(merged.consultation_id)
    case = desk.case(merged.consultation_id)
    assert (case.state, case.advisor_id, case.merged_into_id) == ("assigned", rosa.id, None)
    own = clocks(desk, merged.consultation_id)
    assert own["first_response:1"][0] == "met", "the common answer reached them"
    assert {own["next_response:1"][0], own["resolution:1"][0]} == {"running"}
    assert desk.case(survivor.consultation_id).state == "answered"
    answer(desk, merged, rosa, "Entonces así.")
    assert [event.body for event in desk.events(survivor.consultation_id, CaseAnswered)] == ["Así se hace."]
    desk.assert_loads_are_true()


def test_a_merged_official_can_take_their_consultation_back(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    desk.withdraw(merged.consultation_id)
    case = desk.case(merged.consultation_id)
    assert (case.state, case.outcome, case.merged_into_id) == ("closed", "withdrawn", None)
    answer(desk, survivor, rosa)
    assert desk.events(merged.consultation_id, CaseAnswered) == []


def test_when_the_survivor_is_taken_back_the_others_still_get_their_answer(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    desk.withdraw(survivor.consultation_id)
    assert desk.case(survivor.consultation_id).state == "closed"
    case = desk.case(merged.consultation_id)
    assert (case.state, case.advisor_id) == ("assigned", rosa.id)
    assert desk.events(merged.consultation_id, CaseClosed) == []
    desk.assert_loads_are_true()


def test_a_case_closed_without_an_answer_is_closed_for_everybody_and_can_be_reopened_by_each(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    merge(desk, merged, survivor, rosa)
    with desk.work() as work:
        version = desk.case(survivor.consultation_id).version
        closing.close(work, survivor.code, rosa, version=version, outcome="out_of_scope", note="Vaya a la UGEL.")
    [told] = desk.events(merged.consultation_id, CaseClosed)
    assert (told.outcome, told.note) == ("out_of_scope", "Vaya a la UGEL.")
    desk.reopen(merged.consultation_id)
    assert desk.case(merged.consultation_id).state == "assigned"
    assert clocks(desk, merged.consultation_id)["resolution:1"][0] == "running"


def test_a_merge_from_triage_undone_is_in_triage_again(desk: Desk) -> None:
    boss = desk.supervisor()
    desk.advisor("Rosa")
    survivor, unclear = desk.submit(), desk.submit_unclear()
    merge(desk, unclear, survivor, boss)
    unmerge(desk, survivor, unclear, boss)
    case = desk.case(unclear.consultation_id)
    assert (case.state, case.advisor_id) == ("triage", None)
    assert case.promised_at is not None


def test_only_who_is_in_charge_of_both_merges_and_nobody_what_they_have_not_read(desk: Desk) -> None:
    rosa = desk.advisor("Rosa", capacity=1)
    luis = desk.advisor("Luis", capacity=1)
    one, two = desk.submit(), desk.submit()
    mine, theirs = (one, two) if desk.case(one.consultation_id).advisor_id == rosa.id else (two, one)
    with pytest.raises(MergeRefusedError) as refused:
        merge(desk, mine, theirs, rosa)
    assert refused.value.sentence == case_merging.NOT_YOURS
    with pytest.raises(NotInChargeError):
        merge(desk, mine, theirs, luis)
    boss = desk.supervisor()
    with desk.work() as work, pytest.raises(StaleVersionError):
        case_merging.merge(
            work, mine.code, boss, version=desk.case(mine.consultation_id).version, into=theirs.code, into_version=99
        )

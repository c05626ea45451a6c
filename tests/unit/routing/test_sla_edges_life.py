"""The edge cases of a case's life, by their numbers: 45 to 52."""

from datetime import timedelta

from services.routing.domain.sla import ClockName, ClockStatus, EventKind, clock_states
from services.routing.domain.sla_alarms import alarms_of
from services.routing.domain.working_time import Calendar, WeeklyHours
from tests.support.sla_cases import DESK, HOUR, LEGAL, LIMA, POLICY, TRAMITE, URGENT, CaseEvent, Log, lima, wall


def test_edge_45_reopened_thrice_the_final_clock_keeps_adding_up():
    log = Log("2026-07-13 08:00").answers("2026-07-13 09:00").closes("2026-07-13 10:00")
    for day in (14, 15, 16):
        log.reopens(f"2026-07-{day} 08:00").answers(f"2026-07-{day} 08:30").closes(f"2026-07-{day} 10:00")
    final = log.clock("final", "2026-07-17 08:00")
    assert (final.state, final.elapsed_seconds) == (ClockStatus.MET, 8 * HOUR)
    assert wall(final.met_at) == "2026-07-16 10:00"
    assert [one.state for one in log.next_clocks("2026-07-17 08:00")] == [ClockStatus.MET] * 3


def test_edge_45_the_time_a_case_was_closed_does_not_count():
    """The worked example the best peer gets right: 16 h, resolved after one, reopened two days later."""
    calendar = Calendar(LIMA, WeeklyHours.parse("mon-fri 08:00-17:00"), version="nine-hours")
    log = Log("2026-07-13 09:00").answers("2026-07-13 09:30").closes("2026-07-13 10:00")
    final = log.reopens("2026-07-15 10:00").clock("final", "2026-07-15 10:00", calendar=calendar)
    assert (final.state, wall(final.due_at)) == (ClockStatus.RUNNING, "2026-07-16 16:00")
    assert "caso cerrado" in final.explanation.text("es")


def test_edge_46_the_term_for_reopening_is_exact_to_the_second():
    def reopened(at: str) -> ClockStatus:
        log = Log("2026-07-13 08:00").answers("2026-07-13 09:00").closes("2026-07-13 10:00").reopens(at)
        return log.clock("final", "2026-08-03 09:00").state

    assert reopened("2026-07-28 09:59:59") is not ClockStatus.MET
    assert reopened("2026-07-28 10:00:00") is not ClockStatus.MET
    assert reopened("2026-07-28 10:00:01") is ClockStatus.MET


def test_edge_47_the_survivor_of_a_merge_keeps_the_earliest_start():
    log = Log("2026-07-20 10:00")
    log.add(EventKind.ABSORBED, "2026-07-20 11:00", absorbed_started_at=lima("2026-07-20 08:00"))
    first = log.clock("first", "2026-07-20 11:00")
    assert (wall(first.started_at), wall(first.due_at), first.elapsed_seconds) == (
        "2026-07-20 08:00",
        "2026-07-20 12:00",
        3 * HOUR,
    )
    younger = Log("2026-07-20 10:00")
    younger.add(EventKind.ABSORBED, "2026-07-20 11:00", absorbed_started_at=lima("2026-07-20 10:30"))
    assert wall(younger.clock("first", "2026-07-20 11:00").due_at) == "2026-07-20 15:00"


def test_edge_47_a_merge_with_a_case_already_late_is_due_at_once_and_not_in_the_past():
    log = Log("2026-07-20 10:00")
    log.add(EventKind.ABSORBED, "2026-07-20 11:00", absorbed_started_at=lima("2026-07-13 08:00"))
    first = log.clock("first", "2026-07-20 11:00")
    assert (first.state, wall(first.due_at)) == (ClockStatus.RUNNING, "2026-07-20 11:00")
    assert wall(log.clock("first", "2026-07-20 11:30").breached_at) == "2026-07-20 11:00"


def test_edge_47_a_merged_case_stops_and_raises_no_alarm():
    log = Log("2026-07-20 08:00").add(EventKind.MERGED_INTO, "2026-07-20 09:00")
    states = log.states("2026-07-24 09:00")
    assert {one.state for one in states} == {ClockStatus.NOT_APPLICABLE}
    assert alarms_of(states) == ()
    log.reopens("2026-07-20 10:00")
    assert {one.state for one in log.states("2026-07-24 09:00")} == {ClockStatus.NOT_APPLICABLE}


def test_edge_47_an_undone_merge_leaves_both_as_if_it_had_never_been_and_the_past_can_still_be_replayed():
    plain = Log("2026-07-20 10:00")
    survivor = Log("2026-07-20 10:00")
    survivor.add(EventKind.ABSORBED, "2026-07-20 11:00", absorbed_started_at=lima("2026-07-13 08:00"))
    survivor.add(EventKind.UNMERGED, "2026-07-21 09:00", undoes=2)
    assert survivor.states("2026-07-21 09:00") == plain.states("2026-07-21 09:00")
    assert survivor.clock("first", "2026-07-20 11:30").state is ClockStatus.BREACHED, "as it stood before the undo"

    plain = Log("2026-07-20 08:00")
    merged = Log("2026-07-20 08:00").add(EventKind.MERGED_INTO, "2026-07-20 09:00")
    assert merged.clock("first", "2026-07-20 09:30").state is ClockStatus.NOT_APPLICABLE
    merged.add(EventKind.UNMERGED, "2026-07-21 09:00", undoes=2)
    assert merged.states("2026-07-21 10:00") == plain.states("2026-07-21 10:00"), "the official waited all along"


def test_an_undo_touches_only_the_merge_it_names():
    log = Log("2026-07-20 08:00").add(EventKind.MERGED_INTO, "2026-07-20 09:00")
    log.add(EventKind.UNMERGED, "2026-07-20 10:00", undoes=2).add(EventKind.MERGED_INTO, "2026-07-20 10:30")
    assert {one.state for one in log.states("2026-07-24 09:00")} == {ClockStatus.NOT_APPLICABLE}
    log.add(EventKind.UNMERGED, "2026-07-24 09:00", undoes=1)
    assert log.states("2026-07-24 09:00") != (), "the reception of a case cannot be undone"


def test_edge_48_merging_into_a_closed_case_opens_nothing():
    log = Log("2026-07-20 10:00").answers("2026-07-20 11:00").closes("2026-07-20 12:00")
    before = log.states("2026-07-24 09:00")
    log.add(EventKind.ABSORBED, "2026-07-20 15:00", absorbed_started_at=lima("2026-07-13 08:00"))
    assert log.states("2026-07-24 09:00") == before


def test_edge_49_a_split_leaves_the_parent_alone_and_the_child_waits_since_the_parent_came():
    parent = Log("2026-07-20 08:00")
    before = parent.states("2026-07-20 11:00")
    assert parent.add(EventKind.SPLIT_OFF, "2026-07-20 10:00").states("2026-07-20 11:00") == before
    child = [CaseEvent("child", 1, EventKind.SUBMITTED, lima("2026-07-20 08:00"), classification=TRAMITE)]
    (first, _) = clock_states(child, POLICY, DESK, lima("2026-07-20 11:00"))
    assert wall(first.due_at) == "2026-07-20 12:00"


def test_edge_50_a_longer_policy_after_retopic_keeps_the_elapsed_time():
    log = Log("2026-07-20 08:00").add(EventKind.RECLASSIFIED, "2026-07-20 11:00", classification=LEGAL)
    clock = log.clock("first", "2026-07-20 11:00")
    assert (clock.elapsed_seconds, wall(clock.due_at)) == (3 * HOUR, "2026-07-21 17:00")


def test_edge_50_a_shorter_policy_after_retopic_is_due_at_once_and_never_in_the_past():
    log = Log("2026-07-20 08:00", LEGAL).add(EventKind.RECLASSIFIED, "2026-07-20 15:00", classification=TRAMITE)
    clock = log.clock("first", "2026-07-20 15:00")
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-07-20 15:00")
    assert wall(log.clock("first", "2026-07-20 15:01").breached_at) == "2026-07-20 15:00"


def test_edge_50_a_longer_policy_does_not_heal_a_breach():
    log = Log("2026-07-20 08:00").add(EventKind.RECLASSIFIED, "2026-07-20 15:00", classification=LEGAL)
    clock = log.clock("first", "2026-07-20 15:30")
    assert (clock.state, wall(clock.breached_at), clock.target_seconds) == (
        ClockStatus.BREACHED,
        "2026-07-20 12:00",
        4 * HOUR,
    )


def test_edge_51_urgent_after_part_of_the_time_leaves_what_remains_of_the_urgent_target():
    log = Log("2026-07-20 08:00").add(EventKind.RECLASSIFIED, "2026-07-20 09:00", classification=URGENT)
    clock = log.clock("first", "2026-07-20 09:00")
    assert (wall(clock.due_at), clock.remaining_seconds) == ("2026-07-20 10:00", HOUR)


def test_edge_52_erasing_a_person_changes_no_result_of_a_closed_case_and_stops_an_open_one():
    closed = Log("2026-07-20 08:00").answers("2026-07-20 15:00").closes("2026-07-20 16:00")
    before = closed.states("2026-08-20 09:00")
    assert closed.add(EventKind.ANONYMISED, "2026-08-03 09:00").states("2026-08-20 09:00") == before
    open_case = Log("2026-07-20 08:00").add(EventKind.ANONYMISED, "2026-07-20 09:00")
    assert {one.state for one in open_case.states("2026-07-24 09:00")} == {ClockStatus.NOT_APPLICABLE}


def test_a_withdrawn_case_stops_and_can_be_taken_up_again():
    log = Log("2026-07-20 08:00").add(EventKind.WITHDRAWN, "2026-07-20 09:00")
    assert {one.state for one in log.states("2026-07-21 09:00")} == {ClockStatus.NOT_APPLICABLE}
    log.reopens("2026-07-21 09:00")
    states = {one.name: one for one in log.states("2026-07-21 09:00")}
    assert states[ClockName.FIRST_RESPONSE].state is ClockStatus.NOT_APPLICABLE
    assert states[ClockName.NEXT_RESPONSE].state is ClockStatus.RUNNING
    assert states[ClockName.RESOLUTION].remaining_seconds == 15 * HOUR


def test_an_exception_is_a_signed_line_beside_the_breach():
    log = Log("2026-07-20 08:00").answers("2026-07-20 15:00")
    log.add(
        EventKind.EXCEPTION_GRANTED,
        "2026-07-21 09:00",
        clock=ClockName.FIRST_RESPONSE,
        reason="Corte de luz",
        signed_by="Rosa Q.",
    )
    clock = log.clock("first", "2026-07-22 09:00")
    assert (clock.state, clock.exceptions) == (ClockStatus.BREACHED, ("Corte de luz (Rosa Q.)",))
    assert clock.breached_at == lima("2026-07-20 08:00") + timedelta(hours=4)


def test_a_reopening_that_crosses_a_question_ends_the_wait_like_any_message():
    log = Log("2026-07-13 08:00").asks("2026-07-13 09:00")
    assert log.clock("final", "2026-07-13 10:00").is_paused
    reopened = log.reopens("2026-07-13 10:00").clock("final", "2026-07-13 11:00")
    assert not reopened.is_paused
    assert reopened.elapsed_seconds == 2 * HOUR

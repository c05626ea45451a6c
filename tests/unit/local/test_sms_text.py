"""Segments, and the addresses of delivery reports."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deploy.local.sms_sandbox.reports import kinds_due, report_url
from deploy.local.sms_sandbox.segments import segment
from deploy.local.sms_sandbox.store import Sms

GSM = "Hola ñandú à la €[]^ 0123"


def sms(dlr_url: str) -> Sms:
    return Sms("id-1", "2026-01-01T00:00:00+00:00", "+51987654321", "VENTANILLA", "a&b", False, dlr_url, 31)


def test_one_segment_holds_160_characters_and_two_hold_306() -> None:
    assert [len(part) for part in segment("a" * 160, is_unicode=False).segments] == [160]
    assert [len(part) for part in segment("a" * 161, is_unicode=False).segments] == [153, 8]
    assert [len(part) for part in segment("a" * 306, is_unicode=False).segments] == [153, 153]


def test_the_euro_sign_takes_two_places_and_is_never_split() -> None:
    assert len(segment("€" * 80, is_unicode=False).segments) == 1
    assert [len(part) for part in segment("€" * 81, is_unicode=False).segments] == [76, 5]


def test_ucs2_counts_units_and_never_splits_an_emoji() -> None:
    assert len(segment("ó" * 70, is_unicode=True).segments) == 1
    assert [len(part) for part in segment("🙂" * 36, is_unicode=True).segments] == [33, 3]


def test_gsm_has_the_enye_and_some_accents_and_no_others() -> None:
    assert segment("ñÑéüáíóú", is_unicode=False).segments == ("ñÑéü????",)


def test_an_empty_text_is_one_empty_segment() -> None:
    assert segment("", is_unicode=False).segments == ("",)


@given(st.text(alphabet=GSM, max_size=700))
def test_segments_joined_are_the_text_and_each_fits(text: str) -> None:
    parts = segment(text, is_unicode=False).segments
    arriving = "".join(parts)
    assert len(arriving) == len(text)
    assert all(got in (sent, "?") for sent, got in zip(text, arriving, strict=True))
    room = 160 if len(parts) == 1 else 153
    sizes = [sum(2 if char in "€[]^" else 1 for char in part) for part in parts]
    assert max(sizes) <= room
    assert all(size + 2 > room for size, _ in pairwise(sizes))  # no segment is given away


def test_report_codes_are_filled_in_and_escaped() -> None:
    url = "http://h/d?s=%d&a=%A&t=%a&to=%P&id=%I&keep=%2B%zz&percent=%%"
    assert report_url(sms(url), 1) == (
        "http://h/d?s=1&a=stat%3ADELIVRD%20err%3A000&t=a%26b&to=%2B51987654321&id=id-1&keep=%2B%zz&percent=%"
    )


def test_the_mask_selects_reports() -> None:
    assert kinds_due(31, "") == (8, 1)
    assert kinds_due(19, "") == (1,)
    assert kinds_due(0, "") == ()
    assert kinds_due(2, "dlr_failed") == (2,)

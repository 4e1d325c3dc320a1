"""The copy of SES's list follows the list, in few calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from seacucumber import suppression
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.enums import RefreshSubject, SuppressionReason, SuppressionSource
from seacucumber.exceptions import AccessDenied
from seacucumber.models import Refresh, Suppressed
from seacucumber.ses.account import suppression as ses_suppression
from seacucumber.suppression import ses_sync
from seacucumber.testing import Fault, LocalSES, errors
from tests.queue import now_us
from tests.suppression.lists import put_at_ses, rows

pytestmark = pytest.mark.django_db

ALL = RefreshSubject.ALL_SUPPRESSION


def refreshes() -> dict[RefreshSubject, Refresh]:
    return Refresh.objects.of(get_mailer().pace_key)


def age_all(**age: Any) -> None:
    """Let the last reading of the whole list be older than it is."""
    row = refreshes()[ALL]
    row.asked_at = row.succeeded_at = clock.moment(now_us()) - timedelta(**age)
    row.save()


def test_the_first_reading_is_of_the_whole_list(ses: LocalSES) -> None:
    put_at_ses("Ann@Example.org")
    put_at_ses("bob@example.org", reason="COMPLAINT")

    report = suppression.refresh()

    assert (report.whole, report.listed, report.added) == (True, 2, 2)
    found = rows()
    assert set(found) == {"ann@example.org", "bob@example.org"}
    ann, bob = found["ann@example.org"], found["bob@example.org"]
    assert (ann.source, ann.ses_known) == (SuppressionSource.SES, True)
    assert ann.scope == get_mailer().pace_key
    assert ann.reason == SuppressionReason.BOUNCE
    assert bob.reason == SuppressionReason.COMPLAINT
    at_ses = suppression.ask_about("ann@example.org")
    assert at_ses is not None
    assert clock.aware(ann.since) == at_ses.since


def test_later_only_what_is_new_is_asked_for(ses: LocalSES) -> None:
    put_at_ses("ann@example.org")
    suppression.refresh()
    age_all(hours=3)
    put_at_ses("bob@example.org")
    ses.advance(7200)
    put_at_ses("cid@example.org")

    report = suppression.refresh()

    assert (report.whole, report.removed) == (False, 0)
    assert report.listed == 3
    assert report.added == 2
    assert set(rows()) == {"ann@example.org", "bob@example.org", "cid@example.org"}


def test_what_left_the_list_is_seen_once_a_day(ses: LocalSES) -> None:
    put_at_ses("ann@example.org", "bob@example.org")
    suppression.refresh()
    ses_suppression.delete(get_mailer(), "ann@example.org")
    assert suppression.refresh().removed == 0
    age_all(hours=25)

    report = suppression.refresh()

    assert (report.whole, report.removed) == (True, 1)
    assert set(rows()) == {"bob@example.org"}


def test_our_own_reason_outlives_that_of_ses(ses: LocalSES) -> None:
    put_at_ses("ann@example.org")
    suppression.add("ann@example.org", note="She asked for it")
    suppression.refresh()
    assert rows()["ann@example.org"].ses_known
    ses_suppression.delete(get_mailer(), "ann@example.org")

    suppression.refresh(whole=True)

    row = rows()["ann@example.org"]
    assert (row.ses_known, row.source) == (False, SuppressionSource.MANUAL)
    assert row.note == "She asked for it"


def test_every_page_is_read(ses: LocalSES, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ses_suppression, "_PAGE_SIZE", 2)
    put_at_ses(*(f"a{number}@example.org" for number in range(5)))

    report = suppression.refresh()

    assert report.listed == 5
    assert Suppressed.objects.count() == 5


def test_what_a_page_has_missed_is_not_forgotten(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody removes an address while the list is read, and the pages move up."""
    put_at_ses(*(f"a{number}@example.org" for number in range(6)))
    suppression.refresh()
    monkeypatch.setattr(ses_suppression, "_PAGE_SIZE", 2)
    kept, pages = ses_sync.keep_page, []

    def keep_and_remove(*args: Any) -> int:
        if not pages:
            ses_suppression.delete(get_mailer(), "a0@example.org")
            ses_suppression.delete(get_mailer(), "a5@example.org")
        pages.append(args)
        return kept(*args)

    monkeypatch.setattr(ses_sync, "keep_page", keep_and_remove)

    report = suppression.refresh(whole=True)

    # The newest, on the first page, had been read before it went.
    assert set(rows()) == {f"a{number}@example.org" for number in range(1, 6)}
    assert (report.removed, len(pages)) == (1, 2)


def test_what_was_read_before_an_error_is_kept_and_nothing_is_forgotten(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_at_ses("old@example.org")
    suppression.refresh()
    put_at_ses("a@example.org", "b@example.org", "c@example.org")
    monkeypatch.setattr(ses_suppression, "_PAGE_SIZE", 1)
    kept = ses_sync.keep_page

    def keep_and_deny(*args: Any) -> int:
        denied = errors.access_denied("ses:ListSuppressedDestinations", "*")
        ses.faults.add(Fault.answer(denied, operation="ListSuppressedDestinations"))
        return kept(*args)

    monkeypatch.setattr(ses_sync, "keep_page", keep_and_deny)

    report = suppression.refresh(whole=True)

    assert isinstance(report.error, AccessDenied)
    assert report.error.permission == "ses:ListSuppressedDestinations"
    assert len(rows()) == 2
    assert "old@example.org" in rows()
    assert refreshes()[ALL].missing_permission == "ses:ListSuppressedDestinations"


def test_a_whole_reading_that_fails_leaves_no_gap(ses: LocalSES) -> None:
    """For hours SES has not answered; what came onto its list then is missing."""
    suppression.refresh()
    put_at_ses("ann@example.org")
    ses.advance(6 * 3600)
    age_all(hours=8)
    denied = errors.access_denied("ses:ListSuppressedDestinations", "*")
    ses.faults.add(Fault.answer(denied, operation="ListSuppressedDestinations"))
    assert suppression.refresh(whole=True).error
    ses.faults.clear()
    # It has asked just now, as the clock of SES has it.
    asked_at = clock.moment(now_us()) + timedelta(hours=6)
    Refresh.objects.filter(subject=ALL).update(asked_at=asked_at)

    report = suppression.refresh()

    assert (report.whole, report.error) == (False, None)
    assert set(rows()) == {"ann@example.org"}


def test_what_comes_back_while_ses_is_asked_is_not_forgotten(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next of those that are missing take a second each."""
    put_at_ses("ann@example.org")
    suppression.refresh()
    ses_suppression.delete(get_mailer(), "ann@example.org")
    asked = ses_sync._is_at_ses

    def ask_and_bounce(mailer: Any, address: str) -> bool:
        answer = asked(mailer, address)
        put_at_ses(address)
        suppression.refresh()
        return answer

    monkeypatch.setattr(ses_sync, "_is_at_ses", ask_and_bounce)

    report = suppression.refresh(whole=True)

    assert (report.removed, report.error) == (0, None)
    assert set(rows()) == {"ann@example.org"}


def test_one_address_is_asked_about(ses: LocalSES) -> None:
    put_at_ses("ann@example.org", reason="COMPLAINT")
    put_at_ses("bob@example.org")
    suppression.refresh()
    ses_suppression.delete(get_mailer(), "bob@example.org")

    ann = suppression.ask_about("ann@example.org")
    bob = suppression.ask_about("bob@example.org")

    assert ann is not None
    assert ann.reason == "COMPLAINT"
    assert bob is None
    assert set(rows()) == {"ann@example.org"}


def test_an_address_of_any_shape_finds_its_way(ses: LocalSES) -> None:
    # What is part of a URL's path must be escaped there.
    odd = "a+b/c?d=%20e#f@example.org"
    put_at_ses(odd)
    suppression.refresh()
    assert set(rows()) == {odd}

    suppression.remove(odd, at_ses=True)

    assert suppression.ask_about(odd) is None
    assert rows() == {}

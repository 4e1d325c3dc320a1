"""Putting addresses on the list by hand, and taking them off, here and in SES."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seacucumber import suppression
from seacucumber.conf import get_mailer
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.exceptions import AccessDenied, AccountError
from seacucumber.models import Suppressed, clock
from seacucumber.suppression import InvalidEntry, NothingToRemove, OnlyAtSES, Removed
from seacucumber.testing import Fault, LocalSES, errors
from tests.queueing import now_us
from tests.suppression.lists import at_ses, put_at_ses, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]


def test_an_address_is_added_here_only(ses: LocalSES) -> None:
    row, created = suppression.add(" Ann@Example.org ", note="She asked for it")

    assert created
    assert row.address == "ann@example.org"
    assert row.scope == get_mailer().pace_key
    assert row.source == SuppressionSource.MANUAL
    assert (row.reason, row.ses_known) == (SuppressionReason.MANUAL, False)
    assert at_ses() == set()


def test_an_address_is_added_in_ses_as_well() -> None:
    row, _ = suppression.add(
        "ann@example.org", reason=SuppressionReason.COMPLAINT, at_ses=True
    )

    assert at_ses() == {"ann@example.org"}
    assert Suppressed.objects.get(pk=row.pk).ses_known
    told = suppression.ask_about("ann@example.org")
    assert told is not None
    assert told.reason == "COMPLAINT"


def test_nothing_changes_if_ses_refuses(ses: LocalSES) -> None:
    ses.configure(sandbox=True)

    with pytest.raises(AccountError):
        suppression.add("ann@example.org", at_ses=True)

    assert rows() == {}


@pytest.mark.parametrize("wrong", ["", "ann", "ann@", "a b@example.org", "a@b\n.org"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidEntry, match="no e-mail address"):
        suppression.add(wrong)


def test_a_scope_is_the_account_or_a_domain() -> None:
    key = get_mailer().pace_key
    assert suppression.checked_scope("", key) == key
    assert suppression.checked_scope("@News.Example.com ", key) == "news.example.com"
    with pytest.raises(InvalidEntry):
        suppression.checked_scope("no domain", key)


def test_an_entry_of_ours_is_removed() -> None:
    suppression.add("ann@example.org")

    assert suppression.remove("ANN@example.org") == Removed(here=True)
    assert rows() == {}
    with pytest.raises(NothingToRemove, match=r"ann@example\.org is not suppressed"):
        suppression.remove("ann@example.org")


def test_what_ses_has_goes_on_stopping_mail() -> None:
    suppression.add("ann@example.org", at_ses=True)

    assert suppression.remove("ann@example.org") == Removed(
        here=True, still_at_ses=True
    )

    row = rows()["ann@example.org"]
    assert (row.source, row.ses_known) == (SuppressionSource.SES, True)
    with pytest.raises(OnlyAtSES):
        suppression.remove("ann@example.org")


def test_an_entry_is_removed_in_both_places() -> None:
    suppression.add("ann@example.org", at_ses=True)

    done = suppression.remove("ann@example.org", at_ses=True)

    assert done == Removed(here=True, at_ses=True)
    assert rows() == {}
    assert at_ses() == set()


def test_nothing_is_removed_if_ses_refuses(ses: LocalSES) -> None:
    put_at_ses("ann@example.org")
    suppression.add("ann@example.org", note="She asked for it")
    suppression.refresh()
    before = list(Suppressed.objects.values())
    denied = errors.access_denied("ses:DeleteSuppressedDestination", "*")
    ses.faults.add(Fault.answer(denied, operation="DeleteSuppressedDestination"))

    with pytest.raises(AccessDenied):
        suppression.remove("ann@example.org", at_ses=True)

    assert list(Suppressed.objects.values()) == before
    assert at_ses() == {"ann@example.org"}


def test_an_entry_of_ses_alone_is_removed_there() -> None:
    put_at_ses("ann@example.org")
    suppression.refresh()

    done = suppression.remove("ann@example.org", at_ses=True)

    assert done == Removed(at_ses=True)
    assert rows() == {}


def test_an_entry_that_somebody_has_removed_in_ses_goes_here_too() -> None:
    put_at_ses("ann@example.org")
    suppression.refresh()
    suppression.remove("ann@example.org", at_ses=True)
    Suppressed.objects.create(
        address="ann@example.org",
        scope=get_mailer().pace_key,
        reason=SuppressionReason.BOUNCE,
        source=SuppressionSource.SES,
        since=clock.moment(now_us()),
        ses_known=True,
    )

    assert suppression.remove("ann@example.org", at_ses=True) == Removed()
    assert rows() == {}


def test_what_ended_long_ago_is_forgotten() -> None:
    at = clock.moment(now_us())
    for name, days in (("a", -31), ("b", -29), ("c", 1)):
        suppression.add(f"{name}@example.org", expires_at=at + timedelta(days=days))
    suppression.add("d@example.org")

    assert Suppressed.objects.forget_ended(at - timedelta(days=30)) == 1
    assert set(rows()) == {"b@example.org", "c@example.org", "d@example.org"}

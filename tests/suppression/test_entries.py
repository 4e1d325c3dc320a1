"""Putting addresses on the list by hand, and taking them off, here and in SES."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seacucumber import suppression
from seacucumber.conf import Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.enums import SuppressionReason, SuppressionSource
from seacucumber.exceptions import AccessDenied, AccountError
from seacucumber.models import Suppressed
from seacucumber.ses.account import suppression as ses_suppression
from seacucumber.suppression import (
    InvalidEntry,
    NothingToRemove,
    OnlyAtSES,
    Removed,
    WouldEndSooner,
)
from seacucumber.testing import Fault, LocalSES, errors
from tests.queue import now_us
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
    events = suppression.ask_about("ann@example.org")
    assert events is not None
    assert events.reason == "COMPLAINT"


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


def test_an_entry_that_lasts_longer_is_not_replaced() -> None:
    suppression.add("ann@example.org", reason=SuppressionReason.COMPLAINT)
    soon = clock.moment(now_us()) + timedelta(days=1)

    with pytest.raises(WouldEndSooner) as refused:
        suppression.add("ann@example.org", expires_at=soon, at_ses=True)

    assert "ann@example.org is on the list since 20" in str(refused.value)
    assert "for good: complaint, from a person" in str(refused.value)
    assert rows()["ann@example.org"].reason == SuppressionReason.COMPLAINT
    assert at_ses() == set()
    row, created = suppression.add("ann@example.org", expires_at=soon, replace=True)
    assert (created, row.expires_at) == (False, soon)


def test_an_entry_that_ends_sooner_is_replaced() -> None:
    at = clock.moment(now_us())
    suppression.add("ann@example.org", expires_at=at + timedelta(days=1))

    row, _ = suppression.add("ann@example.org", expires_at=at + timedelta(days=2))
    assert row.expires_at == at + timedelta(days=2)
    row, _ = suppression.add("ann@example.org")
    assert row.expires_at is None


@pytest.mark.parametrize("address", ['"a b"@example.org', "a@intranet"])
def test_an_address_that_is_none_here_is_removed(address: str) -> None:
    """Bounces and SES's list bring addresses of any shape."""
    put_at_ses(address)
    suppression.refresh()
    assert suppression.find(address)

    assert suppression.remove(address.upper(), at_ses=True) == Removed(at_ses=True)

    assert (rows(), at_ses()) == ({}, set())


def test_an_address_that_is_none_even_at_ses_is_removed() -> None:
    """Telephones of Japan had such ones, and a bounce may name one."""
    suppression.add("ann@example.org")
    Suppressed.objects.update(address="ta..ro@example.jp")

    assert suppression.remove("Ta..ro@example.jp ") == Removed(here=True)
    assert rows() == {}


@pytest.mark.parametrize("source", [SuppressionSource.SES, SuppressionSource.OURS])
def test_an_entry_of_an_account_that_has_left_the_settings_is_removed(
    source: SuppressionSource,
) -> None:
    Suppressed.objects.create(
        address="ann@example.org",
        scope="Old/eu-west-1",
        reason=SuppressionReason.BOUNCE,
        source=source,
        since=clock.moment(now_us()),
        ses_known=True,
    )

    suppression.remove("ann@example.org", scope="Old/eu-west-1")

    assert rows() == {}


def test_what_comes_while_ses_is_asked_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    suppression.add("ann@example.org", at_ses=True)
    delete = ses_suppression.delete

    def complain_and_delete(mailer: Mailer, address: str) -> None:
        Suppressed.objects.update(
            reason=SuppressionReason.COMPLAINT,
            source=SuppressionSource.OURS,
            since=clock.moment(now_us()),
        )
        delete(mailer, address)

    monkeypatch.setattr(ses_suppression, "delete", complain_and_delete)

    done = suppression.remove("ann@example.org", at_ses=True)

    assert done == Removed(at_ses=True, put_again=True)
    row = rows()["ann@example.org"]
    assert (row.reason, row.ses_known) == (SuppressionReason.COMPLAINT, False)


def test_ses_list_is_not_of_a_domain() -> None:
    suppression.add("ann@example.org", scope="news.example.com")

    with pytest.raises(InvalidEntry, match="is the account's, and not one of news"):
        suppression.remove("ann@example.org", scope="news.example.com", at_ses=True)

    assert set(rows()) == {"ann@example.org"}


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

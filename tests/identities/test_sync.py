"""The rows follow what SES has, in few calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from seacucumber import identities
from seacucumber.conf import get_mailer
from seacucumber.enums import RefreshSubject
from seacucumber.exceptions import AccessDenied, Unreachable
from seacucumber.identities import sync
from seacucumber.models import Identity, Refresh
from seacucumber.ses.account import identities as ses_identities
from seacucumber.ses.account import identity_details
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.testing import Fault, LocalSES, errors
from tests.identities.conftest import rows

pytestmark = pytest.mark.django_db


def refresh_row() -> Refresh:
    return Refresh.objects.of(get_mailer().pace_key)[RefreshSubject.IDENTITIES]


def give_mail_from(name: str, domain: str) -> None:
    get_admin_clients(get_mailer()).v2.put_email_identity_mail_from_attributes(
        EmailIdentity=name, MailFromDomain=domain
    )


def test_what_was_made_in_the_console_appears(ses: LocalSES) -> None:
    ses.verify("ann@example.net")

    report = identities.refresh()

    assert (report.added, report.removed, report.error) == (2, 0, None)
    found = rows()
    assert found["ann@example.net"].status == "success"
    assert found["example.com"].kind == "domain"
    assert found["example.com"].sending_enabled
    assert len(found["example.com"].records) == 4
    assert refresh_row().succeeded_at is not None


def test_what_was_deleted_in_the_console_goes(ses: LocalSES) -> None:
    ses.verify("ann@example.net")
    identities.refresh()
    pk = rows()["example.com"].pk
    ses.reset()

    report = identities.refresh()

    assert (report.added, report.removed, report.changed) == (0, 1, 0)
    assert {name: row.pk for name, row in rows().items()} == {"example.com": pk}


def test_status_follows(ses: LocalSES) -> None:
    identities.verify("ann@example.net")
    identities.refresh()
    ses.verify("ann@example.net")

    report = identities.refresh()

    assert report.changed == 1
    assert rows()["ann@example.net"].status == "success"


def test_every_page_is_read(ses: LocalSES, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ses_identities, "_PAGE_SIZE", 2)
    ses.verify(*(f"a{number}@example.net" for number in range(4)))

    identities.refresh()

    assert len(rows()) == 5


def test_other_accounts_rows_stay(ses: LocalSES) -> None:
    identities.refresh()
    Identity.objects.update(pace_key="other/eu-west-1")

    identities.refresh()

    assert Identity.objects.count() == 2


def test_hundred_domains_take_few_calls(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One list, and two calls for the hundred; not one for each every time."""
    monkeypatch.setattr(sync, "MOST_DETAILS", 200)
    ses.verify(*(f"d{number}.example" for number in range(99)))
    identities.refresh()
    before = ses.counters.control_calls

    identities.refresh()

    assert ses.counters.control_calls - before == 3


def test_new_ones_are_read_one_by_one_a_few_each_time(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MOST_DETAILS", 2)
    ses.verify("a.example", "b.example", "ann@example.net")

    due = []
    for _ in range(3):
        identities.refresh()
        due.append({name for name, row in rows().items() if row.details_at is None})

    assert [len(names) for names in due] == [2, 0, 0]
    # Domains go first.
    assert "ann@example.net" in due[0]


def test_details_are_read_again_after_a_day(ses: LocalSES) -> None:
    identities.refresh()
    day = timedelta(days=1, minutes=1)
    row = rows()["example.com"]
    assert row.details_at is not None
    Identity.objects.update(details_at=row.details_at - day)
    before = ses.counters.control_calls

    identities.refresh()

    assert ses.counters.control_calls - before == 4
    assert rows()["example.com"].details_at > row.details_at  # type: ignore[operator]


def test_details_are_read_again_when_the_status_changes(ses: LocalSES) -> None:
    identities.refresh()
    ses.unverify("example.com")
    before = ses.counters.control_calls

    identities.refresh()

    assert ses.counters.control_calls - before == 4
    assert rows()["example.com"].status == "pending"


def test_mail_from_domain_has_records_too(ses: LocalSES) -> None:
    identities.refresh()
    give_mail_from("example.com", "bounce.example.com")

    identities.refresh()

    row = rows()["example.com"]
    assert (row.mail_from_domain, row.mail_from_status) == (
        "bounce.example.com",
        "success",
    )
    region = get_mailer().ses_region_name
    assert [
        (entry["purpose"], entry["value"])
        for entry in row.records
        if entry["name"] == "bounce.example.com"
    ] == [
        ("mail-from-mx", f"10 feedback-smtp.{region}.amazonses.com"),
        ("mail-from-spf", "v=spf1 include:amazonses.com ~all"),
    ]

    give_mail_from("example.com", "")
    identities.refresh()

    assert rows()["example.com"].mail_from_domain == ""
    assert len(rows()["example.com"].records) == 4


def test_what_dns_has_told_outlives_a_refresh(ses: LocalSES) -> None:
    identities.refresh()
    row = rows()["example.com"]
    row.records[0] |= {"result": "match", "found": ["x"]}
    row.save()
    give_mail_from("example.com", "bounce.example.com")

    identities.refresh()

    assert rows()["example.com"].records[0]["result"] == "match"
    assert rows()["example.com"].records[1]["result"] == ""


def test_key_of_ones_own_needs_no_aliases(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With origin EXTERNAL the tokens of SES's answers are the key's selector."""
    answer = {
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {
            "SigningAttributesOrigin": "EXTERNAL",
            "Tokens": ["selector1"],
            "Status": "SUCCESS",
        },
    }
    told = identity_details._details("example.com", answer)
    monkeypatch.setattr(identity_details, "read_details", lambda mailer, name: told)

    identities.refresh()
    identities.refresh()

    row = rows()["example.com"]
    assert row.own_key
    assert [entry["purpose"] for entry in row.records] == ["dmarc"]


def test_reason_of_a_failure_is_kept_and_goes_with_it(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = identity_details._details(
        "example.com",
        {
            "VerificationStatus": "FAILED",
            "VerificationInfo": {"ErrorType": "HOST_NOT_FOUND"},
            "ConfigurationSetName": "news",
        },
    )
    with monkeypatch.context() as patch:
        patch.setattr(identity_details, "read_details", lambda mailer, name: failed)
        found = identities.refresh_one("example.com")
    assert found is not None
    assert (found.status, found.error_type) == ("failed", "HOST_NOT_FOUND")
    assert found.configuration_set == "news"

    identities.refresh()

    assert rows()["example.com"].status == "success"
    assert rows()["example.com"].error_type == ""


class TestOne:
    def test_it_is_refreshed_alone(self, ses: LocalSES) -> None:
        ses.verify("ann@example.net")

        row = identities.refresh_one("ann@example.net")

        assert row is not None
        assert row.status == "success"
        assert list(rows()) == ["ann@example.net"]
        assert ses.counters.control_calls == 1

    def test_its_row_goes_if_ses_does_not_have_it(self, ses: LocalSES) -> None:
        identities.verify("ann@example.net")
        ses.reset()

        assert identities.refresh_one("ann@example.net") is None
        assert rows() == {}


class TestTrouble:
    def deny(self, ses: LocalSES, operation: str) -> None:
        denied = errors.access_denied(f"ses:{operation}", "*")
        ses.faults.add(Fault.answer(denied, operation=operation))

    def test_denied_list_keeps_the_rows(self, ses: LocalSES) -> None:
        identities.refresh()
        self.deny(ses, "ListEmailIdentities")

        report = identities.refresh()

        assert isinstance(report.error, AccessDenied)
        assert list(rows()) == ["example.com"]
        assert refresh_row().missing_permission == "ses:ListEmailIdentities"

    @pytest.mark.parametrize(
        "operation",
        [
            "GetIdentityDkimAttributes",
            "GetIdentityMailFromDomainAttributes",
            "GetEmailIdentity",
        ],
    )
    def test_denied_details_do_not_hide_the_list(
        self, ses: LocalSES, operation: str
    ) -> None:
        self.deny(ses, operation)
        ses.verify("ann@example.net")

        report = identities.refresh()

        assert (report.added, len(rows())) == (2, 2)
        assert isinstance(report.error, AccessDenied)
        assert refresh_row().missing_permission == f"ses:{operation}"
        assert refresh_row().succeeded_at is None

    def test_unreachable_ses_keeps_the_rows(self, ses: LocalSES, settings: Any) -> None:
        identities.refresh()
        settings.CUCUMBER_ENDPOINT_URL = "http://127.0.0.1:9"
        settings.CUCUMBER_CLIENT_CONFIG = {"retries": {"total_max_attempts": 1}}

        report = identities.refresh()

        assert isinstance(report.error, Unreachable)
        assert list(rows()) == ["example.com"]
        assert refresh_row().error_detail.startswith("Amazon SES cannot be reached")


class TestMeanwhile:
    """Somebody else changes something while SES answers."""

    def during_the_list(self, monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
        read = ses_identities.list_identities

        def read_then(mailer: Any) -> Any:
            told = list(read(mailer))
            happens()
            return iter(told)

        monkeypatch.setattr(ses_identities, "list_identities", read_then)

    def test_what_is_verified_meanwhile_stays(
        self, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.during_the_list(monkeypatch, lambda: identities.verify("ann@example.net"))

        identities.refresh()

        assert set(rows()) == {"example.com", "ann@example.net"}

    def test_what_is_deleted_meanwhile_goes_when_its_details_are_read(
        self, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ses.verify("ann@example.net")
        self.during_the_list(monkeypatch, lambda: identities.delete("ann@example.net"))

        identities.refresh()

        assert set(rows()) == {"example.com"}


def test_names_that_differ_in_case_are_one_row(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MySQL cannot tell them apart; the one that may send is shown."""
    monkeypatch.setattr(sync, "MOST_DETAILS", 0)
    told = [
        ses_identities.Identity(
            name=name, kind="address", status=status, sending_enabled=False
        )
        for name, status in (
            ("Ann@example.net", "PENDING"),
            ("ann@example.net", "SUCCESS"),
            ("ANN@example.net", "FAILED"),
        )
    ]
    monkeypatch.setattr(ses_identities, "list_identities", lambda mailer: iter(told))

    identities.refresh()
    identities.refresh()

    assert [(row.name, row.status) for row in rows().values()] == [
        ("ann@example.net", "success")
    ]

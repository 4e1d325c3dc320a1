"""Identities that are verified and deleted here: the rows follow at once."""

from __future__ import annotations

import pytest

from seacucumber import identities, refresh_schedule
from seacucumber.conf import get_mailer
from seacucumber.exceptions import AccessDenied, NotFound
from seacucumber.identities import InvalidIdentity, NothingToResend
from seacucumber.models import Identity
from seacucumber.testing import Fault, LocalSES, errors
from tests.identities.conftest import rows

pytestmark = pytest.mark.django_db
ANN = "ann@example.net"


def mails(ses: LocalSES, name: str) -> int:
    [state] = [row for row in ses.identities if row.name == name]
    return state.verification_mails


def test_address_is_pending_as_soon_as_its_mail_is_sent(ses: LocalSES) -> None:
    result = identities.verify(ANN)

    row = rows()[ANN]
    assert result.mail_sent
    assert (row.kind, row.status, row.records) == ("address", "pending", [])
    assert row.mailer == "default"
    assert not row.sending_enabled


def test_domain_has_its_records_at_once(ses: LocalSES) -> None:
    result = identities.verify("shop.example")

    row = rows()["shop.example"]
    assert [entry["type"] for entry in row.records] == ["CNAME"] * 3 + ["TXT"]
    assert {entry["value"] for entry in row.records[:3]} == {
        record.value for record in result.dns_records
    }
    assert all(entry["result"] == "" for entry in row.records)
    assert row.dkim_status == "pending"


def test_what_is_verified_already_is_shown_so(ses: LocalSES) -> None:
    ses.verify(ANN)

    identities.verify(ANN)

    assert rows()[ANN].status == "success"
    assert rows()[ANN].sending_enabled
    assert mails(ses, ANN) == 0


def test_verifying_twice_is_one_row(ses: LocalSES) -> None:
    identities.verify(ANN)
    identities.verify(ANN)

    assert list(rows()) == [ANN]


def test_mail_is_sent_again_after_its_link_has_expired(ses: LocalSES) -> None:
    identities.verify(ANN)
    ses.advance(25 * 3600)
    identities.refresh()
    assert rows()[ANN].status == "failed"

    result = identities.resend(ANN)

    assert result.mail_sent
    assert mails(ses, ANN) == 2
    assert rows()[ANN].status == "pending"


def test_nobody_who_is_verified_gets_another_mail(ses: LocalSES) -> None:
    identities.verify(ANN)
    ses.verify(ANN)

    result = identities.resend(ANN)

    assert (result.verified, result.mail_sent) == (True, False)
    assert mails(ses, ANN) == 1
    assert rows()[ANN].status == "success"


def test_domain_has_no_mail_to_send_again(ses: LocalSES) -> None:
    with pytest.raises(NothingToResend, match="looks for its DNS records by itself"):
        identities.resend("shop.example")


def test_what_ses_does_not_have_is_not_sent_again(ses: LocalSES) -> None:
    """It was deleted in the AWS console; to send it would create it."""
    identities.verify(ANN)
    ses.reset()

    with pytest.raises(NotFound):
        identities.resend(ANN)

    assert rows() == {}
    assert ANN not in [row.name for row in ses.identities]


def test_deleted_identity_goes_at_once(ses: LocalSES) -> None:
    identities.verify(ANN)
    identities.verify("bob@example.net")

    identities.delete(ANN)

    assert list(rows()) == ["bob@example.net"]
    assert ANN not in [row.name for row in ses.identities]


def test_row_of_what_ses_does_not_have_goes_too(ses: LocalSES) -> None:
    identities.verify(ANN)
    ses.reset()

    with pytest.raises(NotFound):
        identities.delete(ANN)

    assert rows() == {}


def test_refusal_changes_nothing(ses: LocalSES) -> None:
    identities.verify(ANN)
    denied = errors.access_denied("ses:DeleteEmailIdentity", "*")
    ses.faults.add(Fault.answer(denied, operation="DeleteEmailIdentity"))

    with pytest.raises(AccessDenied):
        identities.delete(ANN)

    assert list(rows()) == [ANN]


def test_other_accounts_rows_stay(ses: LocalSES) -> None:
    identities.verify(ANN)
    row = rows()[ANN]
    row.pk, row.pace_key = None, "other/eu-west-1"
    row.save()

    identities.delete(ANN)

    assert [row.pace_key for row in Identity.objects.all()] == ["other/eu-west-1"]


@pytest.mark.parametrize("ask", [identities.verify, identities.delete])
def test_wrong_name_does_not_reach_ses(ses: LocalSES, ask: object) -> None:
    with pytest.raises(InvalidIdentity):
        ask("ann@")  # type: ignore[operator]

    assert ses.counters.control_calls == 0


def test_every_call_takes_its_turn(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[str] = []
    monkeypatch.setattr(refresh_schedule, "take_turn", turns.append)

    identities.verify(ANN)
    identities.verify(ANN)
    identities.resend(ANN)
    list(identities.list_identities())
    identities.refresh()
    identities.refresh_one(ANN)
    identities.delete(ANN)

    assert len(turns) == ses.counters.control_calls
    assert set(turns) == {get_mailer().pace_key}

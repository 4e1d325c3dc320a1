"""What SES tells of single identities."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from seacucumber.conf import Mailer
from seacucumber.exceptions import AccessDenied, NotFound
from seacucumber.ses.account import identities, identity_details
from seacucumber.ses.account.identity_details import Dkim, MailFrom
from seacucumber.ses.account.quota import read_account
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import taking_turns
from seacucumber.testing import Fault, LocalSES, errors


def give_mail_from(mailer: Mailer, domain: str) -> None:
    get_admin_clients(mailer).v2.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain=domain
    )


def test_old_api_speaks_the_words_of_the_new_one(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    give_mail_from(mailer, "bounce.example.com")
    tokens = identities.verify(mailer, "shop.example").dkim_tokens

    dkim = identity_details.read_dkim(
        mailer, ["example.com", "shop.example", "who.example"]
    )
    mail_from = identity_details.read_mail_from(mailer, ["example.com", "shop.example"])

    assert dkim["shop.example"] == Dkim(status="PENDING", tokens=tokens)
    assert dkim["example.com"].status == "SUCCESS"
    assert "who.example" not in dkim
    assert mail_from == {
        "example.com": MailFrom(domain="bounce.example.com", status="SUCCESS")
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [("TemporaryFailure", "TEMPORARY_FAILURE"), ("NotStarted", "NOT_STARTED")],
)
def test_every_word_has_its_counterpart(old: str, new: str) -> None:
    assert identity_details._word(old) == new


def test_one_identity_is_told_in_full(local_ses: LocalSES, mailer: Mailer) -> None:
    give_mail_from(mailer, "bounce.example.com")

    told = identity_details.read_details(mailer, "example.com")

    assert told.identity.verified
    assert told.identity.kind == "domain"
    assert len(told.dkim.tokens) == 3
    assert told.hosted_zone == "dkim.amazonses.com"
    assert told.mail_from == MailFrom(domain="bounce.example.com", status="SUCCESS")
    assert not told.own_key


def test_dkim_that_is_switched_off_is_no_success(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    """SES has found the records, and leaves mail unsigned all the same."""
    get_admin_clients(mailer).v2.put_email_identity_dkim_attributes(
        EmailIdentity="example.com", SigningEnabled=False
    )

    assert (
        identity_details.read_details(mailer, "example.com").dkim.status
        == "SWITCHED_OFF"
    )
    told = identity_details.read_dkim(mailer, ["example.com"])["example.com"]
    assert told.status == "SWITCHED_OFF"
    assert identities.verify(mailer, "example.com").dkim_status == "SWITCHED_OFF"


def test_unknown_identity_is_not_found(mailer: Mailer) -> None:
    with pytest.raises(NotFound):
        identity_details.read_details(mailer, "who.example")


@pytest.mark.parametrize(
    ("operation", "read"),
    [
        ("GetIdentityDkimAttributes", identity_details.read_dkim),
        ("GetIdentityMailFromDomainAttributes", identity_details.read_mail_from),
    ],
)
def test_denial_names_the_permission(
    local_ses: LocalSES, mailer: Mailer, operation: str, read: object
) -> None:
    denied = errors.access_denied(f"ses:{operation}", "*")
    local_ses.faults.add(Fault.answer(denied, operation=operation))

    with pytest.raises(AccessDenied) as caught:
        read(mailer, ["example.com"])  # type: ignore[operator]

    assert caught.value.permission == f"ses:{operation}"


def test_every_attempt_waits_for_its_turn(local_ses: LocalSES, mailer: Mailer) -> None:
    local_ses.faults.add(
        Fault.answer(errors.unavailable(), operation="GetAccount", times=1)
    )
    turns: list[int] = []

    with taking_turns(lambda: turns.append(1)):
        read_account(mailer)

    assert len(turns) == local_ses.counters.control_calls == 2
    read_account(mailer)
    assert len(turns) == 2


def test_database_that_keeps_the_turns_fails_in_its_own_name(mailer: Mailer) -> None:
    """It is no answer of SES."""

    def fail() -> None:
        raise OperationalError("locked")

    with pytest.raises(OperationalError), taking_turns(fail):
        read_account(mailer)

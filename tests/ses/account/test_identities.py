"""Addresses and domains in SES."""

from __future__ import annotations

import pytest

from seacucumber.conf import Mailer
from seacucumber.exceptions import AccountError, AlreadyExists, NotFound
from seacucumber.ses.account import identities
from seacucumber.ses.account.identities import DnsRecord, Identity, Verification
from seacucumber.ses.sending.errors import translate_account
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.testing import Fault, IdentityState, LocalSES, errors


def only(ses: LocalSES) -> IdentityState:
    [state] = [row for row in ses.identities if row.name != "example.com"]
    return state


def test_address_gets_a_mail(local_ses: LocalSES, mailer: Mailer) -> None:
    result = identities.verify(mailer, "ann@example.net")

    assert result == Verification(
        name="ann@example.net", kind="address", verified=False, mail_sent=True
    )
    assert result.dns_records == ()
    assert only(local_ses).verification_mails == 1


def test_address_gets_another_mail_when_verified_again(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    identities.verify(mailer, "ann@example.net")
    result = identities.verify(mailer, "ann@example.net")

    assert result.mail_sent
    assert only(local_ses).verification_mails == 2


def test_verified_address_gets_no_mail(local_ses: LocalSES, mailer: Mailer) -> None:
    local_ses.verify("ann@example.net")

    result = identities.verify(mailer, "ann@example.net")

    assert result.verified
    assert not result.mail_sent
    assert only(local_ses).verification_mails == 0


@pytest.mark.parametrize("times", [1, 2])
def test_domain_has_records_to_publish(
    local_ses: LocalSES, mailer: Mailer, times: int
) -> None:
    for _ in range(times):
        result = identities.verify(mailer, "shop.example")

    assert not result.verified
    assert not result.mail_sent
    assert len(result.dkim_tokens) == 3
    token = result.dkim_tokens[0]
    assert result.dns_records[0] == DnsRecord(
        name=f"{token}._domainkey.shop.example",
        type="CNAME",
        value=f"{token}.dkim.amazonses.com",
    )


def test_hosted_zone_that_ses_names_is_used() -> None:
    result = Verification(
        name="shop.example",
        kind="domain",
        verified=False,
        mail_sent=False,
        dkim_tokens=("abc",),
        hosted_zone="dkim.eu-south-1.amazonses.com",
    )

    assert result.dns_records[0].value == "abc.dkim.eu-south-1.amazonses.com"


def test_domain_with_a_key_of_ones_own_has_no_cname() -> None:
    """Its only "token" is the selector of the TXT record."""
    answer = {
        "DkimAttributes": {"SigningAttributesOrigin": "EXTERNAL", "Tokens": ["ses2026"]}
    }

    result = identities._verification("shop.example", answer, mail_sent=False)

    assert result.dns_records == ()


def test_list_has_every_page(
    local_ses: LocalSES, mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "_PAGE_SIZE", 2)
    local_ses.verify("b@example.net", "d@example.net")
    for name in ("a@example.net", "c@example.net"):
        identities.verify(mailer, name)

    found = list(identities.list_identities(mailer))

    assert [(row.name, row.kind, row.verified) for row in found] == [
        ("a@example.net", "address", False),
        ("b@example.net", "address", True),
        ("c@example.net", "address", False),
        ("d@example.net", "address", True),
        ("example.com", "domain", True),
    ]
    assert found[0] == Identity(
        name="a@example.net", kind="address", status="PENDING", sending_enabled=False
    )


def test_list_of_a_thousand_takes_one_call(local_ses: LocalSES, mailer: Mailer) -> None:
    """SES allows one call per second; each page costs one."""
    local_ses.verify(*(f"a{number}@example.net" for number in range(999)))

    assert len(list(identities.list_identities(mailer))) == 1000
    assert local_ses.counters.control_calls == 1


def test_deleted_identity_is_gone(local_ses: LocalSES, mailer: Mailer) -> None:
    local_ses.verify("ann+news@example.net")

    identities.delete(mailer, "ann+news@example.net")

    assert [row.name for row in local_ses.identities] == ["example.com"]


def test_unknown_identity_cannot_be_deleted(mailer: Mailer) -> None:
    with pytest.raises(NotFound, match="DeleteEmailIdentity"):
        identities.delete(mailer, "nobody@example.net")


def test_refusal_of_the_second_mail_names_the_old_api(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    identities.verify(mailer, "ann@example.net")
    denied = errors.access_denied("ses:VerifyEmailIdentity", "*")
    local_ses.faults.add(Fault.answer(denied, operation="VerifyEmailIdentity"))

    with pytest.raises(AccountError) as caught:
        identities.verify(mailer, "ann@example.net")

    assert "ses:VerifyEmailIdentity" in str(caught.value)


def test_existing_identity_is_told_apart(mailer: Mailer) -> None:
    """The error itself, as `verify` sees it before it asks for the status."""
    identities.verify(mailer, "ann@example.net")
    clients = get_admin_clients(mailer)
    with pytest.raises(clients.v2.exceptions.AlreadyExistsException) as caught:
        clients.v2.create_email_identity(EmailIdentity="ann@example.net")

    error = translate_account(caught.value, "CreateEmailIdentity")

    assert type(error) is AlreadyExists

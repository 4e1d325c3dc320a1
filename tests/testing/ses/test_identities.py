"""Identities over both APIs: created, verified, listed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing.mail import call, mime, refusal

NEW = "new@example.org"


def test_new_address_is_pending_until_it_is_verified(ses: LocalSES, v2: Any) -> None:
    created = v2.create_email_identity(EmailIdentity=NEW)
    assert created["IdentityType"] == "EMAIL_ADDRESS"
    assert created["VerifiedForSendingStatus"] is False
    pending = v2.get_email_identity(EmailIdentity=NEW)
    assert pending["VerificationStatus"] == "PENDING"
    assert refusal(v2.send_email, **call(sender=NEW))[0] == "MessageRejected"

    ses.verify(NEW)

    verified = v2.get_email_identity(EmailIdentity=NEW)
    assert verified["VerificationStatus"] == "SUCCESS"
    assert verified["VerifiedForSendingStatus"] is True
    v2.send_email(**call(sender=NEW, raw=mime(sender=NEW)))


def test_new_domain_is_pending_and_has_three_dkim_tokens(v2: Any) -> None:
    created = v2.create_email_identity(EmailIdentity="Example.ORG")

    assert created["IdentityType"] == "DOMAIN"
    assert created["DkimAttributes"]["Status"] == "PENDING"
    assert len(set(created["DkimAttributes"]["Tokens"])) == 3
    found = v2.get_email_identity(EmailIdentity="example.org")
    assert found["DkimAttributes"]["Tokens"] == created["DkimAttributes"]["Tokens"]


def test_identity_that_is_there_cannot_be_created(v2: Any) -> None:
    code, status, _ = refusal(v2.create_email_identity, EmailIdentity="example.com")

    assert (code, status) == ("AlreadyExistsException", 400)


@pytest.mark.parametrize("name", ["", "no domain", "a@b@", "-a.org", "ann@", "ä.org"])
def test_what_is_neither_address_nor_domain_is_refused(name: str, v2: Any) -> None:
    if not name:
        name = " "

    assert refusal(v2.create_email_identity, EmailIdentity=name)[:2] == (
        "BadRequestException",
        400,
    )


def test_unknown_identity_is_not_found(v2: Any) -> None:
    for operation in (v2.get_email_identity, v2.delete_email_identity):
        found = refusal(operation, EmailIdentity="who@example.org")
        assert found[:2] == ("NotFoundException", 404)


def test_deleted_identity_sends_no_more(ses: LocalSES, v2: Any) -> None:
    v2.delete_email_identity(EmailIdentity="example.com")

    assert v2.list_email_identities()["EmailIdentities"] == []
    assert refusal(v2.send_email, **call())[0] == "MessageRejected"


def test_address_with_a_plus_survives_the_path(ses: LocalSES, v2: Any) -> None:
    name = "a+b/c@example.org"
    v2.create_email_identity(EmailIdentity=name)

    assert v2.get_email_identity(EmailIdentity=name)["VerificationStatus"] == "PENDING"


def test_list_comes_in_pages(ses: LocalSES, v2: Any) -> None:
    names = [f"n{number:02}.example" for number in range(25)]
    ses.verify(*names)

    found: list[str] = []
    token: dict[str, str] = {}
    sizes: list[int] = []
    while True:
        page = v2.list_email_identities(PageSize=10, **token)
        found += [row["IdentityName"] for row in page["EmailIdentities"]]
        sizes.append(len(page["EmailIdentities"]))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert sizes == [10, 10, 6]
    assert found == ["example.com", *names]


@pytest.mark.parametrize("token", ["nonsense", "ZnJvbSB4", "ä"])
def test_token_that_nobody_gave_is_refused(token: str, v2: Any) -> None:
    found = refusal(v2.list_email_identities, NextToken=token)

    assert found[:2] == ("BadRequestException", 400)


def test_page_size_has_bounds(v2: Any) -> None:
    assert refusal(v2.list_email_identities, PageSize=1001)[0] == "BadRequestException"


def test_list_tells_state_and_can_be_filtered(ses: LocalSES, v2: Any) -> None:
    v2.create_email_identity(EmailIdentity=NEW)

    pending = v2.list_email_identities(Filter={"VERIFICATION_STATUS": "PENDING"})
    domains = v2.list_email_identities(Filter={"IDENTITY_TYPE": "DOMAIN"})
    named = v2.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": "new@"})

    expected = {
        "IdentityType": "EMAIL_ADDRESS",
        "IdentityName": NEW,
        "SendingEnabled": False,
        "VerificationStatus": "PENDING",
    }
    assert pending["EmailIdentities"] == named["EmailIdentities"] == [expected]
    assert [row["IdentityName"] for row in domains["EmailIdentities"]] == [
        "example.com"
    ]


def test_verification_mail_can_be_sent_again(ses: LocalSES, v1: Any, v2: Any) -> None:
    v2.create_email_identity(EmailIdentity=NEW)

    v1.verify_email_identity(EmailAddress=NEW)
    v1.verify_email_address(EmailAddress=NEW)

    [state] = [row for row in ses.identities if row.name == NEW]
    assert state.verification_mails == 3
    assert state.status == "PENDING"


def test_link_expires_after_a_day_and_can_be_sent_again(
    ses: LocalSES, v1: Any, v2: Any
) -> None:
    v2.create_email_identity(EmailIdentity=NEW)
    ses.advance(24 * 3600)
    failed = v2.get_email_identity(EmailIdentity=NEW)["VerificationStatus"]

    v1.verify_email_identity(EmailAddress=NEW)

    again = v2.get_email_identity(EmailIdentity=NEW)["VerificationStatus"]
    assert (failed, again) == ("FAILED", "PENDING")


def test_domain_has_three_days(ses: LocalSES, v2: Any) -> None:
    v2.create_email_identity(EmailIdentity="example.org")
    ses.advance(71 * 3600)
    before = v2.get_email_identity(EmailIdentity="example.org")["VerificationStatus"]
    ses.advance(2 * 3600)
    after = v2.get_email_identity(EmailIdentity="example.org")["VerificationStatus"]

    assert (before, after) == ("PENDING", "FAILED")


def test_identity_verifies_itself_if_the_demo_wants_it(ses: LocalSES, v2: Any) -> None:
    ses.configure(verify_after_s=20)
    v2.create_email_identity(EmailIdentity=NEW)
    assert v2.get_email_identity(EmailIdentity=NEW)["VerificationStatus"] == "PENDING"

    ses.advance(20)

    assert v2.get_email_identity(EmailIdentity=NEW)["VerificationStatus"] == "SUCCESS"


def test_lost_verification_stops_the_mail(ses: LocalSES, v2: Any) -> None:
    ses.unverify("example.com")

    assert refusal(v2.send_email, **call())[0] == "MessageRejected"
    found = v2.get_email_identity(EmailIdentity="example.com")
    assert found["VerificationStatus"] == "PENDING"


def test_v1_lists_names_and_states(ses: LocalSES, v1: Any) -> None:
    v1.verify_email_identity(EmailAddress=NEW)

    assert v1.list_identities()["Identities"] == ["example.com", NEW]
    assert v1.list_identities(IdentityType="Domain")["Identities"] == ["example.com"]
    assert v1.list_identities(IdentityType="EmailAddress")["Identities"] == [NEW]
    states = v1.get_identity_verification_attributes(
        Identities=["example.com", NEW, "who@example.org"]
    )["VerificationAttributes"]
    assert sorted(states) == ["example.com", NEW]
    assert states["example.com"]["VerificationStatus"] == "Success"
    assert states[NEW] == {"VerificationStatus": "Pending"}


def test_v1_deletes_what_is_not_there_as_well(ses: LocalSES, v1: Any) -> None:
    v1.delete_identity(Identity="example.com")
    v1.delete_identity(Identity="example.com")

    assert ses.identities == []


def test_v1_asks_for_a_hundred_identities_at_most(v1: Any) -> None:
    names = [f"n{number}.example" for number in range(101)]

    for operation in (
        v1.get_identity_verification_attributes,
        v1.get_identity_dkim_attributes,
        v1.get_identity_mail_from_domain_attributes,
    ):
        found = refusal(operation, Identities=names)
        assert found[0] == "InvalidParameterValue"


def test_v1_tells_dkim_of_a_hundred_identities(ses: LocalSES, v1: Any, v2: Any) -> None:
    v2.create_email_identity(EmailIdentity="example.org")
    v2.create_email_identity(EmailIdentity=NEW)

    told = v1.get_identity_dkim_attributes(
        Identities=["example.com", "example.org", NEW, "who.example"]
    )["DkimAttributes"]

    assert sorted(told) == ["example.com", "example.org", NEW]
    assert told["example.com"]["DkimVerificationStatus"] == "Success"
    assert told["example.org"]["DkimVerificationStatus"] == "Pending"
    dkim = v2.get_email_identity(EmailIdentity="example.org")["DkimAttributes"]
    assert told["example.org"]["DkimTokens"] == dkim["Tokens"]
    assert told["example.org"]["DkimEnabled"] is True
    assert told[NEW] == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}


def test_mail_from_domain_is_told_by_both_apis(ses: LocalSES, v1: Any, v2: Any) -> None:
    v2.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="bounce.example.com"
    )

    old = v1.get_identity_mail_from_domain_attributes(
        Identities=["example.com", "who.example"]
    )["MailFromDomainAttributes"]
    new = v2.get_email_identity(EmailIdentity="example.com")["MailFromAttributes"]

    assert old == {
        "example.com": {
            "MailFromDomain": "bounce.example.com",
            "MailFromDomainStatus": "Success",
            "BehaviorOnMXFailure": "UseDefaultValue",
        }
    }
    assert new == {
        "MailFromDomain": "bounce.example.com",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }
    v2.put_email_identity_mail_from_attributes(EmailIdentity="example.com")
    gone = v2.get_email_identity(EmailIdentity="example.com")["MailFromAttributes"]
    assert "MailFromDomain" not in gone


def test_mail_from_domain_is_one_of_the_identitys_own(v2: Any) -> None:
    found = refusal(
        v2.put_email_identity_mail_from_attributes,
        EmailIdentity="example.com",
        MailFromDomain="bounce.example.org",
    )

    assert found[0] == "BadRequestException"


def test_configuration_sets_come_and_go(ses: LocalSES, v2: Any) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")
    assert v2.list_configuration_sets()["ConfigurationSets"] == ["news"]
    again = refusal(v2.create_configuration_set, ConfigurationSetName="news")
    assert again[:2] == ("AlreadyExistsException", 400)
    found = v2.get_configuration_set(ConfigurationSetName="news")
    assert found["SendingOptions"] == {"SendingEnabled": True}

    v2.delete_configuration_set(ConfigurationSetName="news")

    assert ses.configuration_sets == {}
    for operation in (v2.get_configuration_set, v2.delete_configuration_set):
        missing = refusal(operation, ConfigurationSetName="news")
        assert missing == (
            "NotFoundException",
            404,
            "Configuration set news does not exist.",
        )

"""The link of a verification mail: whoever opens it verifies the address."""

from __future__ import annotations

from typing import Any

from seacucumber.testing import LocalSES
from tests.testing.control.test_inbox_page import Elements, get
from tests.testing.mail import call, mime


def link(ses: LocalSES) -> str:
    [link] = Elements(get(ses, "/")[2]).links
    return link


def test_address_is_verified_by_the_link_that_the_page_shows(
    ses: LocalSES, v2: Any
) -> None:
    v2.create_email_identity(EmailIdentity="new@example.org")
    page = Elements(get(ses, "/")[2])
    assert "Verify new@example.org" in page.text

    status, _, text = get(ses, page.links[0])

    assert (status, text) == (200, "new@example.org is verified.\n")
    v2.send_email(**call(sender="new@example.org", raw=mime(sender="new@example.org")))
    assert "Verify" not in get(ses, "/")[2]
    assert get(ses, page.links[0])[0] == 404


def test_a_later_mail_has_another_link(ses: LocalSES, v1: Any) -> None:
    v1.verify_email_identity(EmailAddress="new@example.org")
    first = link(ses)
    v1.verify_email_identity(EmailAddress="new@example.org")

    assert get(ses, first)[0] == 404
    assert get(ses, link(ses))[0] == 200


def test_link_expires_after_a_day(ses: LocalSES, v2: Any) -> None:
    """Verifying an email address identity, developer guide: "24 hours"."""
    v2.create_email_identity(EmailIdentity="new@example.org")
    target = link(ses)
    ses.advance(24 * 3600)

    status, _, text = get(ses, target)

    assert status == 404
    assert "expired" in text


def test_domain_has_no_link_and_none_opens_it(ses: LocalSES, v2: Any) -> None:
    v2.create_email_identity(EmailIdentity="example.org")

    assert Elements(get(ses, "/")[2]).links == []
    assert get(ses, "/_local/verification/")[0] == 404
    assert ses.identities[1].status == "PENDING"


def test_name_of_a_machine_that_points_here_opens_no_link(
    ses: LocalSES, v2: Any
) -> None:
    v2.create_email_identity(EmailIdentity="new@example.org")

    assert get(ses, link(ses), Host="attacker.example")[0] == 403
    assert ses.identities[-1].status == "PENDING"

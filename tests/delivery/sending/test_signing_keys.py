"""Which key signs which mail, and what becomes of mail that none can sign."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from seacucumber.conf import get_mailer
from seacucumber.enums import (
    AttemptOutcome,
    DkimUse,
    HoldCause,
    HoldScope,
    IdentityKind,
    IdentityStatus,
    MessageState,
)
from seacucumber.models import DkimKey, Hold, Identity
from seacucumber.signing import to_pem
from seacucumber.testing import LocalSES
from tests.delivery.keys import now, private_key, signatures, stored_key, verifies
from tests.queue import RAW, attempts, drain, fresh, probe_now, put, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "new_process")]


def sent(ses: LocalSES, sender: str = "post@example.com") -> list[tuple[str, str]]:
    """Send one mail; return domain and selector of its signatures."""
    ses.verify(sender.rpartition("@")[2])
    raw = RAW.replace(b"post@example.com", sender.encode())
    put(sender=sender, raw=raw)
    assert drain().sent == 1
    found = signatures(ses.inbox[-1].raw)
    if found:
        assert verifies(ses.inbox[-1].raw)
    return found


def use_settings_key(settings: Any, domain: str = "example.com") -> None:
    settings.DKIM_DOMAIN = domain
    settings.DKIM_PRIVATE_KEY = to_pem(private_key(9)).decode()


def identity(name: str, dkim_status: str, pace_key: str = "") -> None:
    Identity.objects.create(
        pace_key=pace_key or get_mailer().pace_key,
        mailer="default",
        name=name,
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        dkim_status=dkim_status,
        refreshed_at=timezone.now(),
    )


def test_mail_is_signed_with_the_active_key_of_its_domain(ses: LocalSES) -> None:
    stored_key(selector="pending", active=False, number=1)
    stored_key(selector="for-ses", use=DkimUse.SES, number=2)
    stored_key("example.org", "other", number=3)
    stored_key(selector="one")

    assert sent(ses) == [("example.com", "one")]
    assert sent(ses, "Post@EXAMPLE.com") == [("example.com", "one")]
    assert sent(ses, "post@example.net") == []


def test_the_most_specific_domain_wins(ses: LocalSES) -> None:
    stored_key("example.com", "top", number=1)
    stored_key("shop.example.com", "shop", number=2, cover_subdomains=False)

    assert sent(ses, "a@shop.example.com") == [("shop.example.com", "shop")]
    # That key is for its own domain alone; the one above covers what is below.
    assert sent(ses, "a@eu.shop.example.com") == [("example.com", "top")]
    assert sent(ses, "a@notexample.com") == []


def test_a_key_that_covers_nothing_below_signs_its_own_domain_only(
    ses: LocalSES,
) -> None:
    stored_key(cover_subdomains=False)

    assert sent(ses) == [("example.com", "one")]
    assert sent(ses, "a@mail.example.com") == []


def test_a_key_in_the_database_wins_over_the_settings(
    ses: LocalSES, settings: Any
) -> None:
    use_settings_key(settings)
    stored_key(selector="one")

    assert sent(ses) == [("example.com", "one")]
    assert sent(ses, "a@mail.example.com") == [("example.com", "one")]


def test_settings_for_a_more_specific_domain_sign_for_it(
    ses: LocalSES, settings: Any
) -> None:
    use_settings_key(settings, "mail.example.com")
    stored_key(selector="one")
    stored_key("mail.example.com", "ses", number=9, active=False)

    assert sent(ses, "a@mail.example.com") == [("mail.example.com", "ses")]
    assert sent(ses) == [("example.com", "one")]


def test_a_key_of_the_settings_that_was_revoked_signs_no_more(
    ses: LocalSES, settings: Any
) -> None:
    """It was imported, found to be stolen, and is still in the settings."""
    use_settings_key(settings)
    key = stored_key(selector="ses", number=9)
    assert DkimKey.objects.revoke(key, now())

    assert sent(ses) == []


def test_where_ses_signs_we_do_not_sign_too(ses: LocalSES, settings: Any) -> None:
    stored_key()
    identity("example.com", IdentityStatus.VERIFIED)

    assert sent(ses) == []

    DkimKey.objects.update(beside_ses=True)
    assert sent(ses) == [("example.com", "one")]

    # The settings say so themselves.
    DkimKey.objects.update(beside_ses=False, domain="other.example")
    use_settings_key(settings)
    put()
    drain()
    assert signatures(ses.inbox[-1].raw) == [("example.com", "ses")]


@pytest.mark.parametrize(
    ("name", "dkim_status", "pace_key"),
    [
        ("example.com", IdentityStatus.PENDING, ""),
        ("example.com", IdentityStatus.FAILED, ""),
        ("example.com", "switched-off", ""),
        ("example.com", "", ""),
        ("example.net", IdentityStatus.VERIFIED, ""),
        ("example.com", IdentityStatus.VERIFIED, "another/eu-central-1"),
    ],
)
def test_where_ses_does_not_sign_we_do(
    ses: LocalSES, name: str, dkim_status: str, pace_key: str
) -> None:
    stored_key()
    identity(name, dkim_status, pace_key)

    assert sent(ses) == [("example.com", "one")]


def test_a_key_that_cannot_be_opened_holds_the_mail_of_its_domain(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    stored_key()
    kept = settings.CUCUMBER_DKIM_ENCRYPTION_KEYS
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    ses.verify("other.example")
    held = put()
    free = put(
        sender="a@other.example", raw=RAW.replace(b"example.com", b"other.example")
    )

    drain()

    assert (state(held), state(free)) == (MessageState.QUEUED, MessageState.SENT)
    assert attempts(held)[0].outcome == AttemptOutcome.HELD
    hold = Hold.objects.get()
    assert (hold.scope, hold.value) == (HoldScope.SENDER, "example.com")
    assert hold.cause == HoldCause.SIGNING
    assert "example.com/one cannot be opened" in hold.detail

    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = kept
    probe_now()
    drain()
    assert state(held) == MessageState.SENT
    assert not Hold.objects.exists()


def test_a_private_key_of_another_row_does_not_sign(ses: LocalSES) -> None:
    """Somebody could write to the database, and knows a key of a domain of his own."""
    stranger = stored_key("example.net", "two", number=2)
    key = stored_key()
    DkimKey.objects.filter(pk=key.pk).update(
        private_key_sealed=stranger.private_key_sealed
    )
    message = put()

    drain()

    assert state(message) == MessageState.QUEUED
    assert "tampered" in Hold.objects.get().detail


def test_mail_may_leave_unsigned_where_a_setting_allows_it(
    ses: LocalSES, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CUCUMBER_DKIM_ON_ERROR = "send-unsigned"
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    stored_key()
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with caplog.at_level(logging.WARNING, "seacucumber"):
        assert sent(ses) == []

    assert "leaves unsigned" in caplog.text
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUCUMBER_DKIM_HEADERS", ["From", "Date"]),
        ("CUCUMBER_DKIM_HEADERS", "From"),
        ("CUCUMBER_DKIM_ON_ERROR", "shrug"),
        ("CUCUMBER_DKIM_ENCRYPTION_KEYS", ["no key"]),
    ],
)
def test_a_setting_that_is_wrong_holds_the_mail(
    ses: LocalSES, settings: Any, name: str, value: object
) -> None:
    stored_key()
    setattr(settings, name, value)
    message = put()

    drain()

    assert state(message) == MessageState.QUEUED
    hold = Hold.objects.get()
    assert (hold.scope, hold.cause) == (HoldScope.SENDER, HoldCause.SIGNING)


def test_a_message_that_no_key_can_sign_fails_alone(ses: LocalSES) -> None:
    stored_key()
    bad = put(raw=RAW.replace(b"Hello Ann\r\n", b"Hello\nAnn\r\n"))
    good = put()

    drain()

    assert (state(bad), state(good)) == (MessageState.FAILED, MessageState.SENT)
    assert fresh(bad).reason == "UnsignableMessage"
    assert "not CRLF" in fresh(bad).last_error
    assert not Hold.objects.exists()


def test_settings_that_cannot_sign_do_not_stop_what_the_database_signs(
    ses: LocalSES, settings: Any
) -> None:
    stored_key()
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = "no key"

    assert sent(ses) == [("example.com", "one")]

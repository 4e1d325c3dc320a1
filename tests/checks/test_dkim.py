"""Checks of the DKIM settings: ids of their own, and no secret in their words."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.core.management import call_command

from seacucumber.checks import check_settings
from seacucumber.checks.dkim import check_stored_keys
from seacucumber.enums import DkimUse
from seacucumber.models import DkimKey
from seacucumber.signing import to_pem
from tests.delivery.keys import now, private_key, stored_key
from tests.signing.signed import key


def found() -> list[str]:
    return [str(message.id) for message in check_settings()]


def stored() -> list[str]:
    return [str(message.id) for message in check_stored_keys(databases=["default"])]


@pytest.fixture
def _own_encryption_key(settings: Any) -> None:
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUCUMBER_DKIM_ENCRYPTION_KEYS", ["not a Fernet key"]),
        ("CUCUMBER_DKIM_ENCRYPTION_KEYS", "not a list"),
        ("CUCUMBER_DKIM_ROTATE_AFTER", "a while"),
        ("CUCUMBER_DKIM_RETIRE_AFTER", -1),
        ("CUCUMBER_DKIM_ON_ERROR", "shrug"),
        ("CUCUMBER_DKIM_HEADERS", "From"),
    ],
)
def test_e011_a_setting_of_the_stored_keys_is_wrong(
    settings: Any, name: str, value: object
) -> None:
    setattr(settings, name, value)

    (message,) = check_settings()

    assert message.id == "seacucumber.E011"
    assert name in message.msg
    assert "not a " not in message.msg.partition(" must ")[0]


def test_e011_never_repeats_a_key(settings: Any) -> None:
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = ["secret words"]

    (message,) = check_settings()

    assert "secret words" not in str(message)
    assert "Fernet.generate_key()" in message.msg


@pytest.mark.parametrize("headers", [["From", "Date"], ["To"], ["From", "bad name"]])
def test_e012_headers_that_must_not_be_signed(
    settings: Any, headers: list[str]
) -> None:
    settings.CUCUMBER_DKIM_HEADERS = headers

    assert found() == ["seacucumber.E012"]


def test_w006_and_w007_a_key_that_receivers_do_not_trust(settings: Any) -> None:
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = to_pem(ed25519.Ed25519PrivateKey.generate())
    assert found() == ["seacucumber.W006"]

    settings.DKIM_PRIVATE_KEY = to_pem(private_key())
    assert found() == ["seacucumber.W007"]

    settings.DKIM_PRIVATE_KEY = to_pem(key())
    assert found() == []


@pytest.mark.django_db
def test_w003_stored_keys_that_only_the_secret_key_opens(settings: Any) -> None:
    assert stored() == []
    stored_key()
    assert stored() == ["seacucumber.W003"]

    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [Fernet.generate_key()]
    assert stored() == []


@pytest.mark.django_db
def test_w003_is_silent_once_no_private_key_is_left() -> None:
    assert DkimKey.objects.revoke(stored_key(), now())

    assert stored() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_own_encryption_key")
def test_w004_a_key_in_the_settings_and_one_in_the_database(settings: Any) -> None:
    settings.DKIM_DOMAIN = "Example.com"
    settings.DKIM_PRIVATE_KEY = to_pem(key()).decode()
    stored_key("example.org", "one")
    stored_key("example.com", "two", active=False)
    stored_key("example.com", "three", use=DkimUse.SES)
    assert stored() == []

    stored_key("example.com", "four")

    (message,) = check_stored_keys(databases=["default"])
    assert message.id == "seacucumber.W004"
    assert "example.com" in message.msg


@pytest.mark.django_db
@pytest.mark.usefixtures("_own_encryption_key")
def test_w005_a_key_in_the_settings_that_was_revoked(settings: Any) -> None:
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = to_pem(key()).decode()
    imported = stored_key(selector="ses")
    assert stored() == ["seacucumber.W004"]

    assert DkimKey.objects.revoke(imported, now())

    (message,) = check_stored_keys(databases=["default"])
    assert message.id == "seacucumber.W005"
    assert "mail leaves unsigned" in message.msg


@pytest.mark.django_db
def test_the_database_is_asked_only_when_it_may_be(
    django_assert_num_queries: Any,
) -> None:
    stored_key()
    with django_assert_num_queries(0):
        assert check_stored_keys(databases=None) == []
        assert check_stored_keys(databases=["other"]) == []
    call_command("check", databases=["default"])


@pytest.mark.django_db
def test_before_migrate_there_is_no_table_to_look_into(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DkimKey._meta, "db_table", "not_made_yet")

    assert stored() == []

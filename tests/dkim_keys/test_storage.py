"""Private keys at rest."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core import serializers

from seacucumber import dkim_keys
from seacucumber.dkim_keys import KeyUnreadable, WrongState
from seacucumber.dkim_keys import storage as keeping
from seacucumber.dkim_keys.storage import private_key_of
from seacucumber.models import DkimKey
from seacucumber.signing import public_key_of
from tests.dkim_keys.keys import again, new

pytestmark = pytest.mark.django_db


def test_database_and_dumps_have_it_sealed_only() -> None:
    key = new()
    dump = serializers.serialize("json", DkimKey.objects.all())

    assert key.private_key_sealed in dump
    assert "PRIVATE KEY" not in dump
    assert public_key_of(private_key_of(key)).fingerprint == key.fingerprint


def test_destroyed_key_is_told_as_such() -> None:
    key = dkim_keys.abandon(new(), actor="ann")

    with pytest.raises(WrongState, match="destroyed"):
        private_key_of(key)


def test_key_of_another_row_is_not_taken_for_this_ones() -> None:
    key, other = new("example.com"), new("example.org")
    DkimKey.objects.filter(pk=key.pk).update(
        private_key_sealed=other.private_key_sealed
    )

    with pytest.raises(KeyUnreadable, match=r"example\.com"):
        private_key_of(again(key))


class TestReencrypt:
    def test_new_encryption_key_takes_over_from_secret_key(self, settings: Any) -> None:
        keys = [new(), new()]
        dkim_keys.abandon(new(), actor="ann")
        first = Fernet.generate_key().decode()
        settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [first]

        assert dkim_keys.reencrypt() == 2

        settings.SECRET_KEY = "another one"
        for key in keys:
            assert private_key_of(again(key))
            assert Fernet(first).decrypt(again(key).private_key_sealed)

    def test_old_encryption_key_may_go_afterwards(self, settings: Any) -> None:
        old, fresh = (Fernet.generate_key().decode() for _ in range(2))
        settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [old]
        key = new()
        settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [fresh, old]

        dkim_keys.reencrypt()

        settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [fresh]
        assert private_key_of(again(key))
        with pytest.raises(InvalidToken):
            Fernet(old).decrypt(again(key).private_key_sealed)

    def test_key_that_is_destroyed_meanwhile_stays_destroyed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key, reseal = new(), keeping.reseal

        def slowly(token: str, **options: Any) -> str:
            dkim_keys.revoke(again(key), actor="bob", reason="Lost.")
            return reseal(token, **options)

        monkeypatch.setattr(keeping, "reseal", slowly)

        assert dkim_keys.reencrypt() == 0
        assert again(key).private_key_sealed == ""

    def test_key_that_cannot_be_opened_is_named_and_kept(self, settings: Any) -> None:
        key = new()
        settings.SECRET_KEY = "another one"

        with pytest.raises(KeyUnreadable, match=key.selector):
            dkim_keys.reencrypt()
        assert again(key).private_key_sealed == key.private_key_sealed

    def test_rotated_secret_key_opens_through_its_fallback(self, settings: Any) -> None:
        key = new()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another one"

        assert private_key_of(again(key))
        assert dkim_keys.reencrypt() == 1
        settings.SECRET_KEY_FALLBACKS = []
        assert private_key_of(again(key))

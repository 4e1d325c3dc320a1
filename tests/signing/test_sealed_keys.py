"""Private keys at rest: who opens them, and who does not."""

from __future__ import annotations

import base64

import pytest
from cryptography.fernet import Fernet

from seacucumber.signing import (
    KeyUnreadable,
    SealingKeys,
    SigningError,
    reseal,
    seal,
    unseal,
)

FIRST = Fernet.generate_key().decode()
SECOND = Fernet.generate_key().decode()
HERE = "example.com/ses"
BY_SECRET = SealingKeys(secrets=("old secret key",))


def test_a_sealed_key_opens_for_its_own_domain_and_selector_only() -> None:
    """Who can write to the database cannot put one domain's key in another's place."""
    keys = SealingKeys(explicit=(FIRST,))
    token = seal(b"private words", context=HERE, keys=keys)

    assert unseal(token, context=HERE, keys=keys) == b"private words"
    assert "private" not in token
    assert base64.b64encode(b"private words").decode() not in token
    for other in ("example.com/other", "example.org/ses", "", HERE.upper()):
        with pytest.raises(KeyUnreadable, match="was sealed for something else"):
            unseal(token, context=other, keys=keys)


@pytest.mark.parametrize(
    "keys",
    [
        SealingKeys(explicit=(SECOND,)),
        SealingKeys(secrets=("another secret key",)),
        SealingKeys(explicit=(SECOND,), secrets=("old secret key ",)),
    ],
)
def test_with_other_keys_it_is_an_error_that_says_what_to_do(keys: SealingKeys) -> None:
    for token in (
        seal(b"private", context=HERE, keys=SealingKeys(explicit=(FIRST,))),
        seal(b"private", context=HERE, keys=BY_SECRET),
        "no token",
        "",
        "é",
    ):
        with pytest.raises(KeyUnreadable, match="Put the key back") as caught:
            unseal(token, context=HERE, keys=keys)
        assert HERE in str(caught.value)
        assert not token or token not in str(caught.value)


def test_a_tampered_token_is_refused() -> None:
    token = seal(b"private", context=HERE, keys=BY_SECRET)
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"

    with pytest.raises(KeyUnreadable):
        unseal(
            token[:middle] + other + token[middle + 1 :], context=HERE, keys=BY_SECRET
        )


def test_a_token_that_the_same_key_has_made_for_another_purpose_is_refused() -> None:
    keys = SealingKeys(explicit=(FIRST,))
    for content in (b"a text", b"[1]", b"{}", b'{"context": 1}', b"\xff"):
        token = Fernet(FIRST).encrypt(content).decode()
        with pytest.raises(KeyUnreadable, match="something else"):
            unseal(token, context=HERE, keys=keys)


def test_a_new_secret_key_opens_what_its_fallback_has_sealed() -> None:
    token = seal(b"private", context=HERE, keys=BY_SECRET)
    now = SealingKeys(secrets=("new secret key", "old secret key"))

    assert unseal(token, context=HERE, keys=now) == b"private"
    again = reseal(token, context=HERE, keys=now)
    alone = SealingKeys(secrets=("new secret key",))
    assert unseal(again, context=HERE, keys=alone) == b"private"


def test_keys_of_ones_own_come_before_the_secret_key_and_rotate() -> None:
    token = seal(b"private", context=HERE, keys=BY_SECRET)
    with_first = SealingKeys(explicit=(FIRST,), secrets=("old secret key",))
    with_both = SealingKeys(explicit=(SECOND, FIRST), secrets=("old secret key",))

    by_first = reseal(token, context=HERE, keys=with_first)
    by_second = reseal(by_first, context=HERE, keys=with_both)

    assert unseal(by_second, context=HERE, keys=SealingKeys(explicit=(SECOND,)))
    with pytest.raises(KeyUnreadable):
        unseal(by_second, context=HERE, keys=with_first)


def test_a_secret_key_of_bytes_is_the_same_as_its_text() -> None:
    token = seal(
        b"private", context=HERE, keys=SealingKeys(secrets=(b"old secret key",))
    )

    assert unseal(token, context=HERE, keys=BY_SECRET) == b"private"


def test_resealing_needs_the_right_context_too() -> None:
    token = seal(b"private", context=HERE, keys=BY_SECRET)

    with pytest.raises(KeyUnreadable):
        reseal(token, context="example.com/other", keys=BY_SECRET)


@pytest.mark.parametrize("keys", [SealingKeys(), SealingKeys(explicit=("no key",))])
def test_nothing_is_sealed_without_a_proper_key(keys: SealingKeys) -> None:
    with pytest.raises(SigningError) as caught:
        seal(b"private", context=HERE, keys=keys)
    assert "no key" not in str(caught.value).replace("There is no key", "")


def test_the_keys_are_never_shown() -> None:
    shown = repr(SealingKeys(explicit=(FIRST,), secrets=("old secret key",)))

    assert shown == "SealingKeys()"

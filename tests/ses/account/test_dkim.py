"""Who signs for a domain in SES, and what of it is logged."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from seacucumber.conf import Mailer
from seacucumber.exceptions import AccessDenied, AccountError, NotFound
from seacucumber.ses.account import dkim
from seacucumber.ses.account.identity_details import read_details
from seacucumber.ses.account.log_masks import MASK, unlogged
from seacucumber.signing import generate_private_key, to_pkcs1_der_b64
from seacucumber.testing import Fault, LocalSES, errors

KEY = to_pkcs1_der_b64(generate_private_key(bits=1024))


def bring(mailer: Mailer, domain: str = "example.com", key: str = KEY) -> str:
    return dkim.bring_own_key(mailer, domain, selector="mail", private_key_b64=key)


def test_key_is_taken_and_followed(local_ses: LocalSES, mailer: Mailer) -> None:
    assert bring(mailer) == "PENDING"

    details = read_details(mailer, "example.com")
    assert details.own_key
    assert details.dkim.tokens == ("mail",)
    assert details.dkim.status == "PENDING"
    local_ses.verify("example.com")
    assert read_details(mailer, "example.com").dkim.status == "SUCCESS"


def test_easy_dkim_takes_over_again(local_ses: LocalSES, mailer: Mailer) -> None:
    bring(mailer)

    assert dkim.use_easy_dkim(mailer, "example.com") == "SUCCESS"
    assert not read_details(mailer, "example.com").own_key


def test_domain_that_ses_does_not_have_is_told(
    local_ses: LocalSES, mailer: Mailer
) -> None:
    with pytest.raises(NotFound):
        bring(mailer, "example.org")
    with pytest.raises(NotFound):
        dkim.use_easy_dkim(mailer, "example.org")


def test_missing_permission_is_named(local_ses: LocalSES, mailer: Mailer) -> None:
    operation = "PutEmailIdentityDkimSigningAttributes"
    denied = errors.access_denied(f"ses:{operation}", "*")
    local_ses.faults.add(Fault.answer(denied, operation=operation))

    with pytest.raises(AccessDenied) as caught:
        bring(mailer)

    assert caught.value.permission == f"ses:{operation}"


def test_error_says_nothing_of_the_key(local_ses: LocalSES, mailer: Mailer) -> None:
    for key in (KEY[:-1] + "!", f"-----BEGIN PRIVATE KEY-----{KEY}"):
        with pytest.raises(AccountError) as caught:
            bring(mailer, key=key)
        assert KEY[:20] not in str(caught.value)


def test_key_is_in_no_log_however_much_is_logged(
    local_ses: LocalSES, mailer: Mailer, caplog: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        bring(mailer)
        with pytest.raises(AccountError):
            bring(mailer, "example.org")

    assert MASK in caplog.text
    assert KEY not in caplog.text
    assert KEY[10:60] not in caplog.text


def test_without_the_filter_botocore_would_have_logged_it(
    local_ses: LocalSES, mailer: Mailer, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above keeps meaning something."""
    monkeypatch.setattr(dkim, "unlogged", lambda secret: unlogged("another secret"))

    with caplog.at_level(logging.DEBUG):
        bring(mailer)

    assert KEY in caplog.text

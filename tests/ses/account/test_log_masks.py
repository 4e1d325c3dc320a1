"""Secrets stay out of the logs of AWS's libraries."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from seacucumber.ses.account.log_masks import MASK, unlogged


@pytest.mark.parametrize(
    "arguments",
    [
        ("body: secret-words",),
        ("body: %s", "secret-words"),
        ("body: %(body)s", {"body": b"secret-words"}),
        ("%s: %s and %s", "body", {"key": "secret-words"}, 1),
    ],
)
def test_secret_is_masked_wherever_it_stands(arguments: Any, caplog: Any) -> None:
    logger = logging.getLogger("botocore.endpoint")

    with caplog.at_level(logging.DEBUG), unlogged("secret-words"):
        logger.debug(*arguments)

    assert "secret-words" not in caplog.text
    assert MASK in caplog.text
    assert "body" in caplog.text


def test_what_is_no_secret_is_logged_as_ever(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG), unlogged("secret-words"):
        logging.getLogger("botocore.endpoint").debug("%s is %d", "one", 1)

    assert "one is 1" in caplog.text


def test_filter_is_there_for_the_call_only() -> None:
    logger = logging.getLogger("botocore.endpoint")
    before = list(logger.filters)

    with unlogged("secret-words"):
        assert len(logger.filters) == len(before) + 1

    assert logger.filters == before

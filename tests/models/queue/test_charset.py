"""Subjects on databases that cannot store all of Unicode."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection

from seacucumber.models import BodyChunk, Message
from seacucumber.models.queue.charset import displayable, narrow_charset
from tests.queue import put

pytestmark = pytest.mark.django_db(transaction=True)

#: U+1F389 takes four bytes in UTF-8, U+20AC three, U+00E9 two.
PARTY = "Caf\u00e9 \U0001f389 10 \u20ac"


def set_charset(charset: str) -> None:
    """Give the subject's column another character set; MySQL and MariaDB only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE seacucumber_message MODIFY subject"
            f" varchar(200) CHARACTER SET {charset} NOT NULL"
        )
    narrow_charset.cache_clear()


@pytest.fixture(params=["utf8mb3", "latin1"])
def narrow(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of an older MySQL; elsewhere there is none."""
    if connection.vendor != "mysql":
        pytest.skip("Only MySQL and MariaDB have columns that lack characters.")
    set_charset(request.param)
    yield request.param
    Message.objects.all().delete()
    set_charset("utf8mb4")


def test_all_of_unicode_is_stored() -> None:
    assert put(subject=PARTY).subject == PARTY
    assert Message.objects.get().subject == PARTY
    assert narrow_charset("default") == ""


def test_an_emoji_costs_its_mark_and_not_the_mail(narrow: str) -> None:
    shown = {
        "utf8mb3": "Caf\u00e9 \ufffd 10 \u20ac",
        "latin1": "Caf? ? 10 ?",
    }

    message = put(subject=PARTY, raw=PARTY.encode())

    assert Message.objects.get().subject == shown[narrow]
    assert BodyChunk.objects.of([message.pk])[message.pk] == PARTY.encode()


def test_w031_the_column_is_named(narrow: str) -> None:
    found = run_checks(tags=[Tags.database], databases=["default"])

    assert [m.id for m in found if narrow in m.msg] == ["seacucumber.W031"]


def test_plain_text_is_left_alone_without_a_question() -> None:
    assert displayable("Hello", "no such database") == "Hello"

"""Mail about errors: queued, whatever becomes of the transaction they happen in."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.core import mail
from django.db import DatabaseError, connection, connections, transaction
from django.utils import log

from seacucumber.log import AdminEmailHandler
from seacucumber.models import Message

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("backend"),
]


@pytest.fixture(autouse=True)
def _admins(settings: Any) -> None:
    settings.ADMINS = (
        ["ops@example.com"]
        if django.VERSION >= (6, 0)
        else [("Operations", "ops@example.com")]
    )


@pytest.fixture
def shop() -> Iterator[logging.Logger]:
    """A project's logger that mails its errors by our handler."""
    logger = logging.getLogger("shop")
    handler = AdminEmailHandler()
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def subjects(count: int) -> list[str]:
    """Wait until so many mails are queued, and return their subjects."""
    deadline_s = time.monotonic() + 30
    while Message.objects.count() < count and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return sorted(Message.objects.values_list("subject", flat=True))


def test_an_error_outside_a_transaction_is_queued_at_once(shop: logging.Logger) -> None:
    shop.error("The till is empty")

    assert list(Message.objects.values_list("subject", flat=True)) == [
        "[Django] ERROR: The till is empty"
    ]


def test_an_error_that_ends_its_transaction_is_told_all_the_same(
    shop: logging.Logger,
) -> None:
    with transaction.atomic():
        mail.send_mail("Your order", "Thanks", "post@example.com", ["ann@example.org"])
        shop.error("The till is empty")
        transaction.set_rollback(True)

    assert subjects(1) == ["[Django] ERROR: The till is empty"]


def break_down(shop: logging.Logger) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            cursor.execute("SELECT nothing FROM nowhere")
        except DatabaseError:
            shop.exception("The till is broken")
            raise


def test_an_error_in_a_transaction_that_is_broken_is_told(
    shop: logging.Logger,
) -> None:
    with pytest.raises(DatabaseError):
        break_down(shop)

    assert subjects(1) == ["[Django] ERROR: The till is broken"]


def test_djangos_own_handler_loses_it(shop: logging.Logger) -> None:
    handler = log.AdminEmailHandler()

    with transaction.atomic():
        handler.handle(shop.makeRecord("shop", 40, "", 1, "Gone", (), None))
        transaction.set_rollback(True)

    assert not Message.objects.exists()


def test_many_errors_in_one_transaction_do_not_make_as_many_threads(
    shop: logging.Logger,
) -> None:
    with transaction.atomic():
        for number in range(20):
            shop.error("Error %d", number)

    assert len(subjects(20)) == 20


def test_a_database_that_is_away_hides_no_error_behind_another(
    shop: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(execute: Any, *args: Any) -> Any:
        raise DatabaseError("it is away, says row of ann@example.org")

    with connection.execute_wrapper(away):
        shop.error("The till is empty")

    assert "ann@example.org" not in capsys.readouterr().err
    connections.close_all()
    assert not Message.objects.exists()

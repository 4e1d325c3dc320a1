"""Row locks by key."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from seacucumber.models import ControlPace, Pace
from seacucumber.models.locking import lock_by_key


@pytest.mark.django_db(transaction=True)
def test_second_holder_waits_for_the_first() -> None:
    ControlPace.objects.create(key="a/b")
    locked, order = threading.Event(), list[str]()

    def hold() -> None:
        with transaction.atomic():
            lock_by_key(ControlPace.objects.all(), "a/b")
            locked.set()
            time.sleep(0.3)
            order.append("first")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(10)
    with transaction.atomic():
        lock_by_key(ControlPace.objects.all(), "a/b")
        order.append("second")
    thread.join(10)

    assert order == ["first", "second"]


@pytest.mark.django_db
def test_missing_row_is_an_error() -> None:
    with pytest.raises(Pace.DoesNotExist), transaction.atomic():
        Pace.objects.lock("nobody/nowhere")

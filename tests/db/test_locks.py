"""Row locks by key."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections, transaction

from seacucumber.db.locks import begin_with_a_write, lock_by_key
from seacucumber.models import ControlPace, Pace


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


@pytest.mark.django_db(transaction=True)
def test_who_begins_with_a_write_may_write_after_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As projects have SQLite that leave Django's settings for it as they are."""
    if connection.vendor != "sqlite":
        pytest.skip(
            "Only SQLite refuses to write to whoever read before another wrote."
        )
    ControlPace.objects.create(key="a/b")
    monkeypatch.setattr(connections["default"], "transaction_mode", "DEFERRED")
    rows = ControlPace.objects.filter(key="a/b")
    has_read = threading.Event()

    def write() -> None:
        has_read.wait(10)
        rows.update(next_slot_us=1)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    with transaction.atomic():
        begin_with_a_write(ControlPace, "default")
        assert rows.get().next_slot_us == 0
        has_read.set()
        # The other one waits for our end: it does not end this wait.
        thread.join(0.3)
        rows.update(next_slot_us=2)
    thread.join(30)

    assert rows.get().next_slot_us == 1

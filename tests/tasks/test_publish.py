"""A page asks a worker to do something, and hears whether it could."""

from __future__ import annotations

import threading
import time

import pytest
from celery import Celery, current_app

from seacucumber.tasks import publish
from seacucumber.tasks.publish import Asker


def test_published_is_true() -> None:
    done: list[int] = []

    assert Asker().ask(lambda: done.append(1)) is True
    assert done == [1]


def test_published_through_the_callers_application() -> None:
    before = current_app._get_current_object()
    names: list[str] = []
    try:
        Celery("a project that is not the default application")
        Asker().ask(lambda: names.append(current_app.main))
    finally:
        before.set_current()

    assert names == ["a project that is not the default application"]


def test_refusing_broker_is_false_and_no_error() -> None:
    def refuse() -> None:
        raise ConnectionRefusedError("no broker")

    asker = Asker()

    assert asker.ask(refuse) is False
    # It answers at once: the next click may try again.
    assert asker.ask(lambda: None) is True


def test_why_it_was_refused_is_told_to_who_asks_for_it() -> None:
    def refuse() -> None:
        raise ConnectionRefusedError("no broker")

    assert Asker().attempt(refuse) == "ConnectionRefusedError: no broker"
    assert Asker().attempt(lambda: None) == ""


def test_silent_broker_keeps_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "PATIENCE_S", 0.05)
    end = threading.Event()
    asker = Asker()
    started: list[int] = []
    try:
        assert asker.ask(lambda: end.wait(30)) is False
        # Its thread hangs: no further one is started for a while.
        assert asker.ask(lambda: started.append(1)) is False
        assert started == []
        monkeypatch.setattr(asker, "_broken_until_s", time.monotonic() - 1)
        assert asker.ask(lambda: started.append(1)) is True
    finally:
        end.set()


def test_forked_process_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    asker = Asker()
    asker.ask(lambda: None)
    asker._broken_until_s = time.monotonic() + 60
    monkeypatch.setattr(publish.os, "getpid", lambda: -1)

    assert asker.ask(lambda: None) is True

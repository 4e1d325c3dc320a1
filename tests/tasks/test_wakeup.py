"""Wake-ups: best effort, and never in the way of whoever sends mail."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from celery import Celery, current_app

from seacucumber.tasks import wakeup
from seacucumber.tasks.wakeup import BREAKER_S, PATIENCE_S, QUIET_S, Waker


@dataclass(slots=True)
class Hand:
    """The monotonic clock, as the test moves it."""

    now_s: float = 1000.0


@dataclass(slots=True)
class Broker:
    """What a broker does, and who has talked to it."""

    published: list[tuple[str, float]] = field(default_factory=list)
    threads: set[threading.Thread] = field(default_factory=set)
    error: Exception | None = None
    silent: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    def publish(self, alias: str, countdown_s: float) -> None:
        self.threads.add(threading.current_thread())
        if self.silent:
            self.released.wait(60)
        if self.error is not None:
            raise self.error
        self.published.append((alias, countdown_s))


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    hand = Hand()

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return hand.now_s

    monkeypatch.setattr(wakeup, "time", Clock)
    # A slow machine is no broker that does not answer.
    monkeypatch.setattr(wakeup, "PATIENCE_S", 10.0)
    return hand


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.released.set()


@pytest.fixture
def waker(broker: Broker, hand: Hand) -> Waker:
    return Waker(broker.publish)


def test_a_wake_up_is_published_when_wake_returns(waker: Waker, broker: Broker) -> None:
    waker.wake("default")

    assert broker.published == [("default", 0.0)]
    assert threading.current_thread() not in broker.threads


def test_a_wake_up_goes_through_the_callers_application(hand: Hand) -> None:
    """Celery's current application is one per thread, and not always the default."""
    before = current_app._get_current_object()
    names: list[str] = []
    waker = Waker(lambda alias, countdown_s: names.append(current_app.main))
    try:
        Celery("a project that is not the default application")
        waker.wake("default")
    finally:
        before.set_current()

    assert names == ["a project that is not the default application"]


def test_wake_ups_in_quick_succession_are_one(
    waker: Waker, broker: Broker, hand: Hand
) -> None:
    for _ in range(100):
        waker.wake("default")
        hand.now_s += QUIET_S / 200
    assert len(broker.published) == 1

    hand.now_s += QUIET_S
    waker.wake("default")
    assert len(broker.published) == 2


def test_a_deliverer_stays_longer_than_wake_ups_keep_still() -> None:
    """Or mail that was queued in between would wait for the sweep."""
    from seacucumber.delivery.claims.claim import LINGER_US

    assert LINGER_US / 1_000_000 > QUIET_S + PATIENCE_S


def test_each_mailer_has_a_quiet_time_of_its_own(waker: Waker, broker: Broker) -> None:
    waker.wake("default")
    waker.wake("news")

    assert [alias for alias, _ in broker.published] == ["default", "news"]


def test_a_later_wake_up_is_published_whatever_was_done_before(
    waker: Waker, broker: Broker
) -> None:
    waker.wake("default")
    waker.wake("default", countdown_s=7.0)
    waker.wake("default", countdown_s=0.0)

    assert broker.published == [("default", 0.0), ("default", 7.0), ("default", 0.0)]


def test_a_broker_that_refuses_is_left_alone_for_a_while(
    waker: Waker, broker: Broker, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    broker.error = ConnectionRefusedError("nobody there")
    waker.wake("default")
    assert "The broker refuses (ConnectionRefusedError: nobody there)" in caplog.text
    assert "will be delivered by the next sweep" in caplog.text

    broker.error = None
    hand.now_s += BREAKER_S - 1
    waker.wake("default")
    waker.wake("news", countdown_s=1.0)
    assert broker.published == []

    hand.now_s += 1
    waker.wake("default")
    assert broker.published == [("default", 0.0)]


def test_a_broker_that_is_silent_holds_nobody_up_for_long_and_only_once(
    monkeypatch: pytest.MonkeyPatch, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wakeup, "PATIENCE_S", 0.05)
    waker = Waker(broker.publish)
    broker.silent = True
    caplog.set_level(logging.WARNING, "seacucumber")
    start_s = time.monotonic()

    for alias in ("default", "news", "default"):
        waker.wake(alias)

    # The publisher still hangs: it would for a minute.
    assert time.monotonic() - start_s < 30
    assert broker.published == []
    assert len(broker.threads) == 1
    assert caplog.text.count("The broker does not answer") == 1


def test_a_first_time_that_takes_long_leaves_no_broker_alone(
    waker: Waker, broker: Broker, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "PATIENCE_S", 0.05)
    broker.silent = True
    waker.wake("default")
    assert broker.published == []

    [thread] = broker.threads
    broker.released.set()
    thread.join(10)
    broker.silent = False
    hand.now_s += QUIET_S
    monkeypatch.setattr(wakeup, "PATIENCE_S", 10.0)
    waker.wake("default")

    assert broker.published == [("default", 0.0), ("default", 0.0)]


SLOW_TRANSPORT = """
import time
from kombu.transport.memory import Transport

time.sleep(1.0)
"""


def test_a_transport_that_is_slow_to_import_is_no_broker_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "slow_transport.py").write_text(SLOW_TRANSPORT)
    monkeypatch.syspath_prepend(tmp_path)
    before = current_app._get_current_object()
    app = Celery("cold")
    app.conf.broker_transport = "slow_transport:Transport"
    waker = Waker(lambda alias, countdown_s: app.send_task("wake", [alias]) and None)
    try:
        waker.wake("default")
    finally:
        before.set_current()

    assert "slow_transport" in sys.modules
    ours = [row.message for row in caplog.records if row.name == "seacucumber"]
    assert ours == []


def test_a_new_thread_serves_when_the_breaker_closes(
    waker: Waker, broker: Broker, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "PATIENCE_S", 0.05)
    broker.silent = True
    waker.wake("default")
    broker.silent = False

    hand.now_s += BREAKER_S
    monkeypatch.setattr(wakeup, "PATIENCE_S", 10.0)
    waker.wake("news")

    assert broker.published == [("news", 0.0)]
    assert len(broker.threads) == 2


def test_a_thread_that_comes_back_late_ends(
    waker: Waker, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "PATIENCE_S", 0.05)
    broker.silent = True
    waker.wake("default")
    [stuck] = broker.threads

    broker.released.set()
    stuck.join(10)

    assert not stuck.is_alive()


def test_one_thread_serves_many_callers(broker: Broker, hand: Hand) -> None:
    waker = Waker(broker.publish)
    callers = [
        threading.Thread(target=waker.wake, args=(f"mailer {number}",))
        for number in range(10)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)

    assert len(broker.published) == 10
    assert len(broker.threads) == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_gets_a_thread_of_its_own(waker: Waker, broker: Broker) -> None:
    """Threads do not survive it: a queue would fill and nobody would publish."""
    waker.wake("default")
    reader, writer = os.pipe()

    child = os.fork()
    if child == 0:  # pragma: no cover - in another process
        try:
            waker.wake("default", countdown_s=3.0)
            os.write(writer, repr(broker.published[1:]).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)

    assert said == "[('default', 3.0)]"
    assert broker.published == [("default", 0.0)]

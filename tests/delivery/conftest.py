"""A clock that the test moves, a claimer that goes by it, and a listener."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seacucumber import signals
from seacucumber.db import clock
from seacucumber.delivery.claims import window
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.sending import signing_keys
from seacucumber.models import Hold
from tests.delivery.claimers import Hand, new_claimer
from tests.delivery.listeners import Heard
from tests.queue import USING


@pytest.fixture(autouse=True)
def _nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have carried says nothing about this one."""
    monkeypatch.setattr(window, "_found", {})


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The clock stands still until the test moves it."""
    hand = Hand(clock.read_us(USING))
    for name in ("read_us", "now_us", "reckon_us"):
        monkeypatch.setattr(clock, name, lambda using: hand.now_us)
    return hand


@pytest.fixture
def rate(settings: Any) -> Callable[[float], None]:
    """Set the recipients per second."""

    def set_rate(per_s: float) -> None:
        settings.CUCUMBER_RATE_LIMIT = per_s

    set_rate(10)
    return set_rate


@pytest.fixture
def claimer(hand: Hand, rate: Callable[[float], None]) -> Claimer:
    return new_claimer()


@pytest.fixture
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has met no DKIM key yet."""
    monkeypatch.setattr(signing_keys, "_signers", {})


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()

    def on_sent(message_id: int, ses_message_id: str, **kwargs: Any) -> None:
        heard.sent.append((message_id, ses_message_id))

    def on_failed(message_id: int, code: str, **kwargs: Any) -> None:
        heard.failed.append((message_id, code))

    def on_placed(hold: Hold, **kwargs: Any) -> None:
        heard.placed.append(hold)

    def on_lifted(hold: Hold, **kwargs: Any) -> None:
        heard.lifted.append(hold)

    receivers: list[tuple[Any, Callable[..., None]]] = [
        (signals.message_sent, on_sent),
        (signals.message_failed, on_failed),
        (signals.hold_placed, on_placed),
        (signals.hold_lifted, on_lifted),
    ]
    for signal, receiver in receivers:
        signal.connect(receiver)
    yield heard
    for signal, receiver in receivers:
        signal.disconnect(receiver)

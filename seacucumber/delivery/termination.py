"""Being asked to stop: what is under way is finished first.

A signal's own way, an exception wherever the process happens to be, may come between
SES's answer and the place where it is kept.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def heed_termination(
    *, pass_on_after_s: float | None = None
) -> Iterator[threading.Event]:
    """Set an event at SIGTERM and SIGINT, where they can be listened to.

    That is in the main thread. A signal that is ignored stays so. The second one does
    at once what the first would have done.

    Args:
        pass_on_after_s: What came meanwhile is sent once more, so long after the end,
            to whoever listened before; None takes it as done.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        stop.set()
        heard.append(number)
        signal.signal(number, before[signal.Signals(number)])

    for number, handler in before.items():
        if handler not in (signal.SIG_IGN, None):
            signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is note:
                signal.signal(number, handler)
        if heard and pass_on_after_s is not None:
            _send(heard[0], pass_on_after_s)


def _send(number: int, after_s: float) -> None:
    if not after_s:
        os.kill(os.getpid(), number)
        return
    timer = threading.Timer(after_s, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()

"""Wall clocks that a scenario sets: those of a worker's host, or of a database server.

By libfaketime, which is optional: without it such scenarios are at home nowhere. The
monotonic clock goes on as it is, as with a real host whose clock is set.
"""

from __future__ import annotations

import os
import select
import socket
import time
from pathlib import Path
from typing import SupportsIndex

_PLACES = ("lib/*/faketime", "lib/faketime", "lib64/faketime", "local/lib/faketime")
#: The library for programs with threads; None where it is not installed.
LIBRARY = next(
    (
        path
        for place in _PLACES
        for path in sorted(Path("/usr").glob(f"{place}/libfaketimeMT.so.1"))
    ),
    None,
)
_HOST_NAME = "SEACUCUMBER_TEST_HOST"


class WallClock:
    """A clock that may be set while programs go by it.

    Args:
        host: What a worker takes for the name of its host.
    """

    def __init__(self, folder: Path, host: str = "", *, ahead_s: int = 0) -> None:
        self._file = folder / f"clock-{host or 'server'}"
        self._host = host
        self.set(ahead_s)

    def set(self, ahead_s: int) -> None:
        """Let it be so far ahead; less than 0 is behind."""
        self._file.write_text(f"{ahead_s:+d}\n")
        self._file.chmod(0o644)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs that go by it."""
        named = {_HOST_NAME: self._host} if self._host else {}
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            **named,
        }


def move_to_its_host() -> None:
    """Take this process's host for another with a clock of its own, if that is wanted.

    libfaketime 0.9.10 takes the moment until which Python sleeps, which is one of the
    monotonic clock, for one of the wall clock; so sleep by another call.
    """
    name = os.environ.get(_HOST_NAME)
    if name:
        socket.gethostname = lambda: name
        time.sleep = _sleep


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select((), (), (), float(seconds))

"""What is going on, for a user who waits: on a terminal only."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

from seacucumber.delivery import BatchResult

_WIDTH = 30
_EVERY_S = 0.2


class Progress:
    """Shows how many messages were delivered, on a terminal only."""

    def __init__(self, output: OutputWrapper, *, total: int) -> None:
        self._output = output
        self._total = max(total, 1)
        self._done = 0
        self._drawn_s = 0.0
        self._shown = bool(output.isatty()) and total > 0

    def __enter__(self) -> Self:
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drawn_s = 0.0
        self._draw()
        if self._shown:
            self._output.write("")

    def settled(self, batch: BatchResult) -> None:
        """Move on by what a deliverer has just written down."""
        self._done += len(batch.sent) + len(batch.failed)
        self._draw()

    def _draw(self) -> None:
        now_s = time.monotonic()
        if not self._shown or now_s - self._drawn_s < _EVERY_S:
            return
        self._drawn_s = now_s
        part = min(1.0, self._done / self._total)
        bar = ("#" * int(part * _WIDTH)).ljust(_WIDTH, ".")
        self._output.write(f"\r[{bar}] {self._done} of {self._total}", ending="")
        self._output.flush()


class Activity:
    """Says what is being done at the moment, in a line that goes away again."""

    def __init__(self, output: OutputWrapper) -> None:
        self._output = output
        self._shown = bool(output.isatty())
        self._width = 0

    def say(self, what: str) -> None:
        """Say what comes now, in place of what was said before; empty clears it."""
        if not self._shown:
            return
        line = f"\r{what.ljust(self._width)}" + ("" if what else "\r")
        # Not in the colour of errors, which the standard error has.
        self._output.write(line, style_func=str, ending="")
        self._output.flush()
        self._width = len(what)

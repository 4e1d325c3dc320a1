"""One standard queue: messages, visibility, redrive."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seacucumber.testing.ses.bucket import Clock

if TYPE_CHECKING:
    from seacucumber.testing.sqs.attributes import QueueAttributes

_OLDEST_WAIT_S = 0.05


@dataclass(slots=True, kw_only=True)
class Message:
    """A message in a queue.

    Args:
        visible_s: Monotonic time from which it can be received.
        receipt: The handle of the last receive; older ones delete nothing.
    """

    body: str
    sent_epoch_s: float
    visible_s: float
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    receipt: str = ""
    received: int = 0
    first_received_epoch_s: float = 0.0
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def md5(self) -> str:
        """``MD5OfBody``, which clients check."""
        return md5_of(self.body)


def md5_of(text: str) -> str:
    """Return the checksum of a message's body."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many messages a queue has, by what they do."""

    visible: int
    in_flight: int
    delayed: int


class Queue:
    """A standard queue. Safe to use from any thread.

    Args:
        name: Its name.
        attributes: See `QueueAttributes`.
        clock: The time that visibility goes by.
        to_dead_letters: Takes what was received too often; called with the ARN of
            the dead-letter queue and the message, without a lock.
    """

    def __init__(
        self,
        name: str,
        attributes: QueueAttributes,
        clock: Clock,
        to_dead_letters: Callable[[str, Message], None],
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.created_epoch_s = clock.epoch_s()
        self._clock = clock
        self._to_dead_letters = to_dead_letters
        self._changed = threading.Condition()
        self._messages: dict[str, Message] = {}
        self._open = True

    def send(self, body: str, *, delay_s: float | None = None) -> Message:
        """Put a message in."""
        if delay_s is None:
            delay_s = self.attributes.delay_s
        message = Message(
            body=body,
            sent_epoch_s=self._clock.epoch_s(),
            visible_s=self._clock.monotonic_s() + delay_s,
        )
        self.put(message)
        return message

    def put(self, message: Message) -> None:
        """Take a message over, from `send` or from another queue."""
        with self._changed:
            self._messages[message.message_id] = message
            self._changed.notify_all()

    def receive(
        self, count: int, *, visibility_s: float | None, wait_s: float | None
    ) -> list[Message]:
        """Hand out up to ``count`` messages, and hide them for a while.

        Args:
            visibility_s: How long they are hidden; None: as the queue says.
            wait_s: How long to wait for the first one; None: as the queue says.
        """
        wait_s = self.attributes.wait_s if wait_s is None else wait_s
        hidden_s = (
            self.attributes.visibility_s if visibility_s is None else visibility_s
        )
        deadline_s = time.monotonic() + wait_s
        while True:
            with self._changed:
                dead = self._take_dead()
                found = self._take(count, hidden_s)
                left_s = deadline_s - time.monotonic()
                if not found and not dead and left_s > 0 and self._open:
                    self._changed.wait(min(left_s, self._next_visible_in_s()))
            for message in dead:
                self._to_dead_letters(self.attributes.dead_letter_arn, message)
            if found or not self._open or (not dead and left_s <= 0):
                return found

    def _next_visible_in_s(self) -> float:
        """Return when a hidden message shows up again; the clock may jump."""
        now_s = self._clock.monotonic_s()
        waits = [row.visible_s - now_s for row in self._messages.values()]
        return max(_OLDEST_WAIT_S, min(waits, default=60.0))

    def _take(self, count: int, hidden_s: float) -> list[Message]:
        now_s = self._clock.monotonic_s()
        self._forget_expired()
        found = [row for row in self._messages.values() if row.visible_s <= now_s]
        for row in found[:count]:
            row.received += 1
            row.receipt = f"{row.message_id}#{uuid.uuid4()}"
            row.visible_s = now_s + hidden_s
            row.first_received_epoch_s = (
                row.first_received_epoch_s or self._clock.epoch_s()
            )
        return found[:count]

    def _take_dead(self) -> list[Message]:
        """Take out what was received ``maxReceiveCount`` times and shows up again."""
        limit = self.attributes.max_receives
        if limit is None:
            return []
        now_s = self._clock.monotonic_s()
        dead = [
            row
            for row in self._messages.values()
            if row.visible_s <= now_s and row.received >= limit
        ]
        for row in dead:
            del self._messages[row.message_id]
        return dead

    def _forget_expired(self) -> None:
        oldest = self._clock.epoch_s() - self.attributes.retention_s
        expired = [
            row.message_id
            for row in self._messages.values()
            if row.sent_epoch_s < oldest
        ]
        for message_id in expired:
            del self._messages[message_id]

    def delete(self, receipt: str) -> bool:
        """Delete a message by the handle of its last receive; tell whether it was."""
        with self._changed:
            message = self._by_receipt(receipt)
            if message is None:
                return False
            del self._messages[message.message_id]
            return True

    def hide(self, receipt: str, seconds: float) -> bool:
        """Change how long a received message stays hidden; tell whether it is."""
        with self._changed:
            now_s = self._clock.monotonic_s()
            message = self._by_receipt(receipt)
            if message is None or message.visible_s <= now_s:
                return False
            message.visible_s = now_s + seconds
            self._changed.notify_all()
            return True

    def _by_receipt(self, receipt: str) -> Message | None:
        message = self._messages.get(receipt.partition("#")[0])
        return message if message and message.receipt == receipt else None

    def depth(self) -> Depth:
        """Count the messages."""
        with self._changed:
            self._forget_expired()
            now_s = self._clock.monotonic_s()
            rows = list(self._messages.values())
        hidden = [row for row in rows if row.visible_s > now_s]
        return Depth(
            visible=len(rows) - len(hidden),
            in_flight=sum(row.received > 0 for row in hidden),
            delayed=sum(row.received == 0 for row in hidden),
        )

    def bodies(self) -> list[str]:
        """Return what is in the queue, hidden or not, without receiving it."""
        with self._changed:
            return [row.body for row in self._messages.values()]

    def purge(self) -> None:
        """Delete everything."""
        with self._changed:
            self._messages.clear()

    def look_again(self) -> None:
        """Look at the clock, which was set forward."""
        with self._changed:
            self._changed.notify_all()

    def open(self) -> None:
        """Let receives wait again."""
        with self._changed:
            self._open = True

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

"""All queues of the account."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.ses.arns import arn, name_in
from seacucumber.testing.ses.bucket import Clock
from seacucumber.testing.ses.policies import allows
from seacucumber.testing.sqs import refusals
from seacucumber.testing.sqs.attributes import QueueAttributes
from seacucumber.testing.sqs.queue import Message, Queue

logger = logging.getLogger("seacucumber.testing")


class Queues:
    """The queues by name. Safe to use from any thread.

    Args:
        region: Where they are.
        clock: The time that visibility and retention go by.
    """

    def __init__(self, region: str, clock: Clock) -> None:
        self.region = region
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: dict[str, Queue] = {}

    def arn(self, name: str) -> str:
        """Return the ARN of a queue."""
        return arn("sqs", self.region, name)

    def names(self) -> list[str]:
        """Return all names, in order."""
        with self._lock:
            return sorted(self._rows)

    def find(self, name: str) -> Queue:
        """Return the queue with this name.

        Raises:
            Refusal: if there is none.
        """
        with self._lock:
            queue = self._rows.get(name)
        if queue is None:
            raise Refusal(refusals.queue_missing())
        return queue

    def create(self, name: str, texts: Mapping[str, str]) -> Queue:
        """Add a queue, or return the one that is there with the same attributes.

        Raises:
            Refusal: if an attribute is wrong, or another one than the queue has.
        """
        attributes = QueueAttributes().changed(texts)
        with self._lock:
            queue = self._rows.get(name)
            if queue is None:
                queue = Queue(name, attributes, self._clock, self._bury)
                self._rows[name] = queue
                return queue
        there = queue.attributes.as_dict()
        for attribute, text in texts.items():
            if there.get(attribute) != text:
                raise Refusal(refusals.queue_exists(attribute))
        return queue

    def delete(self, name: str) -> None:
        """Remove a queue with its messages.

        Raises:
            Refusal: if there is none.
        """
        self.find(name).close()
        with self._lock:
            self._rows.pop(name, None)

    def deliver(
        self, queue_arn: str, body: str, *, service: str, source_arn: str
    ) -> bool:
        """Put in what a service of AWS sends, if the queue's policy lets it.

        Args:
            service: ``sns.amazonaws.com`` or another principal.
            source_arn: The topic or rule that it comes from.

        Returns:
            True if it is in the queue.
        """
        with self._lock:
            queue = self._rows.get(name_in(queue_arn))
        if queue is None or not allows(
            queue.attributes.policy,
            service=service,
            action="sqs:SendMessage",
            resource_arn=queue_arn,
            source_arn=source_arn,
        ):
            logger.warning("%s may not send to %s.", source_arn, queue_arn)
            return False
        queue.send(body)
        return True

    def _bury(self, dead_letter_arn: str, message: Message) -> None:
        with self._lock:
            grave = self._rows.get(name_in(dead_letter_arn))
        if grave is not None:
            message.visible_s = self._clock.monotonic_s()
            message.receipt = ""
            grave.put(message)

    def look_again(self) -> None:
        """Look at the clock, which was set forward."""
        for queue in self._all():
            queue.look_again()

    def open(self) -> None:
        """Let receives wait again."""
        for queue in self._all():
            queue.open()

    def close(self) -> None:
        """Let nobody wait any longer."""
        for queue in self._all():
            queue.close()

    def clear(self) -> None:
        """Remove all queues."""
        self.close()
        with self._lock:
            self._rows.clear()

    def _all(self) -> list[Queue]:
        with self._lock:
            return list(self._rows.values())

"""Signatures are made ahead of the slot, by threads that do nothing else.

What takes long is over before a message's attempt begins, so that it leaves as soon
as that is committed.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence

from seacucumber.delivery.outgoing_message import OutgoingMessage, Signing
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import HoldMail, Refused, SendError
from seacucumber.signing import SigningError, UnsignableMessage

logger = logging.getLogger("seacucumber")

#: Threads. The costly part of a signature does not need the interpreter's lock.
SIGNERS = 2
#: So many go from thread to thread at once: each time costs about a tenth of one.
_TOGETHER = 8


class Signatures:
    """Signs messages in threads of its own.

    Args:
        done: Called from these threads, with messages whose ``signed`` is set.
    """

    def __init__(self, done: Callable[[Sequence[OutgoingMessage]], None]) -> None:
        self._done = done
        self._jobs: queue.SimpleQueue[Sequence[OutgoingMessage] | None] = (
            queue.SimpleQueue()
        )
        self._threads = 0

    def order(self, messages: Sequence[OutgoingMessage]) -> list[OutgoingMessage]:
        """Have messages signed.

        Returns:
            Those that are ready at once, because there is nothing to compute.
        """
        ready, costly = [], []
        for outgoing in messages:
            signing = outgoing.signing
            outgoing.signed, outgoing.signed_as = None, signing
            if signing is None or isinstance(signing.signer, SigningError):
                sign(outgoing)
                ready.append(outgoing)
            else:
                costly.append(outgoing)
        for start in range(0, len(costly), _TOGETHER):
            if self._threads < SIGNERS:
                self._start()
            self._jobs.put(costly[start : start + _TOGETHER])
        return ready

    def close(self) -> None:
        """Let the threads end."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _start(self) -> None:
        self._threads += 1
        threading.Thread(
            target=self._work, name="seacucumber-sign", daemon=True
        ).start()

    def _work(self) -> None:
        while (messages := self._jobs.get()) is not None:
            for outgoing in messages:
                sign(outgoing)
            self._done(messages)


def sign(outgoing: OutgoingMessage) -> None:
    """Set what is sent of a message, or the error that keeps it from being sent."""
    try:
        outgoing.signed = _signed(outgoing)
    except SendError as error:
        outgoing.signed = error
    except Exception as error:
        # Nothing has left yet, and no other message of this mailer would fare better.
        logger.exception("Mail of mailer %s cannot be signed.", outgoing.mailer)
        outgoing.signed = HoldMail(
            type(error).__name__,
            str(error),
            scope=HoldScope.MAILER,
            value=outgoing.mailer,
            cause=HoldCause.SIGNING,
        )


def _signed(outgoing: OutgoingMessage) -> bytes:
    signing = outgoing.signed_as
    if signing is None:
        return outgoing.raw
    if isinstance(signing.signer, SigningError):
        return _unsigned(outgoing, signing, signing.signer)
    try:
        return signing.signer.sign(outgoing.raw)
    except SigningError as error:
        return _unsigned(outgoing, signing, error)


def _unsigned(
    outgoing: OutgoingMessage, signing: Signing, error: SigningError
) -> bytes:
    """Return the message as it is, if it may leave so.

    Raises:
        Refused: if this message cannot be signed, whatever the key.
        HoldMail: if nobody can sign for its sender.
    """
    code, reason = type(error).__name__, str(error)
    if not signing.required:
        logger.warning("Message %s leaves unsigned: %s", outgoing.uid, reason)
        return outgoing.raw
    if isinstance(error, UnsignableMessage):
        raise Refused(code, reason)
    raise HoldMail(
        code,
        reason,
        scope=signing.scope,
        value=signing.value,
        cause=HoldCause.SIGNING,
    )

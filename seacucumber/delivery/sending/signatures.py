"""Signatures are made ahead of the slot, by threads that do nothing else.

What takes long is over before a message's attempt begins, so that it leaves as soon
as that is committed.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence

from seacucumber.delivery.outgoing_message import Parcel, Signing
from seacucumber.enums import HoldCause, HoldScope
from seacucumber.exceptions import HoldMail, Refused, SendError
from seacucumber.signing import SigningError, UnsignableMessage

logger = logging.getLogger("seacucumber")

#: Threads. The costly part of a signature does not need the interpreter's lock.
SIGNERS = 2
#: So many go from thread to thread at once: each time costs about a tenth of one.
_TOGETHER = 8


class Signatures:
    """Signs parcels in threads of its own.

    Args:
        done: Called from these threads, with parcels whose ``signed`` is set.
    """

    def __init__(self, done: Callable[[Sequence[Parcel]], None]) -> None:
        self._done = done
        self._jobs: queue.SimpleQueue[Sequence[Parcel] | None] = queue.SimpleQueue()
        self._threads = 0

    def order(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Have parcels signed.

        Returns:
            Those that are ready at once, because there is nothing to compute.
        """
        ready, costly = [], []
        for parcel in parcels:
            signing = parcel.signing
            parcel.signed, parcel.signed_as = None, signing
            if signing is None or isinstance(signing.signer, SigningError):
                sign(parcel)
                ready.append(parcel)
            else:
                costly.append(parcel)
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
        while (parcels := self._jobs.get()) is not None:
            for parcel in parcels:
                sign(parcel)
            self._done(parcels)


def sign(parcel: Parcel) -> None:
    """Set what is sent of a parcel, or the error that keeps it from being sent."""
    try:
        parcel.signed = _signed(parcel)
    except SendError as error:
        parcel.signed = error
    except Exception as error:
        # Nothing has left yet, and no other message of this mailer would fare better.
        logger.exception("Mail of mailer %s cannot be signed.", parcel.mailer)
        parcel.signed = HoldMail(
            type(error).__name__,
            str(error),
            scope=HoldScope.MAILER,
            value=parcel.mailer,
            cause=HoldCause.SIGNING,
        )


def _signed(parcel: Parcel) -> bytes:
    signing = parcel.signed_as
    if signing is None:
        return parcel.raw
    if isinstance(signing.signer, SigningError):
        return _unsigned(parcel, signing, signing.signer)
    try:
        return signing.signer.sign(parcel.raw)
    except SigningError as error:
        return _unsigned(parcel, signing, error)


def _unsigned(parcel: Parcel, signing: Signing, error: SigningError) -> bytes:
    """Return the message as it is, if it may leave so.

    Raises:
        Refused: if this message cannot be signed, whatever the key.
        HoldMail: if nobody can sign for its sender.
    """
    code, reason = type(error).__name__, str(error)
    if not signing.required:
        logger.warning("Message %s leaves unsigned: %s", parcel.uid, reason)
        return parcel.raw
    if isinstance(error, UnsignableMessage):
        raise Refused(code, reason)
    raise HoldMail(
        code,
        reason,
        scope=signing.scope,
        value=signing.value,
        cause=HoldCause.SIGNING,
    )

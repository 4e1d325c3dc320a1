"""A host whose clock is off is named, and stops nobody but itself."""

from __future__ import annotations

import logging
import socket
import time

from seacucumber import ses
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.db.retry import persist
from seacucumber.models import HostClock, Pace
from seacucumber.models.queue.host_clock import LATELY_US

logger = logging.getLogger("seacucumber")

HOST = socket.gethostname()[:60]
#: How often a process writes down how far this host's clock is off.
_NOTE_EVERY_S = 60.0
_NOTE_FOR_S = 5.0

_noted_s: dict[tuple[str, str, bool], float] = {}


def note(using: str, pace_key: str = "", *, answered_at_us: int = 0) -> None:
    """Write down how far this host's clock is off, once a minute at most.

    Not inside a transaction: other processes of the host write the same row.

    Args:
        answered_at_us: When SES last answered a call of this process; 0 if never.
    """
    known, now_s = (using, pace_key, answered_at_us > 0), time.monotonic()
    if now_s - _noted_s.get(known, float("-inf")) < _NOTE_EVERY_S:
        return
    values = offsets(using)
    if answered_at_us:
        values["answered_at_us"] = answered_at_us
    persist(
        using,
        lambda: HostClock.objects.note(HOST, pace_key, **values),
        for_s=_NOTE_FOR_S,
    )
    _noted_s[known] = now_s


def offsets(using: str) -> dict[str, int]:
    """Return how far this host's clock is off, as `HostClock` has it."""
    now_us = clock.read_us(using)
    # It is this host's clock that is measured, so nothing else will do.
    values = {"offset_us": time.time_ns() // 1000 - now_us, "seen_at_us": now_us}
    ahead_s = ses.ahead_of_ses_s(within_s=_NOTE_EVERY_S)
    if ahead_s is not None:
        values["ses_offset_us"] = int(ahead_s * US_PER_S)
        values["ses_seen_at_us"] = now_us
    return values


def step_down(pace: Pace, using: str, now_us: int) -> bool:
    """Note that SES refuses what this host signs, for its time; call under the pace's
    lock. It delivers nothing more of the account until SES has been asked.

    Returns:
        Whether another host delivers, so that the account's mail need not wait.
    """
    HostClock.objects.refused(HOST, pace.key, now_us)
    HostClock.objects.note(HOST, pace.key, **offsets(using))
    others = HostClock.objects.filter(pace_key=pace.key).exclude(host=HOST)
    rows = list(others)
    refused = {row.host for row in rows if row.refusals} | {HOST}
    attending = set(pace.attendants(now_us).values())
    return bool(attending - refused) or any(row.delivers(now_us) for row in rows)


def in_words() -> str:
    """Return what has happened to this host, for the log and for a hold."""
    ahead_s = ses.ahead_of_ses_s(within_s=_NOTE_EVERY_S)
    off = "wrong"
    if ahead_s is not None and abs(ahead_s) >= 1:
        way = "ahead" if ahead_s > 0 else "behind"
        off = f"{abs(ahead_s):,.0f} s {way}"
    return f"SES refuses what the host {HOST} signs: its clock is {off}. Set it by NTP."


def others_are_there(using: str) -> bool:
    """Tell whether another host was heard of lately that may deliver."""
    now_us = clock.now_us(using)
    seen = HostClock.objects.seen(now_us, within_us=LATELY_US)
    refused = {row.host for row in seen if row.refusals}
    return bool({row.host for row in seen} - refused - {HOST})

"""Where the CPU goes: cProfile's top 30 of one part of the way."""

from __future__ import annotations

import cProfile
import os
import pstats
from collections.abc import Callable

import django
from django.core import mail

from benchmarks import letters
from benchmarks.rooms import Project, Room

_SINGLE_COUNT = 500
_BULK_COUNT = 1000
_LINES = 30


def run(part: str, sort: str) -> None:
    """Profile ``single`` sends, one ``bulk`` send, or how a deliverer works."""
    with Room(latency_s=0.0) as room:
        os.environ.update(room.environment(Project(name="profile")))
        django.setup()
        work = _prepared(part)
        profile = cProfile.Profile()
        profile.enable()
        work()
        profile.disable()
    pstats.Stats(profile).sort_stats(sort).print_stats(_LINES)


def _prepared(part: str) -> Callable[[], object]:
    """Return the work, after everything that is made only once was made."""
    from django.core.management import call_command

    import benchmarks.celery  # noqa: F401 - makes it the current application
    from seacucumber import delivery

    call_command("migrate", verbosity=0)
    letters.send_singly(5)
    delivery.drain("default")
    if part == "single":
        return lambda: letters.send_singly(_SINGLE_COUNT)
    messages = list(letters.compose(_BULK_COUNT, letters.SIGNED_DOMAIN))
    if part == "bulk":
        return lambda: mail.get_connection().send_messages(messages)
    mail.get_connection().send_messages(messages)
    _send_in_place()
    return lambda: delivery.drain("default")


def _send_in_place() -> None:
    """Have the deliverer's thread send, too: cProfile sees one thread only."""
    from seacucumber.delivery.outgoing_message import OutgoingMessage
    from seacucumber.delivery.sending.connections import Connections

    def submit(self: Connections, outgoing: OutgoingMessage, *, latest_us: int) -> None:
        self._under_way += 1
        self._answered(self._answer(outgoing, latest_us))

    Connections.submit = submit  # type: ignore[method-assign]

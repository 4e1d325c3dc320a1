"""What ``send()`` costs the process that calls it, beside other queues.

Sea Cucumber freezes the MIME, post_office stores the fields in the database,
django-celery-email publishes them as JSON. Nothing is delivered meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks import backends
from benchmarks.cases import Case, Group, Sample
from benchmarks.letters import DOMAIN
from benchmarks.processes import Sender
from benchmarks.rooms import Project, Room
from benchmarks.whole_path import opened

SINGLE_COUNT = 200
BULK_COUNT = 1000


def groups(room: Room, databases: list[str]) -> list[Group]:
    """Return the cases, one group for each way to send; opens their projects."""
    sends: list[tuple[str, Callable[..., Sample]]] = []
    for database in databases:
        sends.append(_sending(room, backends.POST_OFFICE, "po", database))
    sends.append(_sending(room, backends.CELERY_EMAIL, "ce", ""))
    for database in databases:
        sends.append(_sending(room, backends.OURS, "ours_queue", database))
    return [
        Group(
            title=f"Into the queue, {title}: CPU in the process that sends",
            cases=[
                Case(title=name, run=partial(send, how), count=count)
                for name, send in sends
            ],
        )
        for title, how, count in (
            ("single send_mail", "single", SINGLE_COUNT),
            ("one send_messages of 1,000", "bulk", BULK_COUNT),
        )
    ]


def _sending(
    room: Room, backend: str, name: str, database: str
) -> tuple[str, Callable[..., Sample]]:
    title = f"{backends.title(backend)}, {database or 'valkey'}"
    project = Project(
        name=f"{name}_{database}", backend=backend, database=database or "sqlite"
    )
    return title, opened(room, project, lambda sender: partial(_send, sender))


def _send(sender: Sender, how: str, count: int) -> Sample:
    taken = sender.order("send", how=how, count=count, domain=DOMAIN)
    sender.order("clear")
    return Sample(count=count, cpu_s=taken["cpu_s"], wall_s=taken["wall_s"])

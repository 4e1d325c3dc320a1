"""What one message costs from ``send()`` to SES's answer, recorded, beside others.

For Sea Cucumber that is the process that sends (MIME frozen, rows committed, wake-up
published) and the Celery worker with its pool (claimed, begun, sent, recorded, the
moment that deliverers linger). The local SES, the broker and PostgreSQL's own
processes are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks import backends
from benchmarks.cases import Case, Group, Sample
from benchmarks.letters import DOMAIN, SIGNED_DOMAIN
from benchmarks.processes import Failed, Sender, Worker
from benchmarks.rooms import Project, Room

OURS_COUNT = 1000
#: They wait for each answer, so that these take as long as ours.
PEERS_COUNT = 60
#: A new client for each message, as `send_mail` makes them do, takes long.
PEERS_SINGLE_COUNT = 5
WORKER_PROCESSES = 2
_WITHIN_S = 30.0

#: Title, name, backend, settings.
_PEERS: tuple[tuple[str, str, str, dict[str, bool]], ...] = (
    ("", "django_ses", backends.DJANGO_SES, {}),
    (", USE_SES_V2", "django_ses_v2", backends.DJANGO_SES, {"USE_SES_V2": True}),
    ("", "anymail", backends.ANYMAIL, {}),
)
_MODES = (
    ("single send_mail", "single", DOMAIN),
    ("one send_messages", "bulk", DOMAIN),
    ("one send_messages, signed", "bulk", SIGNED_DOMAIN),
)


def group(room: Room, databases: list[str]) -> Group:
    """Return the cases; opens the projects that they run in."""
    cases: list[Case] = []
    for suffix, name, backend, settings in _PEERS:
        project = Project(name=name, backend=backend, settings=settings)
        cases += _peer(room, project, suffix)
    for database in databases:
        cases += _ours(room, database)
    return Group(
        title="The whole path to SES, CPU per message in all our processes", cases=cases
    )


def _peer(room: Room, project: Project, suffix: str) -> list[Case]:
    title = f"{backends.title(project.backend)}{suffix}"
    send = opened(room, project, lambda sender: partial(_send_synchronously, sender))
    return [
        Case(
            title=f"{title}: one connection",
            run=partial(send, room, "bulk"),
            count=PEERS_COUNT,
            warm_up=5,
        ),
        Case(
            title=f"{title}: single send_mail",
            run=partial(send, room, "single"),
            count=PEERS_SINGLE_COUNT,
            warm_up=2,
        ),
    ]


def _ours(room: Room, database: str) -> list[Case]:
    project = Project(name=f"ours_{database}", database=database)

    def start(sender: Sender) -> Callable[..., Sample]:
        worker = room.start_worker(sender, WORKER_PROCESSES)
        return partial(_send_through_worker, sender, worker)

    send = opened(room, project, start)
    return [
        Case(
            title=f"seacucumber, {database}: {title}",
            run=partial(send, room, how, domain=domain),
            count=OURS_COUNT,
            warm_up=100,
        )
        for title, how, domain in _MODES
        # A signature costs the same on every database.
        if database == "sqlite" or domain == DOMAIN
    ]


def opened(
    room: Room, project: Project, start: Callable[[Sender], Callable[..., Sample]]
) -> Callable[..., Sample]:
    """Return what ``start`` makes of a project's process, or what fails as it did."""
    try:
        return start(room.open(project))
    except Failed as error:
        return partial(_fail, str(error))


def _fail(why: str, *args: object, **kwargs: object) -> Sample:
    raise Failed(why)


def _send_synchronously(sender: Sender, room: Room, how: str, count: int) -> Sample:
    before = room.ses.counters.accepted
    taken = sender.order("send", how=how, count=count, domain=DOMAIN)
    accepted = room.ses.counters.accepted - before
    if accepted != count:
        raise Failed(f"SES has accepted {accepted} of {count} messages.")
    return Sample(count=count, cpu_s=taken["cpu_s"], wall_s=taken["wall_s"])


def _send_through_worker(
    sender: Sender, worker: Worker, room: Room, how: str, count: int, *, domain: str
) -> Sample:
    before, before_s = room.ses.counters.accepted, worker.cpu_s()
    if sender.order("waiting")["count"]:
        raise Failed("Mail of the case before is still not delivered.")
    taken = sender.order("send", how=how, count=count, domain=domain)
    try:
        rested = sender.order("rest", within_s=_WITHIN_S)
    except Failed as error:
        raise Failed(f"{error} {worker.last_words()}") from None
    worker_cpu_s = worker.cpu_s() - before_s
    sender.order("clear")
    accepted = room.ses.counters.accepted - before
    if accepted != count:
        raise Failed(f"SES has accepted {accepted} times {count} messages.")
    return Sample(
        count=count,
        cpu_s=taken["cpu_s"],
        worker_cpu_s=worker_cpu_s,
        wall_s=taken["wall_s"] + rested["recorded_s"],
    )

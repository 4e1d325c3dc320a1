"""What ``ses_doctor`` looks at on this side: settings, database, broker, beat."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.core.checks import ERROR, Tags, run_checks
from django.db import Error as DatabaseTrouble
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from seacucumber import conf
from seacucumber.conf import get_mailer
from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.delivery.holds import host_clock
from seacucumber.figures import Finding
from seacucumber.figures.clocks import read_wrong_clocks
from seacucumber.figures.findings.clocks import judge
from seacucumber.figures.upkeep import SWEEP, Job, is_recent, read_jobs, tasks_in_beat
from seacucumber.management.doctor_report import note, ok, problem, warning
from seacucumber.schedule import PERIODIC_TASKS
from seacucumber.tasks import inspect_workers
from seacucumber.text.times import of_us, since

_APP = "seacucumber"
_START_WORKER = "Start one: celery -A yourproject worker. Mail is kept until then."


def settings() -> Iterator[Finding]:
    """Look at what ``manage.py check`` looks at, and who Django gives its mail to."""
    found = list(_checked([_APP]))
    yield from found or [ok("manage.py check finds nothing.")]
    if not conf.is_in_use():
        yield note(
            "Django does not hand its mail to Sea Cucumber.",
            f"Unless a backend of your own does, set EMAIL_BACKEND, or on Django 6.1"
            f" BACKEND of a mailer in MAILERS, to {conf.BACKEND}.",
        )


def database() -> Iterator[Finding]:
    """Look whether the queue's database is there, and has all tables."""
    using = queue_database()
    connection = connections[using]
    where = f"The queue's database {using!r} ({connection.vendor})"
    try:
        connection.ensure_connection()
    except DatabaseTrouble as error:
        yield problem(
            f"{where} cannot be opened: {error}.",
            "Start it, or correct DATABASES.",
        )
        return
    executor = MigrationExecutor(connection)
    wanted = executor.loader.graph.leaf_nodes(_APP)
    missing = [
        migration.name
        for migration, _ in executor.migration_plan(wanted)
        if migration.app_label == _APP
    ]
    if missing:
        yield problem(
            f"{where} lacks migrations: {', '.join(missing)}.",
            "Run manage.py migrate.",
        )
        return
    yield ok(f"{where} is there, with all migrations.")
    yield from _checked([Tags.database], databases=[using])


def _checked(tags: list[str], databases: list[str] | None = None) -> Iterator[Finding]:
    for message in run_checks(tags=tags, databases=databases):
        number = str(message.id or "")
        if number.startswith(f"{_APP}.") and not message.is_silenced():
            what = problem if message.level >= ERROR else warning
            yield what(f"{message.msg} ({number})", message.hint or "")


def broker(aliases: Collection[str], swept_at: datetime | None) -> Iterator[Finding]:
    """Look whether a wake-up can be published, and whether workers hear it.

    Args:
        aliases: The mailers that are looked at.
        swept_at: When a worker last swept the queue, as far as it is known.
    """
    if not inspect_workers.has_application():
        yield note(
            "Not looked for: no Celery application is loaded in this process.",
            "manage.py ses_queue drain delivers without one.",
        )
        return
    if inspect_workers.is_eager():
        yield note(
            "Mail is delivered by the process that sends it (task_always_eager).",
            "No broker and no worker is needed, and none is looked for.",
        )
        return
    address = inspect_workers.broker_address()
    alias = next(iter(aliases))
    refusal = inspect_workers.try_broker(alias, get_mailer(alias).route_queue)
    if refusal:
        yield problem(
            f"The broker {address} takes no task: {refusal}.",
            "Start it, or correct Celery's broker_url. Mail is kept; manage.py"
            " ses_queue drain delivers it without a broker.",
        )
    elif address.startswith("memory:"):
        yield warning(
            "The broker is in the memory of this process: no worker hears of mail.",
            "Give Celery a broker_url such as redis:// or amqp://.",
        )
    else:
        yield ok(f"The broker {address} takes tasks.")
        queues = {get_mailer(each).route_queue for each in aliases}
        yield from _workers(queues, swept_at)


def _workers(queues: Collection[str], swept_at: datetime | None) -> Iterator[Finding]:
    workers = inspect_workers.find_workers()
    ours = [worker for worker in workers if worker.knows_us]
    for worker in workers:
        if not worker.knows_us:
            yield warning(
                f"The worker {worker.name} does not know the tasks of seacucumber.",
                "Its Celery application must call autodiscover_tasks(); restart it"
                " after that.",
            )
    if ours:
        yield ok(f"Workers that answer: {', '.join(each.name for each in ours)}.")
        heard = frozenset[str]().union(*(worker.queues for worker in ours))
        named = {queue or inspect_workers.default_queue() for queue in queues}
        for queue in sorted(named - heard):
            yield problem(
                f"No worker listens to the queue {queue}.",
                f"Start one with -Q {queue}, or change CUCUMBER_ROUTE_QUEUE.",
            )
    elif _is_recent(swept_at):
        yield note(
            "No worker answers, yet the queue was swept a moment ago.",
            "There is one, then: it is busy, or the broker, as SQS, passes no questions"
            " on.",
        )
    elif not workers:
        yield problem("No worker answers.", _START_WORKER)


def last_sweep() -> datetime | None:
    """Return when a worker last swept the queue; None if none ever did."""
    jobs = read_jobs(_now())
    return next((job.last_run_at for job in jobs if job.task == SWEEP), None)


def schedule() -> Iterator[Finding]:
    """Look whether the periodic tasks are there and run."""
    now = _now()
    jobs = read_jobs(now)
    swept_at = next((job.last_run_at for job in jobs if job.task == SWEEP), None)
    found = [*_unscheduled(swept_at), *_not_running(jobs, now)]
    if swept_at is None:
        found.append(
            warning(
                "The queue was never swept.",
                "Start beat (celery -A yourproject beat) and a worker: what was not"
                " accepted at once is tried again by the sweep.",
            )
        )
    yield from found
    if not found:
        yield ok(f"All {len(PERIODIC_TASKS)} periodic tasks are scheduled.")
    if swept_at is not None and _is_recent(swept_at):
        yield ok("Beat and a worker run: the queue was swept a moment ago.")


def _unscheduled(swept_at: datetime | None) -> Iterator[Finding]:
    in_beat = tasks_in_beat()
    if in_beat is None and not inspect_workers.has_application():
        # Celery's settings, and so its schedule, are not known here.
        return
    known = inspect_workers.scheduled_tasks() if in_beat is None else in_beat
    missing = [row for row in PERIODIC_TASKS if row.task not in known]
    if not missing:
        return
    names = ", ".join(row.task.rpartition(".")[2] for row in missing)
    if in_beat is not None:
        yield warning(
            f"django-celery-beat lacks periodic tasks: {names}.",
            "manage.py ses_setup creates them.",
        )
        return
    # Some other scheduler may start them, which only its traces tell.
    say = note if _is_recent(swept_at) else warning
    yield say(
        f"Celery's beat_schedule lacks periodic tasks: {names}.",
        "Add seacucumber.schedule.beat_schedule() to CELERY_BEAT_SCHEDULE.",
    )


def _not_running(jobs: tuple[Job, ...], now: datetime) -> Iterator[Finding]:
    off = [job.task.rpartition(".")[2] for job in jobs if not job.enabled]
    if off:
        yield note(
            f"Switched off in django-celery-beat: {', '.join(off)}.",
            "Somebody wanted that. Its admin switches them on again.",
        )
    # The verdict of each account has a word on the sweep.
    late = [
        f"{job.task.rpartition('.')[2]} ({since(job.last_run_at, now)} ago)"
        for job in jobs
        if job.late and job.last_run_at is not None and job.task != SWEEP
    ]
    if late:
        yield warning(
            f"Periodic tasks do not run: {', '.join(late)}.",
            "Start beat and a worker.",
        )


def clocks() -> Iterator[Finding]:
    """Look at the clocks of this host and of all that were heard of lately."""
    using = queue_database()
    host_clock.note(using)
    found = read_wrong_clocks(clock.read_us(using))
    yield from map(judge, found)
    if not found:
        yield ok("The hosts' clocks agree with the database's.")


def _now() -> datetime:
    return of_us(clock.read_us(queue_database()))


def _is_recent(at: datetime | None) -> bool:
    return at is not None and is_recent(at, _now())

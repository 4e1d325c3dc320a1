"""A mail room for each scenario, where it is at home, and mail to put into it."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from kombu import Connection

from tests.faults.extent import EXTENT
from tests.faults.services import BROKERS, POOLS, broker_url
from tests.office import MailRoom

OpenMailRoom = Callable[..., MailRoom]
Figures = Callable[..., None]

_FIGURES = pytest.StashKey[list[str]]()
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Home:
    """Where a scenario runs in ``make faults-quick``.

    Args:
        only: It fits no other broker and pool.
        databases: Where else it fits; all if empty.
    """

    database: str = "sqlite"
    broker: str = "valkey"
    pool: str = "prefork"
    only: bool = False
    databases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.database}-{self.broker}-{self.pool}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a scenario at home, or with every broker and pool of this run's database."""
    if "home" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("home")
    home = Home(*mark.args, **mark.kwargs) if mark else Home()
    metafunc.parametrize("home", _homes(home), ids=str)


def _homes(home: Home) -> list[Home]:
    database = os.environ.get("SEACUCUMBER_TEST_DB", "sqlite")
    if home.database == "nowhere":
        return []
    if EXTENT != "home" and database not in (home.databases or (database,)):
        return []
    if EXTENT == "everywhere":
        pairs = product(BROKERS, POOLS)
        if home.only:
            pairs = product((home.broker,), (home.pool,))
        return [Home(database, broker, pool) for broker, pool in pairs]
    if EXTENT == "alone":
        without = home.only and home.broker != "valkey"
        return [] if without else [Home(database, "valkey", home.pool)]
    return [home] if home.database == database else []


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Mark the scenarios, and leave out those that are at home elsewhere."""
    away = []
    for item in items:
        if _HERE not in item.path.parents:
            continue
        item.add_marker(pytest.mark.faults)
        if getattr(item, "callspec", None) and "NOTSET" in item.callspec.id:
            away.append(item)
    if away:
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]


@pytest.fixture
def queue_name(home: Home) -> Iterator[str]:
    """A queue of the scenario's own: others may use the same server."""
    name = f"seacucumber-{uuid.uuid4().hex}"
    yield name
    if home.broker != "valkey":
        with Connection(broker_url(home.broker)) as connection:
            connection.SimpleQueue(name).queue.delete()


@pytest.fixture
def open_mail_room(
    transactional_db: None, settings: Any, home: Home, queue_name: str
) -> Iterator[OpenMailRoom]:
    """Return a function that starts a mail room; it is closed after the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> MailRoom:
            worker_settings = {
                "CELERY_TASK_DEFAULT_QUEUE": queue_name,
                **options.pop("worker_settings", {}),
            }
            place = {"broker_url": broker_url(home.broker), "pool": home.pool}
            room = MailRoom(
                settings, **{**place, **options}, worker_settings=worker_settings
            )
            return stack.enter_context(room)

        yield start


@pytest.fixture
def figures(request: pytest.FixtureRequest, home: Home) -> Figures:
    """Return a function that takes down a scenario's figures, e.g. ``lost=0``."""

    def take_down(**values: object) -> None:
        row = {"scenario": _title(request.node), **asdict(home), "figures": values}
        line = ", ".join(f"{name} {value}" for name, value in values.items())
        lines = request.config.stash.setdefault(_FIGURES, [])
        lines.append(f"{row['scenario']} ({home}): {line}")
        path = os.environ.get("SEACUCUMBER_FAULTS_FIGURES")
        if path:
            with Path(path).open("a") as file:
                file.write(json.dumps(row, default=str) + "\n")

    return take_down


def _title(node: pytest.Item) -> str:
    name: str = node.originalname  # type: ignore[attr-defined]
    return name.removeprefix("test_").replace("_", " ")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the figures, a line a scenario."""
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(line)


def send_one_by_one(
    count: int, *, to: Callable[[int], list[str]] | None = None
) -> None:
    """Send numbered messages with one ``send()`` each."""
    for number in range(count):
        recipients = to(number) if to else [f"reader{number}@example.org"]
        mail.EmailMessage(
            f"Message {number}", "Good news.", "post@example.com", recipients
        ).send()

"""Databases that a queue is not safe in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections

from seacucumber.checks import mysql
from tests.checks.test_checks import found

needs_mysql = pytest.mark.skipif(
    connection.vendor != "mysql", reason="only MySQL and MariaDB have engines"
)


def found_in(using: str) -> dict[str, CheckMessage]:
    """Return what is found where the database may be asked."""
    messages = run_checks(tags=[Tags.database], databases=[using])
    return {
        str(message.id): message
        for message in messages
        if str(message.id).startswith("seacucumber.")
    }


class QueueElsewhere:
    """A database router that gives Sea Cucumber a database of its own."""

    def db_for_write(self, model: type, **hints: Any) -> str | None:
        app = model._meta.app_label  # type: ignore[attr-defined]
        return "other" if app == "seacucumber" else None


@pytest.fixture
def sqlite_file(
    tmp_path: Path, settings: Any, django_db_blocker: Any
) -> Iterator[dict[str, Any]]:
    """The settings of a database in a new file, which the queue is routed to."""
    row = {
        **connection.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "queue.sqlite3"),
        "OPTIONS": {},
    }
    connections.settings["other"] = row
    settings.DATABASE_ROUTERS = [f"{__name__}.QueueElsewhere"]
    with django_db_blocker.unblock():
        yield row
        session = connections["other"].connection
        connections["other"].close()
        if session is not None:
            # Django leaves a database in memory open.
            session.close()
    del connections.settings["other"], connections["other"]


def test_e010_a_database_whose_locks_are_not_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "vendor", "oracle")

    assert "in a oracle database" in found()["seacucumber.E010"].msg


@pytest.mark.django_db
def test_the_database_of_this_suite_is_fine() -> None:
    assert found_in("default") == {}


def test_w001_w033_sqlite_as_django_begins_with_it(sqlite_file: Any) -> None:
    problems = found_in("other")

    assert list(problems) == ["seacucumber.W001", "seacucumber.W033"]
    assert "transaction_mode" in str(problems["seacucumber.W001"].hint)
    assert "'other' is 'delete'" in problems["seacucumber.W033"].msg
    assert "journal_mode=WAL" in str(problems["seacucumber.W033"].hint)


def test_sqlite_as_the_readme_has_it_is_fine(sqlite_file: dict[str, Any]) -> None:
    sqlite_file["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }

    assert found_in("other") == {}


def test_write_ahead_logging_may_be_in_the_file_already(
    sqlite_file: dict[str, Any],
) -> None:
    with sqlite3.connect(sqlite_file["NAME"]) as file:
        file.execute("PRAGMA journal_mode=WAL")
    file.close()
    sqlite_file["OPTIONS"] = {"transaction_mode": "exclusive"}

    assert found_in("other") == {}


def test_one_process_in_its_memory_waits_for_nobody(
    sqlite_file: dict[str, Any],
) -> None:
    sqlite_file["NAME"] = ":memory:"

    assert found_in("other") == {}


def test_w001_is_not_repeated_before_every_command(sqlite_file: Any) -> None:
    assert "seacucumber.W001" not in found()


def test_w034_a_rollback_that_takes_no_mail_back(sqlite_file: Any) -> None:
    message = found()["seacucumber.W034"]

    assert "in the database 'other'" in message.msg
    assert "transaction.on_commit()" in str(message.hint)


def test_no_transaction_is_lost_where_there_is_no_other_database(
    sqlite_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.dummy")

    assert found() == {}


@needs_mysql
@pytest.mark.django_db
def test_e022_migrate_makes_no_tables_without_transactions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        mysql, "_ENGINES", mysql._ENGINES.replace("_message", "_of_nobody")
    )
    assert found_in("default") == {}
    with connection.cursor() as cursor:
        cursor.execute("SET default_storage_engine=MyISAM")
        try:
            message = found_in("default")["seacucumber.E022"]
            with pytest.raises(SystemCheckError, match="would be MyISAM"):
                call_command("migrate", verbosity=0, skip_checks=False)
        finally:
            cursor.execute("SET default_storage_engine=InnoDB")

    assert "default_storage_engine=INNODB" in str(message.hint)


@needs_mysql
@pytest.mark.django_db
def test_e022_tables_that_were_made_without_transactions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS old_queue (a int) ENGINE=MyISAM")
        try:
            monkeypatch.setattr(
                mysql,
                "_ENGINES",
                mysql._ENGINES.replace("seacucumber_message", "old_queue"),
            )
            message = found_in("default")["seacucumber.E022"]
        finally:
            cursor.execute("DROP TABLE old_queue")

    assert "are MyISAM" in message.msg
    assert "ENGINE=InnoDB" in str(message.hint)

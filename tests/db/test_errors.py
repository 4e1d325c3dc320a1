"""Which failures may pass: by the codes of the drivers that are really there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from django.db import (
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from seacucumber.db.errors import find_passing, may_pass


def wrapped(django: type[Error], driver: BaseException) -> Error:
    """Return a driver's error as Django raises it."""
    error = django(*driver.args)
    error.__cause__ = driver
    return error


# Codes and names: PostgreSQL's documentation, appendix A.
@pytest.mark.parametrize(
    ("code", "django"),
    [
        ("25006", InternalError),  # read_only_sql_transaction
        ("25P03", OperationalError),  # idle_in_transaction_session_timeout
        ("57P01", OperationalError),  # admin_shutdown
        ("57P02", OperationalError),  # crash_shutdown
        ("57P03", OperationalError),  # cannot_connect_now
        ("08006", OperationalError),  # connection_failure
        ("08P01", OperationalError),  # protocol_violation, all of PgBouncer's
        ("53100", OperationalError),  # disk_full
        ("53200", OperationalError),  # out_of_memory
        ("53300", OperationalError),  # too_many_connections
        ("40001", OperationalError),  # serialization_failure
        ("40P01", OperationalError),  # deadlock_detected
        ("55P03", OperationalError),  # lock_not_available
        ("57014", OperationalError),  # query_canceled
        ("58030", OperationalError),  # io_error
    ],
)
def test_a_failure_of_postgresql_passes_by_its_sqlstate(
    code: str, django: type[Error]
) -> None:
    driver = psycopg.errors.lookup(code)("in the server's language")

    assert may_pass(wrapped(django, driver))


class OldPostgresError(Exception):
    """As psycopg2 tells a code."""

    pgcode = "25006"


def test_psycopg2_tells_its_code_under_another_name() -> None:
    assert may_pass(wrapped(InternalError, OldPostgresError("read-only")))


@pytest.mark.parametrize(
    ("code", "django"),
    [
        ("42P01", ProgrammingError),  # undefined_table
        ("42501", ProgrammingError),  # insufficient_privilege
        ("22001", DataError),  # string_data_right_truncation
        ("23505", IntegrityError),  # unique_violation
        ("25P02", InternalError),  # in_failed_sql_transaction
        ("57P04", OperationalError),  # database_dropped
    ],
)
def test_a_defect_does_not_pass_on_postgresql(code: str, django: type[Error]) -> None:
    assert not may_pass(wrapped(django, psycopg.errors.lookup(code)("no")))


# Numbers and names: MariaDB's list of error codes.
@pytest.mark.parametrize(
    "number",
    [
        1290,  # ER_OPTION_PREVENTS_STATEMENT, --read-only
        1792,  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        1836,  # ER_READ_ONLY_MODE
        1021,  # ER_DISK_FULL
        1114,  # ER_RECORD_FILE_FULL
        1030,  # ER_GET_ERRNO
        1205,  # ER_LOCK_WAIT_TIMEOUT
        1213,  # ER_LOCK_DEADLOCK
        1020,  # ER_CHECKREAD
        1040,  # ER_CON_COUNT_ERROR
        1047,  # ER_UNKNOWN_COM_ERROR, of a Galera node that joins
        1053,  # ER_SERVER_SHUTDOWN
        1927,  # ER_CONNECTION_KILLED
        2003,  # CR_CONN_HOST_ERROR
        2006,  # CR_SERVER_GONE_ERROR
        2013,  # CR_SERVER_LOST
    ],
)
@pytest.mark.parametrize("django", [OperationalError, InternalError])
def test_a_failure_of_mariadb_passes_by_its_number(
    number: int, django: type[Error]
) -> None:
    driver = pymysql.err.OperationalError(number, "in the server's language")

    assert may_pass(wrapped(django, driver))


@pytest.mark.parametrize(
    ("number", "django"),
    [
        (1146, ProgrammingError),  # ER_NO_SUCH_TABLE
        (1054, OperationalError),  # ER_BAD_FIELD_ERROR
        (1142, OperationalError),  # ER_TABLEACCESS_DENIED_ERROR
        (1062, IntegrityError),  # ER_DUP_ENTRY
        (1406, DataError),  # ER_DATA_TOO_LONG
    ],
)
def test_a_defect_does_not_pass_on_mariadb(number: int, django: type[Error]) -> None:
    driver = pymysql.err.OperationalError(number, "no")

    assert not may_pass(wrapped(django, driver))


@pytest.fixture
def opened() -> Iterator[Callable[..., sqlite3.Connection]]:
    """Return a function that opens a database file; it is closed after the test."""
    with ExitStack() as stack:

        def connect(path: Path | str, **options: Any) -> sqlite3.Connection:
            session = sqlite3.connect(path, isolation_level=None, **options)
            return stack.enter_context(closing(session))

        yield connect


def test_sqlite_tells_a_full_disk_from_a_missing_table(
    tmp_path: Path, opened: Callable[..., sqlite3.Connection]
) -> None:
    session = opened(tmp_path / "queue.sqlite3")
    session.execute("CREATE TABLE mail (body)")
    session.execute("PRAGMA max_page_count = 3")

    with pytest.raises(sqlite3.OperationalError) as full:
        session.execute("INSERT INTO mail VALUES (zeroblob(1000000))")
    with pytest.raises(sqlite3.OperationalError) as missing:
        session.execute("SELECT * FROM letters")

    assert may_pass(wrapped(OperationalError, full.value))
    assert not may_pass(wrapped(OperationalError, missing.value))


def test_sqlite_tells_what_is_locked_read_only_or_gone(
    tmp_path: Path, opened: Callable[..., sqlite3.Connection]
) -> None:
    path = tmp_path / "queue.sqlite3"
    writer = opened(path)
    writer.execute("CREATE TABLE mail (body)")
    writer.execute("BEGIN IMMEDIATE")
    other = opened(path, timeout=0)
    reader = opened(f"file:{path}?mode=ro", uri=True, timeout=0)

    with pytest.raises(sqlite3.OperationalError) as locked:
        other.execute("BEGIN IMMEDIATE")
    writer.execute("ROLLBACK")
    with pytest.raises(sqlite3.OperationalError) as read_only:
        reader.execute("INSERT INTO mail VALUES (1)")
    with pytest.raises(sqlite3.OperationalError) as gone:
        opened(tmp_path / "no folder" / "queue.sqlite3")

    for failure in (locked, read_only, gone):
        assert may_pass(wrapped(OperationalError, failure.value))


@pytest.mark.parametrize(
    "error",
    [
        # libpq gives no SQLSTATE where the server did not speak.
        wrapped(OperationalError, psycopg.OperationalError("connection refused")),
        wrapped(InterfaceError, psycopg.InterfaceError("the connection is closed")),
        wrapped(InterfaceError, pymysql.err.InterfaceError(0, "")),
    ],
)
def test_a_connection_that_is_gone_passes_though_no_code_is_given(
    error: Error,
) -> None:
    assert may_pass(error)


def test_an_error_of_django_itself_is_a_defect() -> None:
    assert not may_pass(ProgrammingError("no"))


def test_only_a_transaction_that_was_undone_leaves_its_session_of_use() -> None:
    deadlock = psycopg.errors.lookup("40P01")("deadlock")
    replica = psycopg.errors.lookup("25006")("read-only")

    for error, keeps in ((deadlock, True), (replica, False)):
        found = find_passing(error)
        assert found is not None
        assert found.keeps_session is keeps

"""Databases on the PostgreSQL server of this machine, if there is one."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from tests.services import database


def missing() -> str:
    """Return why PostgreSQL cannot be used, or nothing."""
    try:
        _connect().close()
    except psycopg.Error as error:
        return str(error).strip().partition("\n")[0]
    return ""


def create(name: str) -> None:
    """Make an empty database."""
    _run("CREATE DATABASE {}", name)


def drop(name: str) -> None:
    """Remove a database, whoever is connected to it."""
    _run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(statement: Any, name: str) -> None:
    with _connect() as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _connect() -> psycopg.Connection:
    row = database("postgres")
    return psycopg.connect(
        host=row["HOST"],
        port=row["PORT"],
        user=row["USER"],
        password=row["PASSWORD"],
        dbname="postgres",
        connect_timeout=3,
        autocommit=True,
    )

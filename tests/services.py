"""The databases and brokers that the suite can run on, all on this machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pymysql

REDIS_URL = os.environ.get("SEACUCUMBER_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
AMQP_URL = os.environ.get(
    "SEACUCUMBER_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"
)

#: Unique per test run, because several may be under way on one machine.
_RUN = f"seacucumber_{os.getpid()}"


def database(kind: str) -> dict[str, Any]:
    """Return Django's ``DATABASES`` row for ``sqlite``, ``postgres`` or ``mariadb``."""
    row = {"sqlite": _sqlite, "postgres": _postgres, "mariadb": _mariadb}[kind]()
    shared = os.environ.get("SEACUCUMBER_TEST_DB_NAME")
    if shared:
        row["NAME"] = shared
    return row


def child_environment(name: str, **more: str) -> dict[str, str]:
    """Return the environment of a process that shares the test database ``name``."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SEACUCUMBER_TEST_DB_NAME": name,
        **more,
    }


def _sqlite() -> dict[str, Any]:
    """A file, not memory: worker processes open it as well."""
    folder = Path(tempfile.gettempdir())
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / f"{_RUN}.sqlite3"),
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
        "TEST": {"NAME": str(folder / f"test_{_RUN}.sqlite3")},
    }


def _postgres() -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "test",
        "HOST": os.environ.get("SEACUCUMBER_TEST_POSTGRES_HOST", "127.0.0.1"),
        "PORT": os.environ.get("SEACUCUMBER_TEST_POSTGRES_PORT", "5432"),
        "USER": os.environ.get("SEACUCUMBER_TEST_POSTGRES_USER", "postgres"),
        "PASSWORD": os.environ.get("SEACUCUMBER_TEST_POSTGRES_PASSWORD", ""),
        "TEST": {"NAME": f"test_{_RUN}"},
    }


def _mariadb() -> dict[str, Any]:
    """PyMySQL stands in for mysqlclient, which needs a compiler."""
    pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": "test",
        "HOST": os.environ.get("SEACUCUMBER_TEST_MARIADB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("SEACUCUMBER_TEST_MARIADB_PORT", "3306"),
        "USER": os.environ.get("SEACUCUMBER_TEST_MARIADB_USER", "root"),
        "PASSWORD": os.environ.get("SEACUCUMBER_TEST_MARIADB_PASSWORD", ""),
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"NAME": f"test_{_RUN}", "CHARSET": "utf8mb4"},
    }

"""What scenarios run on, and what of it this machine has."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.services import AMQP_URL, REDIS_URL, database

DATABASES = ("sqlite", "postgres", "mariadb")
BROKERS = ("valkey", "redis", "rabbitmq")
POOLS = ("prefork", "threads", "gevent")

_URLS = {"redis": REDIS_URL, "rabbitmq": AMQP_URL}


def broker_url(broker: str) -> str | None:
    """Return where a broker listens; None for the one that a mail room starts."""
    return _URLS.get(broker)


def missing() -> list[str]:
    """Return the databases and brokers that do not answer on this machine."""
    return [name for name in (*DATABASES, *BROKERS) if not _answers(name)]


def _answers(name: str) -> bool:
    if name in _URLS:
        url = urlsplit(_URLS[name])
        address = (url.hostname or "127.0.0.1", url.port or 0)
    elif name in ("postgres", "mariadb"):
        row = database(name)
        address = (row["HOST"], int(row["PORT"]))
    else:
        return True
    try:
        with socket.create_connection(address, 2):
            return True
    except OSError:
        return False

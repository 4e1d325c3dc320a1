"""A DNS server that has what a test publishes, and a clock that a test moves on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from seacucumber import dkim_keys
from seacucumber.db import clock
from seacucumber.models import DkimKey
from seacucumber.signing import KeyRecord
from tests.dns.server import DnsServer


class Time:
    """The database's time, some way on."""

    def __init__(self) -> None:
        self.ahead_us = 0

    def passes(self, **units: float) -> None:
        """Let time pass: ``passes(minutes=10)``."""
        self.ahead_us += int(timedelta(**units) / timedelta(microseconds=1))


class Zone:
    """What is published."""

    def __init__(self, server: DnsServer) -> None:
        self.server = server

    def publish(self, key: DkimKey, text: str = "") -> None:
        """Publish a key's record, or another text at its name."""
        record = dkim_keys.record_of(key)
        quoted = f'"{text}"' if text else record.quoted_strings
        self.server.zone[record.name, "TXT"] = [quoted]

    def remove(self, key: DkimKey) -> None:
        """Take a key's record away."""
        del self.server.zone[dkim_keys.record_of(key).name, "TXT"]

    def record(self, key: DkimKey) -> KeyRecord:
        """Return a key's record."""
        return dkim_keys.record_of(key)


@pytest.fixture
def zone(settings: Any) -> Iterator[Zone]:
    """A zone without records, which keys are looked for in."""
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        yield Zone(server)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The database's clock."""
    time, ask = Time(), clock._ask

    def later(connection: BaseDatabaseWrapper) -> int:
        return ask(connection) + time.ahead_us

    monkeypatch.setattr(clock, "_ask", later)
    # What was learned of the time is forgotten with it.
    monkeypatch.setattr(clock, "_offsets", {})
    return time

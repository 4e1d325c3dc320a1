"""Identities of a local SES, and rows that stand for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seacucumber.conf import get_mailer
from seacucumber.models import Identity
from tests.dns.server import DnsServer


def rows() -> dict[str, Identity]:
    """Return all rows of the account by name."""
    found = Identity.objects.filter(pace_key=get_mailer().pace_key)
    return {row.name: row for row in found}


@pytest.fixture
def server() -> Iterator[DnsServer]:
    """A DNS server whose zone is empty."""
    with DnsServer() as server:
        yield server

"""A DNS server, and a resolver that asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seacucumber.dns import Resolver, make_resolver
from tests.dns.server import DnsServer


@pytest.fixture
def server() -> Iterator[DnsServer]:
    """A server whose zone is empty."""
    with DnsServer() as server:
        yield server


@pytest.fixture
def resolver(server: DnsServer) -> Resolver:
    """A resolver that gives up soon."""
    resolver = make_resolver([("127.0.0.1", server.port)])
    resolver.lifetime = resolver.timeout = 0.5
    return resolver

"""A local SES for each test, and clients that talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seacucumber.testing import LocalSES
from tests.testing import mail
from tests.testing.listeners import Listening, listening


@pytest.fixture
def ses() -> Iterator[LocalSES]:
    """A local SES that is fast enough not to be in the way."""
    with LocalSES(rate=1000.0, verified=["example.com"]) as server:
        yield server
        assert server.counters.crashes == 0


@pytest.fixture
def connect() -> Iterator[Callable[..., Any]]:
    """Return a maker of clients, see `sending.client`; they are closed at the end."""
    clients: list[Any] = []

    def make(url: str, *arguments: Any, **config: Any) -> Any:
        clients.append(mail.client(url, *arguments, **config))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def v2(ses: LocalSES, connect: Callable[..., Any]) -> Any:
    """A ``sesv2`` client of the local SES."""
    return connect(ses.url)


@pytest.fixture
def v1(ses: LocalSES, connect: Callable[..., Any]) -> Any:
    """A ``ses`` client of the local SES."""
    return connect(ses.url, "ses")


@pytest.fixture
def sqs(ses: LocalSES, connect: Callable[..., Any]) -> Any:
    """A ``sqs`` client of the local SES."""
    return connect(ses.url, "sqs")


@pytest.fixture
def sns(ses: LocalSES, connect: Callable[..., Any]) -> Any:
    """A ``sns`` client of the local SES."""
    return connect(ses.url, "sns")


@pytest.fixture
def web() -> Iterator[Listening]:
    """A web server that SNS can post to."""
    with listening() as here:
        yield here

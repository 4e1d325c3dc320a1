"""The server as a whole: start, stop, many clients."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from seacucumber.testing import LocalSES
from tests.testing.mail import call


def test_outage_ends_at_the_same_address(connect: Callable[..., Any]) -> None:
    with LocalSES(verified=["example.com"]) as ses:
        url = ses.url
        client = connect(url)
        client.send_email(**call())

        ses.stop()
        with pytest.raises(EndpointConnectionError):
            client.send_email(**call())
        ses.start()
        client.send_email(**call())

        assert ses.url == url
        assert len(ses.inbox) == 2


def test_address_is_known_only_after_the_start() -> None:
    ses = LocalSES()

    with pytest.raises(RuntimeError, match="has not been started"):
        _ = ses.url


def test_many_threads_are_counted_exactly(connect: Callable[..., Any]) -> None:
    with LocalSES(rate=1e6, quota_24h=150, verified=["example.com"]) as ses:
        client = connect(ses.url, max_pool_connections=8)
        refused: list[str] = []

        def send() -> None:
            for _ in range(25):
                try:
                    client.send_email(**call())
                except client.exceptions.LimitExceededException as error:
                    refused.append(str(error))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(ses.inbox) == ses.sent_last_24h == 150
        assert len(refused) == ses.counters.quota_rejections == 50
        assert [row.number for row in ses.inbox] == list(range(1, 151))


def test_stop_leaves_no_thread_behind(connect: Callable[..., Any]) -> None:
    before = threading.active_count()
    with LocalSES(verified=["example.com"]) as ses:
        connect(ses.url).send_email(**call())
        assert threading.active_count() > before

    assert threading.active_count() == before


def test_version_6_address_can_be_bound(connect: Callable[..., Any]) -> None:
    with LocalSES(host="::1", verified=["example.com"]) as ses:
        assert ses.url.startswith("http://[::1]:")
        connect(ses.url).send_email(**call())

        assert len(ses.inbox) == 1


def test_initial_identity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid domain name"):
        LocalSES(verified=["not a domain"])

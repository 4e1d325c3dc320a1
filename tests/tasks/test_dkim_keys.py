"""The task that looks after DKIM keys, and pages that ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app

from seacucumber import dkim_keys, tasks
from seacucumber.models import DkimKey
from tests.dns.server import DnsServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(settings: Any) -> Iterator[DkimKey]:
    """A key whose record is published."""
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        key = dkim_keys.generate("example.com", bits=1024)
        record = dkim_keys.record_of(key)
        server.zone[record.name, "TXT"] = [record.quoted_strings]
        yield key


def test_beat_looks_at_all_keys_whose_time_has_come(key: DkimKey) -> None:
    result = tasks.check_dkim_keys.apply().get()

    assert result == {
        "checked": 1,
        "prepared": 0,
        "switched": 0,
        "revoking": 0,
        "archived": 0,
    }
    assert json.loads(json.dumps(result)) == result
    assert tasks.check_dkim_keys.apply().get()["checked"] == 0
    key.refresh_from_db()
    assert key.result == "match"


def test_one_key_is_looked_at_now(key: DkimKey) -> None:
    tasks.check_dkim_keys.apply()

    assert tasks.check_dkim_keys.apply(kwargs={"key": key.pk}).get() == {"checked": 1}
    assert tasks.check_dkim_keys.apply(kwargs={"key": key.pk + 1}).get() == {
        "checked": 0
    }
    key.refresh_from_db()
    assert key.good_checks == 2


class TestAsking:
    def test_worker_is_told_the_keys_number_and_nothing_else(
        self, key: DkimKey, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        sent: list[dict[str, Any]] = []
        monkeypatch.setattr(
            tasks.check_dkim_keys, "apply_async", lambda **call: sent.append(call)
        )
        settings.CUCUMBER_ROUTE_QUEUE = "mail"
        DkimKey.objects.update(mailer="default")

        assert tasks.ask_for_key_check(key.pk) is True
        assert tasks.ask_for_key_check(key.pk + 1) is True

        [call] = sent
        assert call["kwargs"] == {"key": key.pk}
        assert call["queue"] == "mail"

    def test_broker_that_is_down_is_told_and_no_error(
        self, key: DkimKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**call: Any) -> None:
            raise ConnectionRefusedError("no broker")

        monkeypatch.setattr(tasks.check_dkim_keys, "apply_async", refuse)

        assert tasks.ask_for_key_check(key.pk) is False

    def test_without_a_worker_dns_is_asked_here(self, key: DkimKey) -> None:
        current_app.conf.task_always_eager = True
        try:
            assert tasks.ask_for_key_check(key.pk) is True
        finally:
            current_app.conf.task_always_eager = False

        key.refresh_from_db()
        assert key.result == "match"

"""The tasks that ask SES and DNS, and pages that ask for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import current_app

from seacucumber import identities, tasks
from seacucumber.conf import get_mailer
from seacucumber.enums import RefreshSubject
from seacucumber.models import AccountSnapshot, Hold, Identity, Suppressed
from seacucumber.testing import Fault, LocalSES, errors
from tests.dns.server import DnsServer
from tests.guard.figures import mail

pytestmark = pytest.mark.django_db


def test_identities_are_read_and_counted(ses: LocalSES) -> None:
    result = tasks.refresh_identities.apply().get()

    assert result == {
        "default": {"identities": "asked", "added": 1, "removed": 0, "changed": 0}
    }
    assert json.loads(json.dumps(result)) == result
    assert Identity.objects.get().name == "example.com"


def test_second_beat_finds_them_young_enough(ses: LocalSES) -> None:
    tasks.refresh_identities.apply()
    tasks.refresh_usage.apply()
    calls = ses.counters.control_calls

    assert tasks.refresh_identities.apply().get()["default"]["identities"] == "fresh"
    assert tasks.refresh_usage.apply().get() == {
        "default": {"account": "fresh", "statistics": "fresh"}
    }
    assert ses.counters.control_calls == calls


def test_trouble_is_a_result_in_plain_words(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetAccount", "*")
    ses.faults.add(Fault.answer(denied, operation="GetAccount"))

    result = tasks.refresh_usage.apply().get()

    assert "allow ses:GetAccount" in result["default"]["account"]
    assert result["default"]["statistics"] == "asked"


def test_suppression_is_read_once_by_two_beats(ses: LocalSES) -> None:
    ses.suppress("ann@example.org")

    first = tasks.refresh_suppression.apply().get()
    second = tasks.refresh_suppression.apply().get()

    assert first == {
        "default": {"suppression": "asked", "listed": 1, "added": 1, "removed": 0}
    }
    assert second["default"]["suppression"] == "fresh"
    assert Suppressed.objects.get().address == "ann@example.org"


def test_who_does_not_go_by_ses_list_does_not_ask_for_it(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_SUPPRESSION = ["ours"]

    assert tasks.refresh_suppression.apply().get() == {}
    assert ses.counters.control_calls == 0


def test_the_guard_looks_and_tells(ses: LocalSES) -> None:
    mail(1000, bounced=80)

    assert tasks.guard_reputation.apply().get() == {"default": "bulk_stopped"}
    assert Hold.objects.get().value == "bulk"


def test_dns_is_looked_at_for_all_or_for_one(ses: LocalSES, settings: Any) -> None:
    with DnsServer() as server:
        settings.CUCUMBER_DNS_SERVERS = [f"127.0.0.1:{server.port}"]
        identities.refresh()
        row = Identity.objects.get()

        assert tasks.check_dns.apply().get() == 1
        assert tasks.check_dns.apply().get() == 0
        assert tasks.check_dns.apply(kwargs={"identity": row.pk}).get() == 1
        assert tasks.check_dns.apply(kwargs={"identity": row.pk + 1}).get() == 0

    row.refresh_from_db()
    assert {entry["result"] for entry in row.records} == {"missing"}


class TestAsking:
    @pytest.mark.parametrize(
        ("subject", "task"),
        [
            (RefreshSubject.ACCOUNT, tasks.refresh_usage),
            ("statistics", tasks.refresh_usage),
            ("identities", tasks.refresh_identities),
            ("suppression", tasks.refresh_suppression),
        ],
    )
    def test_worker_is_to_ask_now(
        self, subject: str, task: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        sent: list[dict[str, Any]] = []
        monkeypatch.setattr(task, "apply_async", lambda **call: sent.append(call))
        settings.CUCUMBER_ROUTE_QUEUE = "mail"

        assert tasks.ask_for_refresh("default", subject) is True

        [call] = sent
        assert call["kwargs"] == {"alias": "default", "unless_younger_s": 0.0}
        assert call["queue"] == "mail"
        assert call["retry"] is False
        # By the clock of the worker's host, and that may be ahead.
        assert "expires" not in call

    def test_worker_is_to_read_the_whole_suppression_list(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: list[dict[str, Any]] = []
        monkeypatch.setattr(
            tasks.refresh_suppression, "apply_async", lambda **call: sent.append(call)
        )

        assert tasks.ask_for_refresh("default", RefreshSubject.ALL_SUPPRESSION)

        [call] = sent
        assert call["kwargs"]["whole"] is True

    def test_broker_that_is_down_is_told_and_no_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**call: Any) -> None:
            raise ConnectionRefusedError("no broker")

        monkeypatch.setattr(tasks.refresh_usage, "apply_async", refuse)

        assert tasks.ask_for_refresh("default", RefreshSubject.ACCOUNT) is False

    def test_without_a_worker_ses_is_asked_here(self, ses: LocalSES) -> None:
        current_app.conf.task_always_eager = True
        try:
            assert tasks.ask_for_refresh("default", RefreshSubject.ACCOUNT) is True
        finally:
            current_app.conf.task_always_eager = False

        assert AccountSnapshot.objects.count() == 1

    def test_dns_check_is_asked_for_by_its_row(
        self, ses: LocalSES, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: list[dict[str, Any]] = []
        monkeypatch.setattr(
            tasks.check_dns, "apply_async", lambda **call: sent.append(call)
        )
        identities.refresh()
        row = Identity.objects.get()

        assert tasks.ask_for_dns_check(row.pk) is True

        assert [call["kwargs"] for call in sent] == [{"identity": row.pk}]


def test_accounts_are_asked_once_each(ses: LocalSES, settings: Any) -> None:
    row = {"BACKEND": "seacucumber.backend.SESBackend"}
    settings.MAILERS = {
        "default": row,
        "news": row,
        "abroad": {**row, "OPTIONS": {"ses_region_name": "us-east-1"}},
    }

    asked = tasks.refresh_usage.apply().get()

    assert len(asked) == 2
    assert {get_mailer(alias).pace_key for alias in asked} == {
        get_mailer("default").pace_key,
        get_mailer("abroad").pace_key,
    }

"""What most tests need: a local SES, our backend in Django's place, no broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from celery import Celery

from seacucumber import refresh_schedule, tasks, webhooks
from seacucumber.conf import Mailer, get_mailer
from seacucumber.db import clock, retry
from seacucumber.delivery.holds import host_clock
from seacucumber.ses import host_clock as ses_host_clock
from seacucumber.ses.inbound import sns_certificates
from seacucumber.tasks import wakeup
from seacucumber.testing import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalSES
from seacucumber.testing.sns.signature import process_signer
from tests import child_processes
from tests.days import Days
from tests.office import use_backend
from tests.queue import USING, put_many
from tests.sns_host import SNSHost
from tests.sns_post import REGION, TOPIC

pytest_plugins = ["seacucumber.testing.pytest_plugin"]


@dataclass(slots=True)
class WakeUps:
    """The wake-ups that would have gone to the broker: (alias, countdown_s)."""

    published: list[tuple[str, float]] = field(default_factory=list)

    @property
    def aliases(self) -> list[str]:
        return [alias for alias, _ in self.published]


def pytest_configure() -> None:
    """Nothing that a test has started outlives the run."""
    child_processes.end_with_the_run()
    # As a project has one; what it is told is for each test to say.
    Celery("the suite").set_default()


@pytest.fixture(autouse=True)
def _no_waiting_for_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local SES takes any number of management calls, unless it is told not to."""
    monkeypatch.setattr(refresh_schedule, "SPACING_US", 0)


@pytest.fixture(autouse=True)
def _no_outage_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database that another test has seen away says nothing in this one."""
    monkeypatch.setattr(retry, "_failed_s", {})


@pytest.fixture(autouse=True)
def _no_clock_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test has found of a clock, which it may have moved, is read again.

    It stays to be reckoned with: a thread of that test may still be at it.
    """
    stale = {using: (us, float("-inf")) for using, (us, _) in clock._offsets.items()}
    monkeypatch.setattr(clock, "_offsets", stale)
    monkeypatch.setattr(host_clock, "_noted_s", {})
    monkeypatch.setattr(ses_host_clock, "_found", None)


@pytest.fixture(autouse=True)
def _no_refusals_before() -> None:
    """A refusal that another test has had in the log is logged in this one, too."""
    webhooks.log_ration.forget()


@pytest.fixture(scope="session")
def _server() -> Iterator[LocalSES]:
    """One server for all tests: a new port would need a new boto3 session each time."""
    with LocalSES(
        rate=1000.0, verified=["example.com"], configuration_sets=["news"]
    ) as server:
        yield server


@pytest.fixture
def ses(_server: LocalSES, settings: Any) -> Iterator[LocalSES]:
    """A local SES as new, where example.com is verified; settings point at it."""
    _server.reset()
    settings.CUCUMBER_ENDPOINT_URL = _server.url
    settings.CUCUMBER_SES_ACCESS_KEY_ID = ACCESS_KEY_ID
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = SECRET_ACCESS_KEY
    settings.CUCUMBER_RATE_LIMIT = 500
    settings.CUCUMBER_CONNECT_TIMEOUT = 0.5
    settings.CUCUMBER_READ_TIMEOUT = 3
    yield _server
    _server.faults.clear()
    assert _server.counters.crashes == 0


@pytest.fixture
def impatient(ses: LocalSES, settings: Any) -> None:
    """Give up on an answer soon; for tests in which none comes."""
    settings.CUCUMBER_READ_TIMEOUT = 0.5


@pytest.fixture
def days(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Days]:
    """Days that pass quickly. What is usual in them: calls that succeed."""
    days = Days(ses, settings)
    ask = clock._ask
    monkeypatch.setattr(clock, "_ask", lambda using: ask(using) + days.ahead_us)
    clock.read_us(USING)
    put_many(60)
    days.beat()
    yield days
    # Whoever reckons from now on is not to go by these days.
    days.ahead_us = 0
    clock.read_us(USING)


@pytest.fixture
def mailer(ses: LocalSES) -> Mailer:
    """The mailer that sends to the local SES."""
    return get_mailer()


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> WakeUps:
    """Record wake-ups in place of publishing them, and forget earlier ones."""
    found = WakeUps()

    def publish(alias: str, countdown_s: float) -> None:
        found.published.append((alias, countdown_s))

    # A slow machine is no broker that does not answer.
    monkeypatch.setattr(wakeup, "PATIENCE_S", 10.0)
    monkeypatch.setattr(tasks._waker, "_publish", publish)
    monkeypatch.setattr(tasks._waker, "_woken_s", {})
    monkeypatch.setattr(tasks._waker, "_broken_until_s", float("-inf"))
    return found


@pytest.fixture
def backend(settings: Any, wakeups: WakeUps) -> None:
    """Django sends through our backend; nobody needs a broker."""
    use_backend(settings)


@pytest.fixture
def sns_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[SNSHost]:
    """SNS's host, which has no certificates yet, and a process that has just begun."""
    host = SNSHost()
    monkeypatch.setattr(sns_certificates, "fetch", host.fetch)
    sns_certificates.certificates.forget()
    webhooks.log_ration.forget()
    yield host
    sns_certificates.certificates.forget()


@pytest.fixture
def trusted(sns_host: SNSHost, settings: Any) -> None:
    """SNS's host has the certificate of the local SNS, and the topic is ours."""
    signer = process_signer()
    sns_host.files[signer.certificate_url(REGION)] = signer.certificate
    settings.CUCUMBER_SNS_TOPICS = [TOPIC]

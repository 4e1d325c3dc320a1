"""The tasks as a worker runs them: doors with one call behind each."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError, ProgrammingError, connection

from seacucumber import tasks
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.claims import claim
from seacucumber.delivery.upkeep import recovery
from seacucumber.enums import MessageState
from seacucumber.models import AccountSnapshot, Message, Pace
from seacucumber.testing import LocalSES
from tests.conftest import WakeUps
from tests.queue import now_us, put, state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "LINGER_US", 0)


def test_delivering_sends_what_is_queued(ses: LocalSES, wakeups: WakeUps) -> None:
    message = put()

    assert tasks.deliver.apply().get() == 1

    assert state(message) == MessageState.SENT
    assert wakeups.published == []


def test_a_deliverer_that_has_to_come_again_says_when(
    ses: LocalSES, wakeups: WakeUps
) -> None:
    put()
    Message.objects.update(ready_at_us=now_us() + 20 * US_PER_S)

    tasks.deliver.apply()

    [(alias, countdown_s)] = wakeups.published
    assert alias == "default"
    assert countdown_s == pytest.approx(20, abs=3)


def test_the_sweep_wakes_up_deliverers_where_mail_waits(
    ses: LocalSES, wakeups: WakeUps
) -> None:
    assert tasks.sweep.apply().get() == 0

    put()
    assert tasks.sweep.apply().get() == 1
    assert wakeups.aliases == ["default"]


def test_keeping_house_tells_what_was_done() -> None:
    assert tasks.purge_expired.apply().get()["messages"] == 0


def test_the_account_is_asked_once_though_several_mailers_use_it(
    ses: LocalSES, settings: Any
) -> None:
    ses.configure(rate=77.0)

    assert tasks.refresh_usage.apply().get() == {
        "default": {"account": "asked", "statistics": "asked"}
    }

    assert AccountSnapshot.objects.get().max_send_rate == 77.0
    assert Pace.objects.get().max_send_rate == 77.0


def test_waking_without_a_worker_delivers_here(ses: LocalSES, wakeups: WakeUps) -> None:
    """Celery's ``task_always_eager``, as tests of host projects have it."""
    message = put()
    current_app.conf.task_always_eager = True
    try:
        tasks.wake("default")
    finally:
        current_app.conf.task_always_eager = False

    assert state(message) == MessageState.SENT
    assert wakeups.published == []


@pytest.mark.parametrize(
    ("early_s", "sent"), [(-60.0, 1), (0.5, 1), (30.0, 0), (7200.0, 1)]
)
def test_a_wake_up_that_comes_early_is_let_go(
    early_s: float, sent: int, ses: LocalSES, wakeups: WakeUps
) -> None:
    """The worker's clock is ahead, and would get it back at once, again and again. What
    lies hours ahead was written before the database's clock was set back.
    """
    put()
    headers = {"seacucumber_due_us": clock.after_us(now_us(), early_s)}

    assert tasks.deliver.apply(headers=headers).get() == sent


def test_a_wake_up_goes_to_the_queue_that_the_settings_name(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda **kw: sent.append(kw))
    settings.CUCUMBER_ROUTE_QUEUE = "mail"

    before_us = clock.read_us("default")
    tasks._publish("default", 0.0)
    tasks._publish("default", 7.0)

    assert [call["queue"] for call in sent] == ["mail", "mail"]
    assert [call.get("countdown") for call in sent] == [None, 7.0]
    # By the database's clock; no host's clock makes any of them void.
    due_us = sent[1]["headers"]["seacucumber_due_us"]
    assert due_us - before_us == pytest.approx(7 * US_PER_S, abs=US_PER_S)
    assert not any("expires" in call for call in sent)
    # The broker gets an alias and no mail.
    assert {call["args"] for call in sent} == {("default",)}
    assert not any(call["retry"] for call in sent)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("task", [tasks.deliver, tasks.sweep])
def test_a_task_that_comes_again_fails_quietly_while_the_database_is_away(
    task: Any,
    ses: LocalSES,
    wakeups: WakeUps,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(claim, "JOIN_FOR_S", 0.1)
    monkeypatch.setattr(recovery, "SWEEP_FOR_S", 0.1)

    def refuse(*args: Any) -> None:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(refuse):
        assert task.apply(throw=True).get() == 0

    assert "gives up for now: server closed the connection" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_defect_of_a_task_is_not_kept_quiet(ses: LocalSES, wakeups: WakeUps) -> None:
    def refuse(*args: Any) -> None:
        raise ProgrammingError("no such column")

    with connection.execute_wrapper(refuse), pytest.raises(ProgrammingError):
        tasks.sweep.apply(throw=True)


def test_limits_that_a_project_has_for_its_own_tasks_do_not_reach_ours() -> None:
    """The pool takes a limit of its settings where a task has none."""
    ours = [
        task
        for name, task in current_app.tasks.items()
        if name.startswith("seacucumber.")
    ]

    assert len(ours) > 8
    assert all(task.time_limit and task.soft_time_limit for task in ours)

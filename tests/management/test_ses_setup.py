"""``manage.py ses_setup``: one command to begin with, and whenever in doubt."""

from __future__ import annotations

import io
import json
from importlib.util import find_spec
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from seacucumber.models import AccountSnapshot, Identity
from seacucumber.schedule import PERIODIC_TASKS
from seacucumber.testing import Fault, LocalSES, errors
from tests.figures.test_events import QUEUE, accepted, heard

pytestmark = pytest.mark.django_db

needs_beat = pytest.mark.skipif(
    find_spec("django_celery_beat") is None, reason="django-celery-beat is not here"
)


def run(**options: Any) -> str:
    output = io.StringIO()
    call_command("ses_setup", stdout=output, **options)
    return output.getvalue()


@needs_beat
def test_missing_periodic_tasks_are_made_once(ses: LocalSES) -> None:
    from django_celery_beat.models import PeriodicTask

    PeriodicTask.objects.filter(task="seacucumber.tasks.sweep").delete()

    first = run()
    second = run()

    assert "created in django-celery-beat:\n  Sea Cucumber: sweep the queue\n" in first
    assert "Periodic tasks: all there." in second
    ours = PeriodicTask.objects.filter(task__startswith="seacucumber.")
    assert ours.count() == len(PERIODIC_TASKS)


@needs_beat
def test_edited_task_stays_as_it_is(ses: LocalSES) -> None:
    from django_celery_beat.models import PeriodicTask

    PeriodicTask.objects.filter(task="seacucumber.tasks.sweep").update(enabled=False)

    run()

    assert not PeriodicTask.objects.get(task="seacucumber.tasks.sweep").enabled


def test_account_and_identities_are_read_and_told(ses: LocalSES, settings: Any) -> None:
    ses.configure(rate=1.0, quota_24h=200.0, sandbox=True)
    settings.DEFAULT_FROM_EMAIL = "Ann <ann@example.org>"
    settings.SERVER_EMAIL = "root@example.com"

    text = run()

    assert "sandbox, 200.0 recipients in 24 hours, 1.0 per second." in text
    assert "Identities: 1 of 1 verified." in text
    assert "DEFAULT_FROM_EMAIL is ann@example.org" in text
    assert "ses_address verify ann@example.org" in text
    assert "SERVER_EMAIL" not in text
    assert AccountSnapshot.objects.count() == 1
    assert Identity.objects.get().name == "example.com"


def test_denied_permission_is_named_and_the_rest_is_done(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetAccount", "*")
    ses.faults.add(Fault.answer(denied, operation="GetAccount"))
    output = io.StringIO()

    with pytest.raises(CommandError, match="ses:GetAccount"):
        call_command("ses_setup", stdout=output)

    assert "Identities: 1 of 1 verified." in output.getvalue()


def test_json_is_for_programs(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_SES_REGION_NAME = "us-east-1"

    told = json.loads(run(json=True))

    assert told["mailer"] == "default"
    assert told["region"] == "us-east-1"
    assert told["account"]["max_send_rate"] == 1000.0
    assert told["standing"]["verified"] == 1
    assert told["problems"] == []


def test_events_that_were_never_seen_are_a_line(ses: LocalSES) -> None:
    assert "Events: never seen. ses_setup --events tells what they need.\n" in run()


def test_events_are_told_route_by_route(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]
    heard("shop", 60)
    heard("news", 7200)
    accepted(600, configuration_set="news")
    accepted(600, configuration_set="")

    text = run()

    assert "  configuration set shop: connected, the last came 20" in text
    assert "  configuration set news: silent since 20" in text
    assert "  mail from example.com: never seen.\n" in text
    assert json.loads(run(json=True))["events"]["ever"] is True


def test_unknown_mailer_is_an_error_with_its_name(ses: LocalSES) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        run(mailer="nowhere")

"""``manage.py ses_doctor``: all that is wrong in one run, and what to do about each."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate
from importlib.util import find_spec
from typing import Any

import pytest
from celery import Celery, current_app
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from seacucumber import identities
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import GuardLevel, IdentityStatus
from seacucumber.management import doctor_host
from seacucumber.models import (
    AccountSnapshot,
    EventRoute,
    Identity,
    Message,
    Pace,
    Refresh,
    Reputation,
)
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.http import wire
from tests.admin import seed
from tests.figures.test_events import QUEUE, accepted, heard
from tests.office import MailRoom
from tests.queue import now_us

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("backend")]

needs_beat = pytest.mark.skipif(
    find_spec("django_celery_beat") is None, reason="django-celery-beat is not here"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What an operator sees."""

    text: str
    failed: str

    def section(self, title: str) -> str:
        """Return what stands below a title, in one line."""
        found = [part for part in self.text.split("\n\n") if part.startswith(title)]
        return " ".join(" ".join(found).split())


@pytest.fixture(autouse=True)
def _broker_in_memory() -> Iterator[None]:
    """A Celery application of its own, whose broker is there at once."""
    before = current_app._get_current_object()
    Celery("a project", broker="memory://").set_current()
    yield
    before.set_current()


def run(**options: Any) -> Told:
    output, failed = io.StringIO(), ""
    try:
        call_command("ses_doctor", stdout=output, **options)
    except CommandError as error:
        failed = str(error)
    return Told(output.getvalue(), failed)


def told(**options: Any) -> dict[str, list[dict[str, str]]]:
    """Return what a program sees: the findings of each section."""
    output = io.StringIO()
    with suppress(CommandError):
        call_command("ses_doctor", stdout=output, json=True, **options)
    sections = json.loads(output.getvalue())["sections"]
    return {row["title"].partition(" (")[0]: row["findings"] for row in sections}


def swept() -> None:
    """Let a worker have swept the queue a moment ago."""
    Pace.objects.update_or_create(key=seed.key(), defaults={"swept_at_us": now_us()})


# -- all is well --------------------------------------------------------------------


@needs_beat
def test_with_everything_running_nothing_is_wrong(
    ses: LocalSES, settings: Any, transactional_db: None
) -> None:
    with MailRoom(settings) as room:
        room.start_worker(1)
        swept()
        found = run(fail_on="warning")

    assert found.failed == ""
    assert "Problems: 0, warnings: 0." in found.text
    assert "ok manage.py check finds nothing." in found.section("Settings")
    assert "with all migrations." in found.section("Database")
    assert "ok Workers that answer: w" in found.section("Broker and workers")
    periodic = found.section("Periodic tasks")
    assert "ok All 9 periodic tasks are scheduled." in periodic
    assert "Beat and a worker run" in periodic
    aws = found.section("AWS (default, eu-west-1)")
    assert "the access key ...0000 from the settings." in aws
    assert "SES answers: production, 0 of 1,000,000 recipients used" in aws
    assert "and so are DEFAULT_FROM_EMAIL and SERVER_EMAIL." in aws
    assert "As the dashboard sees it" not in found.text


# -- settings and database ----------------------------------------------------------


def test_a_failed_system_check_is_told_and_stops_nothing(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_RATE_LIMT = 3

    found = run()

    assert "problem CUCUMBER_RATE_LIMT is not a setting" in found.section("Settings")
    assert "Did you mean CUCUMBER_RATE_LIMIT?" in found.section("Settings")
    assert "SES answers" in found.section("AWS")


def test_settings_that_cannot_be_read_leave_the_rest_to_be_told(settings: Any) -> None:
    settings.CUCUMBER_RATE_LIMIT = "fast"

    found = run()

    assert "CUCUMBER_RATE_LIMIT must be recipients per second" in found.text
    assert "with all migrations." in found.section("Database")
    assert found.failed == "Problems: 1, warnings: 1."


def test_a_project_whose_mail_goes_elsewhere_is_told(
    ses: LocalSES, settings: Any
) -> None:
    elsewhere = "django.core.mail.backends.smtp.EmailBackend"
    if hasattr(mail, "mailers"):
        settings.MAILERS = {"default": {"BACKEND": elsewhere}}
    else:
        settings.EMAIL_BACKEND = elsewhere

    assert "Django does not hand its mail to Sea Cucumber." in run().section("Settings")


def test_a_missing_migration_is_named(ses: LocalSES) -> None:
    applied = MigrationRecorder(connection).migration_qs.filter(app="seacucumber")
    last = applied.order_by("name").last()
    applied.filter(pk=last.pk).delete()

    database = run().section("Database")

    assert "problem" in database
    assert f"lacks migrations: {last.name}. Run manage.py migrate." in database


@pytest.mark.django_db(transaction=True)
def test_a_missing_table_hides_neither_broker_nor_credentials(ses: LocalSES) -> None:
    with connection.schema_editor() as editor:
        editor.delete_model(Refresh)
    try:
        found = run()
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Refresh)

    assert "The broker is in the memory" in found.text
    assert "the access key" in found.text
    assert "The database refuses" in found.text
    assert "Traceback" not in found.text
    assert found.failed.startswith("Problems: 1,")


def test_a_database_that_cannot_be_opened_is_a_finding(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("no route to host")

    monkeypatch.setattr(connections["default"], "ensure_connection", refuse)

    assert "cannot be opened: no route to host." in run().section("Database")


# -- broker, workers and beat -------------------------------------------------------


def test_a_broker_that_is_down_is_told_within_seconds(
    ses: LocalSES, settings: Any
) -> None:
    with MailRoom(settings) as room:
        room.broker.stop()
        found = run(offline=True)

    broker = found.section("Broker and workers")
    assert "problem" in broker
    assert "takes no task" in broker
    assert "ses_queue drain delivers it without a broker" in broker
    assert found.failed.startswith("Problems: 1,")


def test_no_worker_is_a_problem_unless_one_has_left_a_trace(
    ses: LocalSES, settings: Any
) -> None:
    with MailRoom(settings):
        silent = told(offline=True)["Broker and workers"]
        swept()
        traced = told(offline=True)["Broker and workers"]

    assert [row["mark"] for row in silent] == ["ok", "problem"]
    assert silent[1]["what"] == "No worker answers."
    assert [row["mark"] for row in traced] == ["ok", "note"]
    assert "swept a moment ago" in traced[1]["what"]


def test_a_queue_that_no_worker_listens_to_is_named(
    settings: Any, transactional_db: None
) -> None:
    with MailRoom(settings) as room:
        room.start_worker(1)
        settings.CUCUMBER_ROUTE_QUEUE = "mail"
        broker = run(offline=True).section("Broker and workers")

    assert "problem No worker listens to the queue mail." in broker
    assert "-Q mail" in broker


def test_without_a_worker_by_choice_none_is_missed(ses: LocalSES) -> None:
    current_app.conf.task_always_eager = True

    broker = told()["Broker and workers"]

    assert [row["mark"] for row in broker] == ["note"]
    assert Message.objects.count() == 0


def test_without_an_application_nothing_is_said_of_brokers_and_schedules(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Celery makes up knows neither the project's broker nor its schedule."""
    monkeypatch.setattr(doctor_host, "tasks_in_beat", lambda: None)
    Celery("default", set_as_current=False).set_current()

    found = told()

    [settings] = [row for row in found["Settings"] if row["mark"] == "warning"]
    assert "seacucumber.W023" in settings["what"]
    assert [row["mark"] for row in found["Broker and workers"]] == ["note"]
    assert "beat_schedule" not in str(found["Periodic tasks"])


@needs_beat
def test_periodic_tasks_that_are_missing_off_or_late_are_named(ses: LocalSES) -> None:
    from django_celery_beat.models import PeriodicTask

    swept()
    rows = PeriodicTask.objects.filter(task__startswith="seacucumber.")
    rows.filter(task="seacucumber.tasks.consume_events").delete()
    rows.filter(task="seacucumber.tasks.check_dns").update(enabled=False)
    rows.filter(task="seacucumber.tasks.purge_expired").update(
        last_run_at=seed.now() - timedelta(hours=3)
    )

    periodic = run().section("Periodic tasks")

    assert (
        "warning django-celery-beat lacks periodic tasks: consume_events." in periodic
    )
    assert "ses_setup creates them" in periodic
    assert "note Switched off in django-celery-beat: check_dns." in periodic
    assert "warning Periodic tasks do not run: purge_expired (3 hours ago)." in periodic


# -- AWS ----------------------------------------------------------------------------


def test_a_denied_permission_is_a_warning_with_its_name(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:GetAccount", "*")
    ses.faults.add(Fault.answer(denied, operation="GetAccount"))

    found = run()

    aws = found.section("AWS")
    assert "warning The credentials lack the permission ses:GetAccount." in aws
    assert "1 of 1 identities are verified" in aws
    assert found.text.count("ses:GetAccount") == 1
    assert found.failed == ""


def test_refused_credentials_are_a_problem_and_are_said_once(ses: LocalSES) -> None:
    ses.faults.add(Fault.answer(errors.unrecognized_client(), operation="GetAccount"))

    found = run()

    aws = found.section("AWS")
    assert aws.count("problem") == 1
    assert "AWS refuses the credentials of this mailer." in aws
    assert found.failed.startswith("Problems: 1,")


def test_ses_out_of_reach_is_said_once(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_ENDPOINT_URL = "http://127.0.0.1:9"

    aws = run().section("AWS")

    assert aws.count("problem") == 1
    assert "cannot be reached from this host" in aws
    assert "It is not AWS that is asked, but http://127.0.0.1:9." in aws


def test_missing_credentials_are_a_problem(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CUCUMBER_SES_ACCESS_KEY_ID = None
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = None
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert "problem No AWS credentials are found." in run().section("AWS")


def test_half_a_key_is_a_problem(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = None

    found = run()

    assert "problem Partial credentials found in the settings" in found.section("AWS")
    assert "SES answers" not in found.text


def test_the_source_of_credentials_is_told_and_not_the_credentials(
    ses: LocalSES, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CUCUMBER_SES_ACCESS_KEY_ID = None
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT01234")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never to be seen")

    found = run()

    assert "access key ...1234 from the environment" in found.section("AWS")
    assert "AKIAENVIRONMENT" not in found.text
    assert "never to be seen" not in found.text


def test_a_clock_that_is_off_is_told(
    ses: LocalSES, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = seed.now() + timedelta(minutes=3, seconds=30)
    monkeypatch.setattr(
        wire, "_http_date", lambda: formatdate(later.timestamp(), usegmt=True)
    )

    found = run()

    [line] = [row for row in found.text.splitlines() if "The clock of the host" in row]
    assert socket.gethostname() in line
    assert line.endswith("is 3 minutes behind SES's.")
    assert "Set the clock by NTP" in found.text


def test_an_unverified_sender_is_a_problem(ses: LocalSES, settings: Any) -> None:
    settings.SERVER_EMAIL = "root@localhost.example"

    found = run()

    assert "problem root@localhost.example is not verified in SES." in found.section(
        "As the dashboard sees it"
    )
    assert "so are DEFAULT_FROM_EMAIL" not in found.text
    assert found.failed.startswith("Problems: 1,")


def test_an_account_without_identities_can_send_nothing(ses: LocalSES) -> None:
    identities.delete("example.com")

    assert "problem SES knows no identity of this account" in run().section("AWS")


def test_sandbox_and_review_are_told_by_the_verdict(ses: LocalSES) -> None:
    ses.configure(sandbox=True, enforcement_status="PROBATION")

    found = run()

    assert "sandbox" in found.section("AWS")
    verdict = found.section("As the dashboard sees it")
    assert "problem AWS has this account under review." in verdict
    assert "note The account is in the sandbox." in verdict


def test_offline_asks_aws_nothing(ses: LocalSES) -> None:
    seed.seed_healthy(days=2)
    Refresh.objects.update(succeeded_at=seed.now() - timedelta(days=1))

    found = run(offline=True)

    assert (ses.counters.control_calls, ses.counters.posts) == (0, 0)
    assert "SES does not tell new figures" in found.section("As the dashboard sees it")


def test_what_ses_told_is_kept_for_the_dashboard(ses: LocalSES) -> None:
    run()

    assert AccountSnapshot.objects.count() == 1
    assert Identity.objects.get().status == IdentityStatus.VERIFIED


# -- events, suppression, guard -----------------------------------------------------


def test_events_are_told_route_by_route(ses: LocalSES, settings: Any) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]
    heard("shop", 300)
    heard("news", 3 * 3600)
    accepted(600, configuration_set="news")
    accepted(600, configuration_set="blog")

    events = run().section("Events")

    assert "warning SES's events of configuration set news have not come for" in events
    assert "ok Events of configuration set shop come; the last 5 minutes ago." in events
    assert "note Of configuration set blog no event has ever come." in events
    assert "of configuration set news come" not in events


def test_without_events_the_rule_for_lost_answers_is_told(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_UNCERTAIN = "hold"

    events = run().section("Events")

    assert "note Events are not connected." in events
    assert "CUCUMBER_UNCERTAIN ('hold')" in events


def test_what_was_set_up_and_never_spoke_is_told_once(
    ses: LocalSES, settings: Any
) -> None:
    settings.CUCUMBER_EVENT_QUEUES = [QUEUE]
    accepted(600, configuration_set="news")

    found = run()

    assert found.text.count("No event of SES has ever come in.") == 1
    assert EventRoute.objects.count() == 0


def test_the_guard_and_the_copy_of_the_list_are_looked_at(ses: LocalSES) -> None:
    seed.seed_refreshes()
    Reputation.objects.create(
        pace_key=seed.key(),
        level=GuardLevel.WELL,
        judged_at=seed.now() - timedelta(hours=2),
    )

    upkeep = run().section("Suppression and reputation")

    assert "ok The copy of SES's suppression list is 2 minutes old." in upkeep
    assert "warning The reputation guard last looked 2 hours ago." in upkeep


# -- what ends with status 1 --------------------------------------------------------


def test_a_warning_fails_only_where_that_is_wanted(ses: LocalSES) -> None:
    Pace.objects.create(key=seed.key(), swept_at_us=now_us() - 7200 * US_PER_S)

    assert run().failed == ""
    assert run(fail_on="warning").failed.startswith("Problems: 0, warnings: ")


def test_json_is_for_programs(ses: LocalSES, settings: Any) -> None:
    settings.SERVER_EMAIL = "root@localhost.example"

    found = told()

    assert found["Settings"] == [
        {"mark": "ok", "what": "manage.py check finds nothing.", "do": ""}
    ]
    [verdict] = [
        row for row in found["As the dashboard sees it"] if row["mark"] == "problem"
    ]
    assert verdict["what"] == "root@localhost.example is not verified in SES."
    assert verdict["do"].startswith("It is SERVER_EMAIL")


def test_an_unknown_mailer_is_an_error_with_its_name() -> None:
    assert "'nowhere'" in run(mailer="nowhere").failed


class Terminal(io.StringIO):
    """An output that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_says_what_it_is_at(ses: LocalSES) -> None:
    errors_output = Terminal()

    call_command("ses_doctor", stdout=io.StringIO(), stderr=errors_output)

    shown = errors_output.getvalue()
    assert "Asking SES about the account ..." in shown
    assert shown.endswith("\r")

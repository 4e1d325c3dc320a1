"""System checks: each wrong setting has its id, the defaults have none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils.log import AdminEmailHandler

from seacucumber.checks import check_settings
from seacucumber.conf import BACKEND, get_mailer
from seacucumber.log import AdminEmailHandler as OurAdminEmailHandler
from tests.office import use_backend


def found() -> dict[str, CheckMessage]:
    get_mailer.cache_clear()
    return {str(message.id): message for message in check_settings()}


def test_the_settings_of_this_suite_are_fine() -> None:
    assert found() == {}


@pytest.mark.django_db
def test_manage_py_check_runs_them(settings: Any) -> None:
    settings.CUCUMBER_RATE_LIMT = 5

    with pytest.raises(SystemCheckError) as raised:
        call_command("check")

    assert "seacucumber.E002" in str(raised.value)
    assert "Did you mean CUCUMBER_RATE_LIMIT?" in str(raised.value)


def test_e001_an_app_that_is_not_installed_has_no_queue(settings: Any) -> None:
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "seacucumber"
    ]

    assert list(found()) == ["seacucumber.E001"]


def test_e002_a_setting_that_is_like_none_of_ours(settings: Any) -> None:
    settings.CUCUMBER_QQQQQQQQQQQQQQQQQQQQ = 1

    message = found()["seacucumber.E002"]

    assert "CUCUMBER_QQQQQQQQQQQQQQQQQQQQ is not a setting" in message.msg
    assert "README.rst" in str(message.hint)


def test_e003_an_option_of_a_mailer_that_is_misspelt(settings: Any) -> None:
    settings.MAILERS = {
        "news": {
            "BACKEND": BACKEND,
            "OPTIONS": {"lne": "bulk", "fail_silently": True},
        },
        "default": {"BACKEND": "other.Backend", "OPTIONS": {"host": "x"}},
    }

    problems = found()

    assert list(problems) == ["seacucumber.E003"]
    assert (
        "MAILERS['news'] has an unknown option 'lne'"
        in problems["seacucumber.E003"].msg
    )
    assert problems["seacucumber.E003"].hint == "Did you mean lane?"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUCUMBER_RATE_LIMIT", "fast"),
        ("CUCUMBER_LANE", "slow"),
        ("CUCUMBER_SES_REGION_NAME", "Ireland"),
        ("CUCUMBER_RETENTION_MESSAGES", "90 days"),
        ("CUCUMBER_TAGS", {"a b": "c"}),
        ("CUCUMBER_MAX_MESSAGE_BYTES", 50_000_000),
    ],
)
def test_e004_a_value_that_cannot_be_used(
    settings: Any, name: str, value: object
) -> None:
    setattr(settings, name, value)

    problems = found()

    assert list(problems) == ["seacucumber.E004"]
    assert problems["seacucumber.E004"].msg.startswith(f"{name} must ")


def test_e005_a_lease_that_is_shorter_than_a_call(settings: Any) -> None:
    settings.CUCUMBER_LEASE = 40

    message = found()["seacucumber.E005"]

    assert "CUCUMBER_LEASE is 40 s, and a call to SES may take 30 s" in message.msg
    assert "at least 60 s" in str(message.hint)


@pytest.mark.parametrize(
    ("removed", "named"),
    [
        ("CUCUMBER_SES_ACCESS_KEY_ID", "CUCUMBER_SES_ACCESS_KEY_ID"),
        ("CUCUMBER_SES_SECRET_ACCESS_KEY", "CUCUMBER_SES_SECRET_ACCESS_KEY"),
    ],
)
def test_e006_half_a_key(settings: Any, removed: str, named: str) -> None:
    delattr(settings, removed)

    assert f"{named} is missing" in found()["seacucumber.E006"].msg


def test_no_key_at_all_leaves_it_to_boto3(settings: Any) -> None:
    del settings.CUCUMBER_SES_ACCESS_KEY_ID
    del settings.CUCUMBER_SES_SECRET_ACCESS_KEY

    assert found() == {}


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("DKIM_DOMAIN", "example.com", "DKIM_PRIVATE_KEY"),
        ("DKIM_PRIVATE_KEY", "pem", "DKIM_DOMAIN"),
    ],
)
def test_e007_half_of_dkim(settings: Any, name: str, value: str, missing: str) -> None:
    setattr(settings, name, value)

    assert f"{missing} is missing" in found()["seacucumber.E007"].msg


def test_e008_a_key_that_cannot_sign(settings: Any) -> None:
    settings.DKIM_DOMAIN = "example.com"
    settings.DKIM_PRIVATE_KEY = "this is no key"

    message = found()["seacucumber.E008"]

    assert "The DKIM_* settings cannot sign" in message.msg
    assert "this is no key" not in message.msg


def test_w002_two_settings_for_one_rate(settings: Any) -> None:
    settings.CUCUMBER_RATE_LIMIT = 5
    settings.AWS_SES_AUTO_THROTTLE = 0.5

    assert list(found()) == ["seacucumber.W002"]


def test_each_mailer_is_checked_and_named(settings: Any) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "news": {"BACKEND": BACKEND, "OPTIONS": {"lease": 10}},
    }

    assert "of mailer 'news'" in found()["seacucumber.E005"].msg


TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"


def test_w020_topics_need_an_address_to_post_to(settings: Any) -> None:
    settings.CUCUMBER_SNS_TOPICS = [TOPIC]
    assert found() == {}

    settings.ROOT_URLCONF = "tests.urls_without_webhook"
    assert set(found()) == {"seacucumber.W020"}


def test_w021_version_1_of_sns_is_to_be_left_behind(settings: Any) -> None:
    settings.CUCUMBER_SNS_TOPICS = [TOPIC]
    settings.CUCUMBER_SNS_SIGNATURE_VERSIONS = ["1", "2"]

    assert set(found()) == {"seacucumber.W021"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CUCUMBER_SNS_TOPICS", TOPIC),
        ("CUCUMBER_SNS_TOPICS", ["arn:aws:sns:eu-west-1:123456789012:events.fifo"]),
        ("CUCUMBER_SNS_TOPICS", [f"{TOPIC}\n"[:-1] + "\nTopicArn\nx"]),
        ("CUCUMBER_EVENT_QUEUES", ["arn:aws:sqs:eu-west-1:123456789012:events"]),
        ("CUCUMBER_EVENT_QUEUES", "https://sqs.eu-west-1.amazonaws.com/1/q"),
        ("CUCUMBER_SNS_SIGNATURE_VERSIONS", ["3"]),
        ("CUCUMBER_SNS_SIGNATURE_VERSIONS", []),
        ("CUCUMBER_EVENTS", ["bounces"]),
        ("CUCUMBER_EVENTS", "bounce"),
    ],
)
def test_e004_settings_of_events_that_cannot_be_used(
    settings: Any, name: str, value: Any
) -> None:
    setattr(settings, name, value)

    message = found()["seacucumber.E004"]

    assert name in message.msg


@pytest.mark.parametrize("through", ["", BACKEND, "nothing"])
def test_e020_the_guards_alerts_would_need_ses(through: str, settings: Any) -> None:
    settings.CUCUMBER_GUARD_MAIL_TO = ["ops@example.org"]
    settings.CUCUMBER_GUARD_MAIL_THROUGH = through

    message = found()["seacucumber.E020"]

    assert "CUCUMBER_GUARD_MAIL_THROUGH" in message.msg


def test_alerts_may_go_through_another_backend(settings: Any) -> None:
    settings.MAILERS = {}
    settings.CUCUMBER_GUARD_MAIL_TO = ["ops@example.org"]
    settings.CUCUMBER_GUARD_MAIL_THROUGH = "django.core.mail.backends.smtp.EmailBackend"

    assert found() == {}


def test_e020_where_mailers_are_named_alerts_go_through_one_of_them(
    settings: Any,
) -> None:
    settings.CUCUMBER_GUARD_MAIL_TO = ["ops@example.org"]
    settings.CUCUMBER_GUARD_MAIL_THROUGH = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "office": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
    }
    assert "a mailer of MAILERS" in str(found()["seacucumber.E020"].hint)

    settings.CUCUMBER_GUARD_MAIL_THROUGH = "office"
    assert found() == {}


def test_w022_two_mailers_of_one_account_that_want_different_guards(
    settings: Any,
) -> None:
    news: dict[str, Any] = {"BACKEND": BACKEND, "OPTIONS": {"guard": False}}
    settings.MAILERS = {"default": {"BACKEND": BACKEND}, "news": news}
    message = found()["seacucumber.W022"]
    assert "'default' and 'news'" in message.msg
    assert "guard" in message.msg

    news["OPTIONS"]["account"] = "newsletters"
    assert found() == {}


@pytest.fixture
def errors_are_mailed(settings: Any) -> Iterator[logging.Logger]:
    """A project whose logger has Django's own handler, and somebody to tell."""
    settings.ADMINS = [("Operations", "ops@example.com")]
    use_backend(settings)
    logger = logging.getLogger("shop")
    logger.addHandler(AdminEmailHandler())
    yield logger
    logger.handlers.clear()


def test_w030_mail_about_an_error_would_be_lost_with_it(
    errors_are_mailed: logging.Logger,
) -> None:
    # Django's own logger has such a handler, too, and comes first.
    assert "rolled back" in found()["seacucumber.W030"].msg
    assert "seacucumber.log.AdminEmailHandler" in str(found()["seacucumber.W030"].hint)


def test_nobody_is_told_of_errors_so_none_is_lost(
    errors_are_mailed: logging.Logger, settings: Any
) -> None:
    settings.ADMINS = []

    assert "seacucumber.W030" not in found()


def test_our_own_handler_loses_nothing(
    errors_are_mailed: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors_are_mailed.handlers[:] = [OurAdminEmailHandler()]
    monkeypatch.setattr(logging.getLogger("django"), "handlers", [])

    assert "seacucumber.W030" not in found()

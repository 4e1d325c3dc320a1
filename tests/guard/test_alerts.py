"""A person is told once for each step, by another way than SES."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.core import mail as django_mail

from seacucumber import guard
from seacucumber.enums import GuardLevel
from seacucumber.guard import enforcement
from seacucumber.models import Reputation
from tests.guard.figures import mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def person(settings: Any) -> None:
    settings.CUCUMBER_GUARD_MAIL_TO = ["ops@example.org"]
    if django.VERSION >= (6, 1):
        settings.MAILERS = {**settings.MAILERS, "smtp": {"BACKEND": LOCMEM}}
        settings.CUCUMBER_GUARD_MAIL_THROUGH = "smtp"
    else:
        settings.CUCUMBER_GUARD_MAIL_THROUGH = LOCMEM
    django_mail.outbox = []


def test_each_step_is_mailed_once() -> None:
    mail(1000, bounced=45)
    guard.review()
    assert [guard.send_alerts(), guard.send_alerts()] == [True, False]
    mail(0, bounced=55)
    guard.review()
    assert [guard.send_alerts(), guard.send_alerts()] == [True, False]

    first, second = django_mail.outbox
    assert first.subject == (
        "Amazon SES, default/eu-west-1: bounces or complaints come near AWS's line"
    )
    assert second.subject == "Amazon SES, default/eu-west-1: bulk mail is stopped"
    assert second.to == ["ops@example.org"]
    assert second.from_email == "errors@example.com"
    assert "Hard bounces: 10.00%" in second.body
    assert "Stopped: lane bulk." in second.body


def test_nothing_is_mailed_while_all_is_well() -> None:
    mail(1000)
    guard.review()

    assert guard.send_alerts() is False
    assert django_mail.outbox == []


def test_what_is_over_and_comes_back_is_told_again() -> None:
    mail(1000, bounced=45)
    guard.review()
    guard.send_alerts()
    mail(1000)
    guard.review()
    guard.send_alerts()
    mail(0, bounced=50)
    guard.review()

    assert guard.send_alerts()
    assert len(django_mail.outbox) == 2


def test_what_could_not_be_sent_is_tried_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> int:
        raise OSError("Connection refused")

    mail(1000, bounced=100)
    guard.review()
    with monkeypatch.context() as patch:
        patch.setattr(f"{LOCMEM}.send_messages", refuse)
        assert guard.send_alerts() is False
    assert Reputation.objects.get().told_level == GuardLevel.WELL

    assert guard.send_alerts()


def test_an_alert_that_fails_during_a_review_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail(1000, bounced=100)
    guard.review()
    # As `send_alerts` does before it sends.
    Reputation.objects.update(told_level=GuardLevel.BULK_STOPPED)
    judge = enforcement.judge

    def judge_while_a_transport_fails(*args: Any, **kwargs: Any) -> Any:
        Reputation.objects.update(told_level=GuardLevel.WELL)
        return judge(*args, **kwargs)

    monkeypatch.setattr(enforcement, "judge", judge_while_a_transport_fails)
    guard.review()

    assert guard.send_alerts()


def test_nobody_is_mailed_where_nobody_is_named(settings: Any) -> None:
    settings.CUCUMBER_GUARD_MAIL_TO = []
    mail(1000, bounced=100)
    guard.review()

    assert guard.send_alerts() is False

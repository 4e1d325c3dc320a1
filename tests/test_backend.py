"""The backend as Django calls it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import OperationalError, transaction
from django.db import connection as db_connection

from seacucumber.backend import SESBackend
from seacucumber.conf import BACKEND
from seacucumber.enums import Lane, Uncertain
from seacucumber.exceptions import InvalidMessage
from seacucumber.models import Message, Recipient
from seacucumber.tasks import wakeup
from tests.conftest import WakeUps

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("backend"),
]

HAS_MAILERS = hasattr(mail, "mailers")


def message(subject: str = "Hello", **values: Any) -> EmailMessage:
    return EmailMessage(
        **{
            "subject": subject,
            "body": "Hello Ann",
            "from_email": "post@example.com",
            "to": ["ann@example.org"],
            **values,
        }
    )


def connection(**options: Any) -> SESBackend:
    """Return the default mailer's backend, as Django makes it."""
    if HAS_MAILERS:
        return SESBackend(alias="default", **options)
    return SESBackend(**options)


@contextmanager
def old_arguments() -> Iterator[None]:
    """Django 6.1 warns of arguments that it still takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def subjects() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("subject", flat=True))


def test_send_mail_queues_and_counts_one(wakeups: WakeUps) -> None:
    count = mail.send_mail("Hello", "Hi", "post@example.com", ["ann@example.org"])

    assert count == 1
    assert subjects() == ["Hello"]
    assert wakeups.published == [("default", 0.0)]


def test_send_mail_takes_html_and_a_default_sender() -> None:
    mail.send_mail("Hi", "text", None, ["ann@example.org"], html_message="<p>text</p>")

    row = Message.objects.get()
    assert row.sender == "post@example.com"


def test_send_mass_mail_counts_all() -> None:
    rows = [
        (f"No. {number}", "Hi", "post@example.com", ["ann@example.org"])
        for number in range(3)
    ]

    assert mail.send_mass_mail(rows) == 3
    assert subjects() == ["No. 0", "No. 1", "No. 2"]


@pytest.mark.parametrize("nothing", [[], (), iter(())])
def test_nothing_to_send_is_zero_and_wakes_nobody(
    wakeups: WakeUps, nothing: Any
) -> None:
    assert connection().send_messages(nothing) == 0
    assert wakeups.published == []


def test_messages_may_come_one_by_one_and_are_woken_up_for_once(
    wakeups: WakeUps, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A slow machine takes longer than that for 250.
    monkeypatch.setattr(wakeup, "QUIET_S", 60.0)
    count = connection().send_messages(message(str(n)) for n in range(250))

    assert count == 250
    assert subjects() == [str(n) for n in range(250)]
    # A wake-up was published a moment ago: more would find the deliverer at work.
    assert wakeups.published == [("default", 0.0)]


def test_one_bad_message_does_not_keep_the_others_back() -> None:
    mails = [message("one"), message("bad", to=["no address"]), message("two")]

    with pytest.raises(InvalidMessage, match="to") as raised:
        connection().send_messages(mails)

    assert raised.value.field == "to"
    assert subjects() == ["one", "two"]


def test_the_first_of_several_bad_messages_is_told() -> None:
    mails = [message(from_email="nobody"), message(to=["no address"])]

    with pytest.raises(InvalidMessage) as raised:
        connection().send_messages(mails)

    assert raised.value.field == "from_email"


def test_fail_silently_counts_the_good_ones() -> None:
    mails = [message("one"), message("bad", to=["no address"])]

    assert connection(fail_silently=True).send_messages(mails) == 1
    assert subjects() == ["one"]


def break_inserts(execute: Any, sql: str, *args: Any) -> Any:
    """An `execute_wrapper`: the database takes nothing."""
    if sql.startswith("INSERT"):
        raise OperationalError("cannot insert the row of ann@example.org")
    return execute(sql, *args)


def test_a_database_that_fails_is_told() -> None:
    with (
        db_connection.execute_wrapper(break_inserts),
        pytest.raises(OperationalError),
    ):
        connection().send_messages([message("one")])


def test_fail_silently_is_silent_for_the_database_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = message("one")

    with db_connection.execute_wrapper(break_inserts):
        count = connection(fail_silently=True).send_messages([sent])

    assert count == 0
    assert not hasattr(sent, "cucumber_ids")
    assert "Mail was lost (1 not queued" in caplog.text
    assert "ann@example.org" not in caplog.text


def test_fail_silently_leaves_the_callers_transaction_as_it_was() -> None:
    with transaction.atomic():
        connection().send_messages([message("before")])
        with db_connection.execute_wrapper(break_inserts):
            connection(fail_silently=True).send_messages([message("lost")])
        connection().send_messages([message("after")])

    assert subjects() == ["before", "after"]


def test_fail_silently_is_silent_in_a_transaction_that_is_broken() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        assert connection(fail_silently=True).send_messages([message("lost")]) == 0

    assert subjects() == []


def test_a_refused_message_is_logged_without_an_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection(fail_silently=True).send_messages([message(to=["ann@@example.org"])])

    assert "refused" in caplog.text
    assert "ann" not in caplog.text


def test_a_wrong_setting_is_not_silenced(settings: Any) -> None:
    settings.CUCUMBER_LEASE = "long"

    with pytest.raises(ImproperlyConfigured, match="CUCUMBER_LEASE"):
        connection(fail_silently=True)


def test_the_message_knows_its_ids_and_is_otherwise_unchanged() -> None:
    sent = EmailMultiAlternatives(
        "Hello",
        "Hi",
        "Post <post@example.com>",
        ["ann@example.org"],
        bcc=["bob@example.org"],
        headers={"X-Cucumber-Lane": "bulk", "X-Order": "7"},
        reply_to=["desk@example.com"],
    )
    sent.attach("a.txt", "text", "text/plain")
    before = copy.deepcopy(sent.__dict__)
    before.pop("connection", None)

    sent.send()

    after = dict(sent.__dict__)
    ids = after.pop("cucumber_ids")
    after.pop("connection", None)
    assert {name: after[name] for name in before} == before
    assert ids == (Message.objects.get().uid,)
    assert Message.objects.get().lane == Lane.BULK


def test_a_mail_to_many_has_an_id_for_each_call() -> None:
    sent = message(bcc=[f"u{number}@example.org" for number in range(60)])

    assert connection().send_messages([sent]) == 1

    assert set(sent.cucumber_ids) == set(  # type: ignore[attr-defined]
        Message.objects.values_list("uid", flat=True)
    )
    assert len(sent.cucumber_ids) == 2  # type: ignore[attr-defined]
    assert Recipient.objects.count() == 61


def test_the_same_message_can_be_sent_twice() -> None:
    sent = message()
    sent.send()
    first = sent.cucumber_ids  # type: ignore[attr-defined]
    sent.send()

    assert first != sent.cucumber_ids  # type: ignore[attr-defined]
    assert Message.objects.count() == 2


def test_a_message_without_recipients_is_not_sent() -> None:
    assert message(to=[]).send() == 0
    assert not Message.objects.exists()


def test_a_rollback_sends_nothing_and_wakes_nobody(wakeups: WakeUps) -> None:
    with transaction.atomic():
        message().send()
        transaction.set_rollback(True)

    assert not Message.objects.exists()
    assert wakeups.published == []


def test_a_worker_is_woken_up_only_when_there_is_something_to_see(
    wakeups: WakeUps,
) -> None:
    with transaction.atomic():
        message().send()
        assert wakeups.published == []

    assert wakeups.published == [("default", 0.0)]


def test_the_backend_can_be_opened_and_closed() -> None:
    with connection() as opened:
        assert opened.send_messages([message()]) == 1


def test_attributes_of_the_message_win() -> None:
    sent = message()
    sent.cucumber_uncertain = "hold"  # type: ignore[attr-defined]
    sent.cucumber_tags = {"kind": "reset"}  # type: ignore[attr-defined]
    sent.cucumber_metadata = {"user": 7}  # type: ignore[attr-defined]

    sent.send()

    row = Message.objects.get()
    assert row.uncertain == Uncertain.HOLD
    assert (row.tags, row.metadata) == ({"kind": "reset"}, {"user": 7})


if not HAS_MAILERS:

    class TestWithoutMailers:
        """``EMAIL_BACKEND``: how Django 5.2 and 6.0 make the backend."""

        def test_options_that_travel_with_the_message_are_taken(self) -> None:
            backend = SESBackend(
                lane="bulk", tags={"a": "b"}, expire=60, uncertain="hold"
            )

            backend.send_messages([message()])

            row = Message.objects.get()
            assert (row.lane, row.tags) == (Lane.BULK, {"a": "b"})
            assert row.expires_at_us is not None

        @pytest.mark.parametrize(
            "option", ["ses_access_key_id", "rate_limit", "ses_region_name", "lease"]
        )
        def test_what_the_worker_could_not_know_is_refused_by_name(
            self, option: str
        ) -> None:
            with pytest.raises(ImproperlyConfigured, match=f"'{option}'") as raised:
                SESBackend(**{option: "x"})

            assert f"CUCUMBER_{option.upper()}" in str(raised.value)

        def test_an_unknown_option_is_refused_by_name(self) -> None:
            with pytest.raises(ImproperlyConfigured, match="'lne'") as raised:
                SESBackend(lne="bulk")

            assert "lane" in str(raised.value)

        def test_the_login_that_send_mail_passes_on_may_be_empty_only(self) -> None:
            SESBackend(username=None, password=None)

            with pytest.raises(ImproperlyConfigured, match="'username'"):
                SESBackend(username="ann", password=None)

        def test_a_wrong_value_of_an_option_is_refused(self) -> None:
            with pytest.raises(ImproperlyConfigured, match="lane"):
                SESBackend(lane="slow")


class TestGetConnection:
    """The functions that take a backend's arguments, on every Django."""

    def test_send_mail_with_fail_silently(self) -> None:
        with old_arguments():
            count = mail.send_mail(
                "Hi", "Hi", "nobody", ["ann@example.org"], fail_silently=True
            )

        assert count == 0

    def test_get_connection_is_ours(self) -> None:
        with old_arguments():
            backend = mail.get_connection(fail_silently=True)

        assert isinstance(backend, SESBackend)
        assert backend.fail_silently


def _mailers(settings: Any) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "news": {
            "BACKEND": BACKEND,
            "OPTIONS": {
                "lane": "bulk",
                "account": "newsletters",
                "configuration_set": "news",
                "rate_limit": "600/m",
            },
        },
    }


if HAS_MAILERS:

    class TestMailers:
        """``MAILERS``, new in Django 6.1."""

        def test_each_alias_has_its_account(
            self, settings: Any, wakeups: WakeUps
        ) -> None:
            _mailers(settings)

            message("one").send()
            message("two").send(using="news")

            one, two = Message.objects.order_by("pk")
            assert (one.mailer, two.mailer) == ("default", "news")
            assert one.pace_key != two.pace_key
            assert two.pace_key == "newsletters/eu-west-1"
            assert (two.lane, two.configuration_set) == (Lane.BULK, "news")
            assert wakeups.aliases == ["default", "news"]

        def test_mailers_default_is_ours(self, settings: Any) -> None:
            _mailers(settings)

            assert isinstance(mail.mailers.default, SESBackend)
            assert mail.mailers["news"].mailer.rate_limit == 10

        def test_an_unknown_option_is_refused_by_name(self, settings: Any) -> None:
            settings.MAILERS = {
                "default": {"BACKEND": BACKEND, "OPTIONS": {"lne": "bulk"}}
            }

            with pytest.raises(ImproperlyConfigured, match="lne"):
                message().send()

        def test_a_wrong_value_is_refused_by_name(self, settings: Any) -> None:
            settings.MAILERS = {
                "default": {"BACKEND": BACKEND, "OPTIONS": {"lane": "slow"}}
            }

            with pytest.raises(ImproperlyConfigured, match="'lane'"):
                message().send()

        def test_fail_silently_is_an_option(self, settings: Any) -> None:
            settings.MAILERS = {
                "default": {"BACKEND": BACKEND, "OPTIONS": {"fail_silently": True}}
            }

            assert message(to=["no address"]).send() == 0


class Failing(EmailMessage):
    """Renders itself, and raises what no checker foresees."""

    def message(self, **kw: Any) -> Any:
        raise OSError("disk is gone")


def nested(depth: int) -> EmailMessage:
    bad = message("Bad")
    content = "Subject: in\r\n\r\nnot 7-bit: ü\r\n".encode()
    for _ in range(depth):
        content = b"Content-Type: message/rfc822\r\n\r\n" + content
    bad.attach("deep.eml", content, "message/rfc822")
    return bad


def test_whatever_one_message_raises_concerns_that_one_only() -> None:
    bad = Failing("Bad", "Hi", "post@example.com", ["ann@example.org"])
    good = [message("One"), message("Two")]
    with pytest.raises(InvalidMessage, match="OSError") as caught:
        connection().send_messages([good[0], bad, good[1]])
    assert Message.objects.count() == 2
    assert caught.value.email_message is bad
    assert caught.value.queued == 2
    assert isinstance(caught.value.__cause__, OSError)
    assert all(mail.cucumber_ids for mail in good)  # type: ignore[attr-defined]


def test_a_message_nested_500_deep_keeps_nobody_back() -> None:
    bad = nested(500)
    with pytest.raises(InvalidMessage) as caught:
        connection().send_messages([message("One"), bad, message("Two")])
    assert Message.objects.count() == 2
    assert caught.value.email_message is bad

"""Nobody on a suppression list gets mail, and nobody else goes without."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import transaction

from seacucumber import outbox, signals, suppression
from seacucumber.backend import SESBackend
from seacucumber.conf import Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.delivery.outgoing_message import load, read_outgoing
from seacucumber.delivery.sending.suppression import withhold
from seacucumber.enums import (
    DeliveryStatus,
    MessageState,
    RecipientKind,
    SuppressionReason,
    SuppressionSource,
)
from seacucumber.envelope import Recipient as Addressee
from seacucumber.models import (
    MailMinute,
    Message,
    Pace,
    QuotaSlice,
    Recipient,
    Suppressed,
)
from seacucumber.models.queue.enqueue import store
from seacucumber.testing import LocalSES
from tests.queue import USING, drain, envelope, fresh, now_us, put, put_many, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]


def suppress(address: str = "ann0@example.org", **values: Any) -> Suppressed:
    """Put an address onto the list."""
    return Suppressed.objects.create(
        **{
            "address": address,
            "scope": get_mailer().pace_key,
            "reason": SuppressionReason.BOUNCE,
            "source": SuppressionSource.OURS,
            "since": clock.moment(now_us()),
            **values,
        }
    )


def statuses(message: Message) -> dict[str, tuple[DeliveryStatus, str]]:
    rows = Recipient.objects.filter(message=message)
    return {
        row.address: (DeliveryStatus(row.delivery_status), row.delivery_status_detail)
        for row in rows.order_by("id")
    }


def test_a_message_with_nobody_left_is_suppressed_and_never_reaches_ses(
    ses: LocalSES,
) -> None:
    suppress()
    message = put()

    report = drain()

    assert state(message) == MessageState.SUPPRESSED
    assert ses.counters.posts == 0
    assert (report.sent, report.failed, report.suppressed) == (0, 0, 1)
    row = fresh(message)
    assert row.reason == "Suppressed"
    assert row.last_error == "Its recipient is on the suppression list (hard bounce)."
    assert (row.attempts, row.lease_token, row.due_at_us) == (0, "", None)
    assert statuses(message) == {
        "ann0@example.org": (DeliveryStatus.SUPPRESSED, "hard bounce")
    }


def test_the_others_still_get_theirs(ses: LocalSES) -> None:
    suppress("ann1@example.org", reason=SuppressionReason.COMPLAINT)
    message = put(recipients=3)

    drain()

    assert state(message) == MessageState.SENT
    [accepted] = ses.inbox
    assert accepted.recipients == ("ann0@example.org", "ann2@example.org")
    assert statuses(message) == {
        "ann0@example.org": (DeliveryStatus.UNKNOWN, ""),
        "ann1@example.org": (DeliveryStatus.SUPPRESSED, "complaint"),
        "ann2@example.org": (DeliveryStatus.UNKNOWN, ""),
    }


def test_what_was_suppressed_is_sent_again_once_the_reason_is_gone(
    ses: LocalSES, wakeups: Any
) -> None:
    entry = suppress()
    message = put()
    drain()
    entry.delete()

    assert outbox.requeue(Message.objects.filter(pk=message.pk)) == 1
    drain()

    assert state(message) == MessageState.SENT
    assert statuses(message) == {"ann0@example.org": (DeliveryStatus.UNKNOWN, "")}


def test_capitals_make_no_difference(ses: LocalSES) -> None:
    suppress("ann@example.org")
    written = Addressee(address="Ann@Example.org", kind=RecipientKind.TO)
    mailer = get_mailer()
    with transaction.atomic():
        mail = replace(envelope(mailer), recipients=(written,))
        [[message]] = store([mail], mailer, using=USING)

    drain()

    assert state(message) == MessageState.SUPPRESSED


def test_a_domain_in_other_letters_is_the_one_that_mail_goes_to(ses: LocalSES) -> None:
    suppression.add("ann@Stra\u00dfe.example")
    suppression.import_file(["Bob@B\u00fccher.example,BOUNCE"])
    to = ["ann@stra\u00dfe.example", "bob@b\u00fccher.example"]

    for address in to:
        letter = EmailMessage("Hello", "Hello", "post@example.com", [address])
        SESBackend().send_messages([letter])
    drain()

    assert {state(message) for message in Message.objects.all()} == {
        MessageState.SUPPRESSED
    }
    assert ses.inbox == []
    assert [row.address for row in suppression.find(to[1])] == [
        "bob@xn--bcher-kva.example"
    ]


def test_the_copies_that_nobody_sees_are_looked_up_as_well(ses: LocalSES) -> None:
    suppress("secret@example.org")

    letter = EmailMessage(
        "Hello",
        "Hello",
        "post@example.com",
        ["ann@example.org", "ann+news@example.org"],
        bcc=["Secret@example.org", "other@example.org"],
    )
    SESBackend().send_messages([letter])
    drain()

    [message] = Message.objects.all()
    assert state(message) == MessageState.SENT
    assert {address for mail in ses.inbox for address in mail.recipients} == {
        "ann@example.org",
        "ann+news@example.org",
        "other@example.org",
    }
    assert statuses(message)["secret@example.org"][0] == DeliveryStatus.SUPPRESSED


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"scope": "example.com"}, MessageState.SUPPRESSED),
        ({"scope": "news.example.com"}, MessageState.SENT),
        ({"scope": "other/us-east-1"}, MessageState.SENT),
        ({"expires_at": timedelta(seconds=60)}, MessageState.SUPPRESSED),
        ({"expires_at": timedelta(seconds=-1)}, MessageState.SENT),
        (
            {"expires_at": timedelta(seconds=-1), "ses_known": True},
            MessageState.SUPPRESSED,
        ),
    ],
)
def test_scope_and_end_decide(values: dict[str, Any], expected: MessageState) -> None:
    if "expires_at" in values:
        values["expires_at"] += clock.moment(now_us())
    suppress(**values)
    message = put()

    drain()

    assert state(message) == expected


@pytest.mark.parametrize(
    ("lists", "stopped"),
    [
        (True, {"ses", "ours", "both"}),
        (False, set()),
        (["ses"], {"ses", "both"}),
        (["ours"], {"ours", "both"}),
    ],
)
def test_a_setting_tells_which_lists_count(
    lists: Any, stopped: set[str], settings: Any
) -> None:
    settings.CUCUMBER_SUPPRESSION = lists
    suppress("ann0@example.org", source=SuppressionSource.SES, ses_known=True)
    suppress("ann1@example.org")
    suppress("ann2@example.org", ses_known=True)
    message = put(recipients=3)

    drain()

    names = {"ann0": "ses", "ann1": "ours", "ann2": "both"}
    found = {
        names[address.partition("@")[0]]
        for address, (status, _) in statuses(message).items()
        if status is DeliveryStatus.SUPPRESSED
    }
    assert found == stopped


def test_a_slice_is_looked_up_in_one_query(
    ses: LocalSES, django_assert_num_queries: Any, mailer: Mailer
) -> None:
    for number in range(10):
        suppress(f"ann{number}@example.org")
    put_many(16, recipients=12)
    waiting = read_outgoing(Message.objects.all())
    load(waiting)
    at_us = now_us()

    with django_assert_num_queries(1):
        nobody_left = withhold(waiting, mailer.pace_key, at_us)

    assert nobody_left == []
    assert {len(outgoing.recipients) for outgoing in waiting} == {2}


def test_the_project_hears_of_it(ses: LocalSES) -> None:
    heard: list[tuple[int, str]] = []

    def listen(message_id: int, code: str, **kwargs: Any) -> None:
        heard.append((message_id, code))

    signals.message_suppressed.connect(listen)
    suppress()
    message = put()
    drain()
    signals.message_suppressed.disconnect(listen)

    assert heard == [(message.pk, "Suppressed")]


def test_what_was_suppressed_does_not_count_as_sent_today(ses: LocalSES) -> None:
    key = get_mailer().pace_key
    Pace.objects.learn(
        key=key, max_send_rate=100.0, max_24h_send=1000.0, sent_last_24h=0.0
    )
    suppress()
    put_many(3, recipients=2)
    put_many(2)

    drain()

    assert len(ses.inbox) == 3
    assert QuotaSlice.objects.day_until(key, now_us()) == 3
    assert MailMinute.objects.since(key, 0).sent == 3

"""What SES told, on a message's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from seacucumber.db.clock import US_PER_S
from seacucumber.enums import MessageState
from seacucumber.models import Attempt, EventRoute, Message
from tests.queue import now_us, put
from tests.ses_events.notifications import tell, told

pytestmark = pytest.mark.django_db

BOTH = ("ann0@example.org", "ann1@example.org")


@pytest.fixture
def page(client: Client) -> Any:
    client.force_login(User.objects.create_superuser("root"))

    def read(message: Message) -> str:
        url = reverse("admin:seacucumber_message_change", args=[message.pk])
        return client.get(url).content.decode()

    return read


def sent(*, recipients: int = 2) -> Message:
    message = put(recipients=recipients)
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.SENT, attempts=1, ses_message_id="SES-1"
    )
    return message


def test_the_timeline_tells_what_ses_told(page: Any) -> None:
    message = sent()
    tell(
        told(message, "Send", recipients=BOTH),
        told(message, "Delivery", after_s=2.0, smtpResponse="250 2.6.0 received"),
        told(message, "Bounce", after_s=9.0, recipients=("ann1@example.org",)),
        told(message, "Teleported", recipients=BOTH),
    )

    html = page(message)

    assert "SES told: send." in html
    assert "SES told of ann0@example.org: delivery (250 2.6.0 received)." in html
    assert "SES told of ann1@example.org: bounce (Permanent, General)." in html
    assert "SES told: Teleported." in html
    assert html.index("SES told: send.") < html.index("ann1@example.org: bounce")


def test_each_recipient_shows_its_delivery_status(page: Any) -> None:
    message = sent()
    tell(told(message, "Bounce", recipients=("ann1@example.org",)))

    html = page(message)

    recipient = html[html.index("<dd>ann1@example.org") :]
    assert "bounced" in recipient[: recipient.index("</dd>")]
    recipient = html[html.index("<dd>ann0@example.org") :]
    assert "cu-pill" not in recipient[: recipient.index("</dd>")]


@pytest.mark.parametrize(
    ("kinds", "severity", "headline"),
    [
        ([], "ok", "SES accepted it."),
        (["Delivery"], "ok", "It was delivered."),
        (["DeliveryDelay"], "warn", "A mail server does not take it yet."),
        (["Delivery", "Bounce"], "bad", "It bounced."),
        (["Bounce", "Complaint"], "bad", "It was reported as spam."),
        (["Reject"], "bad", "SES accepted it and then rejected it."),
    ],
)
def test_the_headline_says_what_became_of_it(
    page: Any, kinds: list[str], severity: str, headline: str
) -> None:
    message = sent(recipients=1)
    tell(*(told(message, kind) for kind in kinds))

    html = page(message)

    verdict = html[html.index('<div class="cu-notice') :]
    verdict = verdict[: verdict.index("</p>")]
    assert verdict.startswith(f'<div class="cu-notice cu-{severity}"')
    assert verdict.endswith(headline)


def test_of_several_recipients_it_says_how_many_are_concerned(page: Any) -> None:
    message = sent()
    tell(
        told(message, "Delivery", recipients=("ann0@example.org",)),
        told(message, "Bounce", recipients=("ann1@example.org",)),
    )

    assert "It bounced. This concerns 1 of 2 recipients." in page(message)


def test_the_list_shows_the_gravest_delivery_status(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))
    message = sent()
    tell(
        told(message, "Delivery", recipients=("ann0@example.org",)),
        told(message, "Bounce", recipients=("ann1@example.org",)),
    )

    html = client.get(reverse("admin:seacucumber_message_changelist")).content.decode()

    row = html[html.index('class="field-shown_state"') :]
    row = row[: row.index("</td>")]
    assert ">sent<" in row
    assert ">bounced<" in row
    assert ">delivered<" not in row


def test_markup_in_what_a_mail_server_says_is_text(page: Any) -> None:
    message = sent()
    tell(told(message, "Reject", reason="<script>alert(1)</script>\u202egpj"))

    html = page(message)

    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "\u202e" not in html


def test_the_page_tells_whether_events_arrive(page: Any) -> None:
    message = sent()
    assert "never seen" in page(message)

    hear(message, ago_s=3600)
    assert "working since" in page(message)


def hear(message: Message, *, ago_s: float) -> None:
    """Have an event of such messages been heard of some time ago."""
    at_us = now_us() - int(ago_s * US_PER_S)
    EventRoute.objects.create(
        pace_key=message.pace_key,
        name="@example.com",
        first_heard_at_us=at_us,
        heard_at_us=at_us,
        accepted_until_us=at_us,
    )


def uncertain() -> Message:
    message = put()
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.UNCERTAIN,
        attempts=1,
        state_at_us=now_us(),
        due_at_us=now_us() + 60 * US_PER_S,
    )
    return message


def test_an_uncertain_message_says_what_will_settle_it(page: Any) -> None:
    message = uncertain()
    assert "may then get it twice" in page(message)

    hear(message, ago_s=60)
    assert "if none has come by" in page(message)


def test_an_uncertain_message_says_that_its_events_do_not_come(page: Any) -> None:
    message, other = uncertain(), sent()
    hear(message, ago_s=900)
    ago_us = now_us() - 600 * US_PER_S
    Attempt.objects.begin([(other.pk, 1)], worker="w:1", now_us=ago_us)
    Attempt.objects.accepted([(other.pk, 1)], now_us=ago_us)

    assert "Its events would tell, and do not come now." in page(message)


def test_very_many_events_are_one_query_and_a_page_that_ends(
    page: Any, django_assert_max_num_queries: Any
) -> None:
    message = sent()
    tell(*(told(message, "Open", after_s=float(n)) for n in range(300)))

    with django_assert_max_num_queries(25):
        html = page(message)

    assert html.count("ann0@example.org: open") == 200

"""From SES over SNS to the webhook, through HTTP and real signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from seacucumber.enums import DeliveryStatus, MessageState
from seacucumber.models import Event
from seacucumber.ses.inbound.sns_certificates import certificates
from seacucumber.testing import Fault, LocalSES
from seacucumber.testing.ses.arns import arn
from tests.queue import drain, put, state
from tests.ses_events.notifications import kinds, statuses
from tests.sns_post import confirmation, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(ses: LocalSES, live_server: Any, settings: Any) -> Iterator[str]:
    """The webhook's address; the certificate of the local SNS is at hand."""
    settings.CUCUMBER_CONFIGURATION_SET = "news"
    certificates.forget()
    certificates.keep(ses.certificate_url, ses.certificate)
    yield f"{live_server.url}{reverse('seacucumber:sns')}"
    certificates.forget()


def connect(ses: LocalSES, settings: Any, address: str, **options: Any) -> str:
    topic = ses.send_events_to_address(address, configuration_set="news", **options)
    settings.CUCUMBER_SNS_TOPICS = [topic]
    return topic


def test_what_ses_tells_is_posted_and_taken(
    ses: LocalSES, address: str, settings: Any
) -> None:
    connect(ses, settings, address)
    message = put()
    drain()
    ses.wait_for_events()

    assert kinds(message) == ["send", "delivery"]
    assert statuses(message) == {"ann0@example.org": DeliveryStatus.DELIVERED}
    assert {posting.status for posting in ses.postings} == {200}


def test_a_subscription_is_confirmed_by_asking_sns(
    ses: LocalSES, address: str, settings: Any
) -> None:
    # Before SNS asks.
    settings.CUCUMBER_SNS_TOPICS = [arn("sns", ses.settings.region, "ses-events")]
    connect(ses, settings, address, confirmed=False)
    ses.wait_for_events()

    message = put()
    drain()
    ses.wait_for_events()

    assert kinds(message) == ["send", "delivery"]
    kinds_posted = [posting.kind for posting in ses.postings]
    assert kinds_posted == ["SubscriptionConfirmation", "Notification", "Notification"]


def test_a_token_that_sns_does_not_know_makes_it_come_again(
    ses: LocalSES, address: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    topic = connect(ses, settings, address)

    assert post(confirmation(topic, token="wrong")) == 503
    assert "ConfirmSubscription" in caplog.text


def test_version_1_is_refused_until_a_setting_allows_it(
    ses: LocalSES, address: str, settings: Any
) -> None:
    connect(ses, settings, address, signature_version="1")
    put()
    drain()
    ses.wait_for_events()
    assert not Event.objects.exists()

    settings.CUCUMBER_SNS_SIGNATURE_VERSIONS = ["1", "2"]
    message = put()
    drain()
    ses.wait_for_events()
    assert kinds(message) == ["send", "delivery"]


def test_raw_delivery_has_no_signature_and_is_refused_with_a_hint(
    ses: LocalSES, address: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connect(ses, settings, address, raw=True)
    put()
    drain()
    ses.wait_for_events()

    assert {posting.status for posting in ses.postings} == {400}
    assert not Event.objects.exists()
    assert "raw message delivery" in caplog.text


def test_a_lost_answer_is_settled_by_what_is_posted(
    ses: LocalSES, address: str, settings: Any
) -> None:
    connect(ses, settings, address)
    message = put()
    ses.faults.add(Fault.reset(after_accepting=True, times=1))

    drain()
    ses.wait_for_events()

    assert state(message) == MessageState.SENT
    assert len(ses.inbox) == 1

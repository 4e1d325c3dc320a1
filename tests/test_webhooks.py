"""What SNS posts is taken; what anybody else posts is not."""

from __future__ import annotations

import copy
import gzip
import json
import logging
import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from seacucumber import webhooks
from seacucumber.conf import BACKEND
from seacucumber.enums import EventType
from seacucumber.models import (
    Attempt,
    Event,
    Hold,
    MailMinute,
    Message,
    Recipient,
    Suppressed,
)
from seacucumber.ses.inbound import sns
from seacucumber.testing.sns.signature import Signer, process_signer
from tests.queue import drain, put
from tests.ses.event_samples import PUBLISHED, SAMPLES
from tests.sns_host import SNSHost
from tests.sns_post import HOST, OTHERS_TOPIC, TOPIC, confirmation, genuine, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted")]

SEND = PUBLISHED["Send"]
#: How many posts are made up; 50,000 take ten minutes.
EXAMPLES = int(os.environ.get("SEACUCUMBER_TEST_EXAMPLES", "60"))


# -- what SNS posts ------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_every_documented_event_is_taken(name: str) -> None:
    assert post(genuine(SAMPLES[name])) == 200

    assert Event.objects.count() >= 1


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_signature_versions_are_taken_where_they_are_allowed(
    version: str, settings: Any
) -> None:
    settings.CUCUMBER_SNS_SIGNATURE_VERSIONS = ["1", "2"]

    assert post(genuine(SEND, version=version)) == 200
    assert Event.objects.count() == 1


def test_version_1_needs_a_setting() -> None:
    assert post(genuine(SEND, version="1")) == 400
    assert not Event.objects.exists()


def test_what_one_topic_may_do_another_may_not(settings: Any) -> None:
    old = {"sns_topics": [f"{TOPIC}-1"], "sns_signature_versions": ["1"]}
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND, "OPTIONS": {"sns_topics": [TOPIC]}},
        "old": {"BACKEND": BACKEND, "OPTIONS": old},
    }

    assert post(genuine(SEND, version="1")) == 400
    assert post(genuine(SEND, version="1", topic=f"{TOPIC}-1")) == 200


def test_a_subject_is_part_of_what_is_signed() -> None:
    envelope = genuine(SEND, Subject="Amazon SES Email Event Notification")

    assert post(envelope) == 200
    assert post({**envelope, "Subject": "Another"}) == 400


def test_an_event_that_tells_no_time_has_that_of_its_envelope() -> None:
    said = {**SEND, "mail": {**SEND["mail"], "timestamp": None}}
    envelope = genuine(said)

    assert post(envelope) == 200

    assert Event.objects.get().at == datetime.fromisoformat(envelope["Timestamp"])


def test_the_same_post_again_is_taken_and_changes_nothing() -> None:
    envelope = genuine(SEND)

    assert [post(envelope) for _ in range(3)] == [200, 200, 200]
    assert Event.objects.count() == 1


def test_one_certificate_serves_for_all_messages(sns_host: SNSHost) -> None:
    for kind in ("Send", "Delivery", "Bounce"):
        assert post(genuine(PUBLISHED[kind])) == 200

    assert len(sns_host.asked) == 1


def test_the_greeting_of_a_new_destination_is_no_event() -> None:
    text = "Successfully validated SNS topic for Amazon SES event publishing."

    assert post(genuine(text)) == 200
    assert not Event.objects.exists()


def test_the_end_of_a_subscription_is_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    envelope = genuine(
        "You have chosen to deactivate the subscription.",
        Type="UnsubscribeConfirmation",
        Token="t" * 64,
        SubscribeURL=f"{HOST}/?Action=ConfirmSubscription",
    )

    assert post(envelope) == 200
    assert TOPIC in caplog.text


# -- 25 forgeries, and more ----------------------------------------------------


def _signed_by_another_key() -> dict[str, str]:
    envelope = genuine(SEND, signer=Signer())
    url = process_signer().certificate_url("eu-west-1")
    return {**envelope, "SigningCertURL": url}


def _certificate_at(url: str) -> Callable[[], dict[str, str]]:
    return lambda: {**genuine(SEND), "SigningCertURL": url}


def _changed(**fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {**genuine(SEND), **fields}


def _without(field: str) -> Callable[[], dict[str, str]]:
    return lambda: {k: v for k, v in genuine(SEND).items() if k != field}


def _border_moved() -> tuple[dict[str, str], dict[str, str]]:
    """What is signed separates fields by line feeds, and escapes none. A stranger has
    SNS sign a Message that goes on like the signed text of one of our topic, and moves
    the borders of the fields.

    Returns:
        What SNS has signed, and what is posted.
    """
    said, at = json.dumps(SEND), genuine(SEND)["Timestamp"]
    ours = {"MessageId": "1", "Timestamp": at, "TopicArn": TOPIC}
    lines = "".join(f"\n{name}\n{value}" for name, value in ours.items())
    signed = genuine(said + lines, topic=OTHERS_TOPIC)
    tail = "".join(f"\n{name}\n{signed[name]}" for name in ours)
    return signed, {**signed, **ours, "Message": said, "TopicArn": TOPIC + tail}


_CERTIFICATE = "/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem"

FORGERIES: dict[str, Callable[[], Any]] = {
    "another host": _certificate_at(f"https://example.com{_CERTIFICATE}"),
    "a bucket": _certificate_at(f"https://bucket.s3.amazonaws.com{_CERTIFICATE}"),
    "a bucket named sns": _certificate_at(
        f"https://sns.s3-us-west-2.amazonaws.com{_CERTIFICATE}"
    ),
    "a look-alike host": _certificate_at(
        f"https://sns.eu-west-1.amazonaws.com.evil.example{_CERTIFICATE}"
    ),
    "a host with a hyphen": _certificate_at(
        f"https://sns-eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "another region": _certificate_at(
        f"https://sns.us-east-1.amazonaws.com{_CERTIFICATE}"
    ),
    "another partition": _certificate_at(
        f"https://sns.eu-west-1.amazonaws.com.cn{_CERTIFICATE}"
    ),
    "a user in the URL": _certificate_at(
        f"https://sns.eu-west-1.amazonaws.com@evil.example{_CERTIFICATE}"
    ),
    "a port": _certificate_at(f"{HOST}:8443{_CERTIFICATE}"),
    "plain http": _certificate_at(f"http://sns.eu-west-1.amazonaws.com{_CERTIFICATE}"),
    "a query": _certificate_at(f"{HOST}{_CERTIFICATE}?x=.pem"),
    "a fragment": _certificate_at(f"{HOST}{_CERTIFICATE}#"),
    "another path": _certificate_at(f"{HOST}/anything.pem"),
    "a path that climbs": _certificate_at(f"{HOST}/../{_CERTIFICATE[1:]}"),
    "capitals": _certificate_at(f"https://SNS.eu-west-1.amazonaws.com{_CERTIFICATE}"),
    "a line feed in the URL": _certificate_at(f"{HOST}{_CERTIFICATE}\n"),
    "no certificate there": _certificate_at(f"{HOST}{_CERTIFICATE}"),
    "a file": _certificate_at("file:///etc/passwd"),
    "a dot after the host": _certificate_at(
        f"https://sns.eu-west-1.amazonaws.com.{_CERTIFICATE}"
    ),
    "a host in other letters": _certificate_at(
        f"https://sns.eu-west-1.\uff41mazonaws.com{_CERTIFICATE}"
    ),
    "a dot of another script": _certificate_at(
        f"https://sns\u3002eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "a host in punycode": _certificate_at(
        f"https://sns.eu-west-1.xn--amazonaws-q4a.com{_CERTIFICATE}"
    ),
    "a host in percents": _certificate_at(
        f"https://sns.eu-west-1.amazonaws.com%2eevil.example{_CERTIFICATE}"
    ),
    "a path in percents": _certificate_at(
        f"{HOST}/SimpleNotificationService-%66{_CERTIFICATE[28:]}"
    ),
    "a backslash": _certificate_at(f"{HOST}\\@evil.example{_CERTIFICATE}"),
    "a backslash before the host": _certificate_at(
        f"https:\\\\sns.eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "a fragment before the path": _certificate_at(
        f"https://evil.example#sns.eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "a number for a host": _certificate_at(f"https://[::1]{_CERTIFICATE}"),
    "the metadata service": _certificate_at(f"http://169.254.169.254{_CERTIFICATE}"),
    "the default port": _certificate_at(f"{HOST}:443{_CERTIFICATE}"),
    "two slashes": _certificate_at(f"{HOST}/{_CERTIFICATE}"),
    "a blank before the URL": _certificate_at(f" {HOST}{_CERTIFICATE}"),
    "capitals in the scheme": _certificate_at(
        f"HTTPS://sns.eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "SES's host": _certificate_at(
        f"https://email.eu-west-1.amazonaws.com{_CERTIFICATE}"
    ),
    "SQS's host": _certificate_at(f"https://sqs.eu-west-1.amazonaws.com{_CERTIFICATE}"),
    "SNS without a region": _certificate_at(f"https://sns.amazonaws.com{_CERTIFICATE}"),
    "another extension": _certificate_at(f"{HOST}{_CERTIFICATE[:-4]}.PEM"),
    "a very long URL": _certificate_at(f"{HOST}/{'a' * 100_000}.pem"),
    "another key": _signed_by_another_key,
    "another message": _changed(Message=json.dumps(PUBLISHED["Bounce"])),
    "another id": _changed(MessageId="11111111-fdea-4c2c-8f9d-bdfb0c7bf324"),
    "a subject": _changed(Subject="Hello"),
    "another type": _changed(Type="UnsubscribeConfirmation"),
    "our topic on a stranger's message": lambda: {
        **genuine(SEND, topic=OTHERS_TOPIC),
        "TopicArn": TOPIC,
    },
    "a stranger's topic": lambda: genuine(SEND, topic=OTHERS_TOPIC),
    "another topic of the account": lambda: genuine(SEND, topic=f"{TOPIC}-2"),
    "the borders moved": lambda: _border_moved()[1],
    "a year old": lambda: genuine(SEND, ago_s=365 * 86_400),
    "three hours old": lambda: genuine(SEND, ago_s=3 * 3600),
    "of tomorrow": lambda: genuine(SEND, ago_s=-86_400),
    "no date": lambda: genuine(SEND, Timestamp="yesterday"),
    "no signature": _without("Signature"),
    "an empty signature": _changed(Signature=""),
    "a signature that is not base64": _changed(Signature="EXAMPLE!"),
    "version 3": _changed(SignatureVersion="3"),
    "a version that is a number": _changed(SignatureVersion=2),
    "version 0": _changed(SignatureVersion="0"),
    "no version": _without("SignatureVersion"),
    "version 2 told as 1": _changed(SignatureVersion="1"),
    "another signature": lambda: {
        **genuine(SEND),
        "Signature": genuine(PUBLISHED["Bounce"])["Signature"],
    },
    "a signature that is cut": lambda: {
        **genuine(SEND),
        "Signature": genuine(SEND)["Signature"][:-4],
    },
    "an end of the subscription": _changed(
        Type="UnsubscribeConfirmation", Token="t", SubscribeURL=HOST
    ),
    "half an hour ahead": lambda: genuine(SEND, ago_s=-1800),
    "no time": _without("Timestamp"),
    "a time with a line feed": lambda: genuine(
        SEND, Timestamp=f"{genuine(SEND)['Timestamp']}\n"
    ),
    "a message that is an object": _changed(Message=SEND),
    "a message that is nothing": _changed(Message=None),
    "a message that is not there": _without("Message"),
    "a subject that is a number": _changed(Subject=1),
    "a signed subject that is taken away": lambda: {
        **genuine(SEND, Subject="Amazon SES"),
        "Subject": None,
    },
    "no topic": _without("TopicArn"),
    "a topic in a list": _changed(TopicArn=[TOPIC]),
    "no type": _without("Type"),
    "a type in a list": _changed(Type=["Notification"]),
    "half a surrogate pair": _changed(Message="\ud800"),
    "raw delivery": lambda: SEND,
    "a stranger's subscription": lambda: confirmation(OTHERS_TOPIC),
    "nothing": dict,
    "deep JSON": lambda: "[" * 200_000,
    "deep objects": lambda: '{"Type":' * 100_000,
    "a list": lambda: "[]",
    "no JSON": lambda: "Type=Notification",
    "an empty body": lambda: "",
    "UTF-16": lambda: json.dumps(genuine(SEND)).encode("utf-16"),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + json.dumps(genuine(SEND)).encode(),
    "broken UTF-8": lambda: b'{"Type": "\xff"}',
    "zipped": lambda: gzip.compress(json.dumps(genuine(SEND)).encode()),
    "no number": lambda: json.dumps(genuine(SEND))[:-1] + ', "Extra": NaN}',
    "two envelopes": lambda: json.dumps(genuine(SEND)) * 2,
    "a comment": lambda: json.dumps(genuine(SEND)) + "// x",
    "a very long number": lambda: '{"Type": ' + "9" * 100_000 + "}",
    "a name twice": lambda: (
        json.dumps(genuine(SEND))[:-1] + f', "TopicArn": "{TOPIC}"}}'
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused_and_nothing_is_stored(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    status = post(FORGERIES[name](), **{"x-amz-sns-message-type": "Notification"})

    assert status == 400
    assert not Event.objects.exists()
    assert "refused" in caplog.text
    assert "Traceback" not in caplog.text


def test_the_moved_border_is_a_forgery_whose_signature_is_right() -> None:
    signed, posted = _border_moved()

    assert sns.signed_text(posted) == sns.signed_text(signed)
    assert posted["Signature"] == signed["Signature"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Token": ""},
        {"Token": 7},
        {"Token": ["t" * 64]},
        {"Token": None},
        {"Token": "a\nTopicArn"},
        {"Token": "other"},
        {"SubscribeURL": "https://169.254.169.254/latest/meta-data/"},
        {"SubscribeURL": f"{HOST}@evil.example/?Action=ConfirmSubscription"},
        {"SubscribeURL": None},
        {"TopicArn": OTHERS_TOPIC},
        {"Type": "Notification"},
        {"Timestamp": "2024-01-01T00:00:00.000Z"},
    ],
)
def test_a_changed_question_about_a_subscription_is_refused(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(sns, "confirm", lambda *args: asked.append(args))

    assert post({**confirmation(), **changes}) == 400
    assert asked == []


def test_zipped_is_not_unzipped() -> None:
    """Nobody's small post becomes a large one here."""
    headers = {
        "x-amz-sns-message-type": "Notification",
        "Content-Encoding": "gzip",
    }

    assert post(gzip.compress(b" " * 10_000_000), **headers) == 400


def test_a_header_does_not_make_raw_delivery_welcome() -> None:
    headers = {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-rawdelivery": "true",
    }

    assert post(json.dumps(SEND), **headers) == 400
    assert not Event.objects.exists()


def test_a_body_in_chunks_has_no_length_and_nothing_is_read_of_it() -> None:
    """WSGI has no word for its end; SNS always tells a length."""
    request = RequestFactory().post(reverse("seacucumber:sns"))
    del request.META["CONTENT_LENGTH"]
    request.META["HTTP_TRANSFER_ENCODING"] = "chunked"

    assert webhooks.receive(request).status_code == 400


@pytest.mark.usefixtures("ses")
def test_a_replay_changes_neither_state_nor_figures() -> None:
    message = put()
    drain()
    said = copy.deepcopy(PUBLISHED["Bounce"])
    said["mail"]["tags"] = {
        "cucumber_message": [message.uid],
        "cucumber_attempt": ["1"],
    }
    envelope = genuine(said)
    assert post(envelope) == 200
    tables = (Event, Message, Recipient, Attempt, Suppressed, MailMinute, Hold)
    before = [list(table.objects.values()) for table in tables]

    assert [post(envelope), post(genuine(said))] == [200, 200]

    assert [list(table.objects.values()) for table in tables] == before
    assert Event.objects.get().message == message


def test_the_header_must_tell_the_same_type() -> None:
    envelope = genuine(SEND)

    for told in ("SubscriptionConfirmation", "", "notification"):
        assert post(envelope, **{"x-amz-sns-message-type": told}) == 400


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "nonsense"])
def test_another_charset_is_refused(charset: str) -> None:
    content_type = f"text/plain; charset={charset}"
    body = json.dumps(genuine(SEND)).encode()

    status = post(
        body, content_type=content_type, **{"x-amz-sns-message-type": "Notification"}
    )

    assert status == 400


def test_more_than_sns_sends_is_not_even_read() -> None:
    assert post(b" " * (webhooks.MAX_BYTES + 1)) == 400


@pytest.mark.parametrize("length", ["-1", "many", "9" * 5000, "1e3"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    answer = Client().generic(
        "POST", reverse("seacucumber:sns"), b"{}", CONTENT_LENGTH=length
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_posts_are_answered(method: str) -> None:
    assert getattr(Client(), method)(reverse("seacucumber:sns")).status_code == 405


def test_without_topics_the_webhook_is_not_there(settings: Any) -> None:
    settings.CUCUMBER_SNS_TOPICS = []

    assert post(genuine(SEND)) == 404


# -- when we are in trouble ----------------------------------------------------


def test_sns_comes_again_when_the_database_is_in_trouble(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("disk is full")

    monkeypatch.setattr(webhooks, "ingest_events", fail)

    assert post(genuine(SEND)) == 503
    assert "disk is full" in caplog.text


def test_an_error_of_our_own_shows_nobody_a_traceback(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    settings.DEBUG = True
    monkeypatch.setattr(webhooks, "ingest_events", fail)

    assert post(genuine(SEND)) == 500
    assert "ZeroDivisionError" in caplog.text


def test_a_login_wall_leaves_the_webhook_alone(settings: Any) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]

    assert post(genuine(SEND)) == 200


# -- anything at all -----------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(data=st.data())
def test_whatever_is_posted_is_answered(data: st.DataObject) -> None:
    """Signed nonsense as well: it gets further."""
    logging.disable(logging.CRITICAL)
    try:
        assert _post_anything(data) in (200, 400, 503)
    finally:
        logging.disable(logging.NOTSET)


def _post_anything(data: st.DataObject) -> int:
    kind = data.draw(st.sampled_from(["bytes", "json", "field", "event"]))
    if kind == "bytes":
        return post(data.draw(st.binary(max_size=200)))
    if kind == "json":
        return post(json.dumps(data.draw(json_values)))
    if kind == "field":
        envelope: dict[str, Any] = genuine(SEND)
        envelope[data.draw(st.sampled_from(list(envelope)))] = data.draw(json_values)
        return post(envelope)
    said = copy.deepcopy(data.draw(st.sampled_from(list(SAMPLES.values()))))
    here: Any = said
    while isinstance(here, dict | list) and here:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or data.draw(st.booleans()):
            here[key] = data.draw(json_values)
            break
        here = here[key]
    return post(genuine(json.dumps(said)))


def test_what_is_kept_of_an_event_is_what_it_said() -> None:
    post(genuine(PUBLISHED["Bounce"]))

    event = Event.objects.get()
    assert (event.type, event.recipient) == (EventType.BOUNCE, "recipient@example.com")
    assert event.detail["diagnostic"] == "smtp; 550 5.1.1 user unknown"
    assert event.via == "webhook"
    assert event.message is None


def test_posts_that_are_refused_do_not_fill_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(50):
        post("nonsense")
        post({**genuine(SEND), "Subject": "Hello"})
        Client().get(reverse("seacucumber:sns"))

    # Django's own word for each request is one of them.
    assert len(caplog.records) == 2

    now_s = time.monotonic()
    monkeypatch.setattr(webhooks.time, "monotonic", lambda: now_s + 61)
    post("nonsense")

    assert "(49 more of this kind" in caplog.records[-1].getMessage()

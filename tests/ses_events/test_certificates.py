"""Whose certificates are fetched, and what strangers who name others can do."""

from __future__ import annotations

import copy
import gc
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError

from seacucumber.db import clock
from seacucumber.enums import FetchBudget
from seacucumber.exceptions import Forged, NotOurs, TryAgain
from seacucumber.models import FetchAllowance, SNSCertificate
from seacucumber.ses.inbound import sns_certificates
from seacucumber.ses.inbound.sns_certificates import Sender, certificates
from seacucumber.ses_events import certificates as shared_certificates
from seacucumber.ses_events.certificates import SharedCertificates
from seacucumber.testing.sns.signature import Signer, process_signer
from tests.queue import put
from tests.ses.event_samples import PUBLISHED
from tests.sns_host import SharedInMemory, SNSHost
from tests.sns_post import HOST, OTHERS_TOPIC, TOPIC, genuine, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted")]

SEND = PUBLISHED["Send"]
STRANGER = Sender(topic=TOPIC, is_ours=True, is_friend=lambda: False)
FRIEND = Sender(topic=TOPIC, is_ours=True, is_friend=lambda: True)
FOREIGNER = Sender(topic=OTHERS_TOPIC, is_ours=False, is_friend=lambda: True)


def strange(number: int) -> str:
    return f"{HOST}/SimpleNotificationService-{number:032x}.pem"


def forge(number: int, topic: str = TOPIC) -> int:
    """Post as somebody who knows the topic's ARN, and name certificates at will."""
    return post({**genuine(SEND, topic=topic), "SigningCertURL": strange(number)})


def ask(url: str, shared: sns_certificates.Shared, sender: Sender = STRANGER) -> object:
    now = datetime.now(UTC)
    return certificates.key(url, sender=sender, shared=shared, now=now)


def tagged(uid: str) -> dict[str, Any]:
    said = copy.deepcopy(SEND)
    said["mail"]["tags"] = {"cucumber_message": [uid], "cucumber_attempt": ["1"]}
    return said


def certificate(
    key: Any, *, begins: timedelta = timedelta(days=-1), ends: timedelta
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


DAY = timedelta(days=1)
RSA = rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n", id="broken"),
        pytest.param(
            b"<Error>\n" + certificate(RSA, ends=DAY) + b"</Error>", id="in XML"
        ),
        pytest.param(certificate(ec.generate_private_key(ec.SECP256R1()), ends=DAY)),
        pytest.param(certificate(rsa.generate_private_key(65537, 1024), ends=DAY)),
        pytest.param(certificate(RSA, begins=-3 * DAY, ends=-DAY), id="expired"),
        pytest.param(certificate(RSA, begins=DAY, ends=2 * DAY), id="not valid yet"),
        pytest.param(certificate(RSA, ends=DAY) + b" " * 70_000, id="too long"),
    ],
)
def test_what_is_no_good_certificate_is_not_trusted(
    found: bytes, sns_host: SNSHost
) -> None:
    signer = Signer(RSA)
    sns_host.files[signer.certificate_url("eu-west-1")] = found

    assert post(genuine(SEND, signer=signer)) == 400


def test_a_certificate_that_cannot_be_fetched_makes_sns_come_again(
    sns_host: SNSHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = process_signer().certificate_url("eu-west-1")
    sns_host.files[url] = sns_certificates.TryAgain("SNS's host answered 503.")
    assert [post(genuine(SEND)) for _ in range(3)] == [503, 503, 503]
    assert len(sns_host.asked) == 1

    sns_host.files[url] = process_signer().certificate
    monkeypatch.setattr(sns_certificates, "FAILURE_KEPT_S", 0.0)
    certificates.forget()
    assert post(genuine(SEND)) == 200


def test_nothing_is_kept_of_posts_while_a_certificate_cannot_be_fetched() -> None:
    """Or whoever posts a megabyte again and again fills the memory."""
    url = f"{HOST}/SimpleNotificationService-{1:032x}.pem"
    # pytest keeps what is logged, with the errors that are told of.
    logging.disable(logging.CRITICAL)
    try:
        for _ in range(50):
            post({**genuine(SEND), "SigningCertURL": url})
    finally:
        logging.disable(logging.NOTSET)

    gc.collect()
    alive = [each for each in gc.get_objects() if isinstance(each, WSGIRequest)]

    assert len(alive) < 5


@pytest.mark.parametrize("status", [403, 407, 404])
def test_what_is_known_stays_good_though_a_proxy_denies_everything(
    status: int, sns_host: SNSHost
) -> None:
    """By its own dates, in this process and in those that come after."""
    url = process_signer().certificate_url("eu-west-1")
    assert post(genuine(SEND)) == 200
    sns_host.files[url] = Forged(f"SNS's host has no such certificate ({status}).")

    certificates.forget()

    assert post(genuine(PUBLISHED["Open"])) == 200
    assert sns_host.asked == [url]


def test_a_pinned_certificate_is_good_to_its_end_and_never_fetched(
    sns_host: SNSHost,
) -> None:
    signer = Signer()
    url = signer.certificate_url("eu-west-1")
    certificates.keep(url, signer.certificate)
    for number in range(30):
        forge(number)

    assert post(genuine(SEND, signer=signer)) == 200
    assert url not in sns_host.asked


def test_a_certificate_that_is_spoiled_in_the_table_is_not_used(
    sns_host: SNSHost,
) -> None:
    url = process_signer().certificate_url("eu-west-1")
    wrong = certificate(RSA, begins=-3 * DAY, ends=-DAY).decode()
    for pem in ("nonsense", wrong):
        certificates.forget()
        SNSCertificate.objects.update_or_create(url=url, defaults={"pem": pem})
        assert post(genuine(SEND)) == 200

    assert sns_host.asked == [url, url]
    assert SNSCertificate.objects.get().pem.encode() == process_signer().certificate


def test_ten_forged_posts_a_minute_keep_no_genuine_one_out(
    monkeypatch: pytest.MonkeyPatch, sns_host: SNSHost
) -> None:
    """A process, and a database, that know nothing yet; six minutes of them."""
    moments = count(clock.read_us("default"), 6 * clock.US_PER_S)
    monkeypatch.setattr(
        shared_certificates.clock, "now_us", lambda using: next(moments)
    )
    for number in range(60):
        with pytest.raises(Forged):
            ask(strange(number), SharedCertificates())

    url = process_signer().certificate_url("eu-west-1")

    assert ask(url, SharedCertificates()) is not None


def test_a_flood_of_forgeries_spends_nothing_of_what_is_known(
    sns_host: SNSHost,
) -> None:
    assert post(genuine(SEND)) == 200
    statuses = {forge(number) for number in range(40)}
    certificates.forget()

    assert post(genuine(PUBLISHED["Open"])) == 200
    assert statuses == {400, 503}
    # Twenty at once, and one more every two seconds.
    assert 20 <= len(sns_host.asked) < 40


@pytest.mark.usefixtures("ses")
def test_whoever_names_our_mail_has_fetches_of_their_own(sns_host: SNSHost) -> None:
    message = put()
    assert 503 in {forge(number) for number in range(40)}

    assert post(genuine(SEND)) == 503
    assert post(genuine(tagged("0" * 32))) == 503
    assert post(genuine(tagged(message.uid))) == 200


@pytest.mark.usefixtures("ses")
def test_what_names_our_mail_is_never_refused_for_good(sns_host: SNSHost) -> None:
    """A proxy may deny what SNS's host would have given."""
    url = process_signer().certificate_url("eu-west-1")
    sns_host.files[url] = Forged("SNS's host has no such certificate (403).")
    said = tagged(put().uid)

    assert [post(genuine(SEND)), post(genuine(said)), post(genuine(said))] == [
        *(400, 503, 503)
    ]


def test_an_expired_certificate_is_fetched_anew_without_a_budget() -> None:
    url = process_signer().certificate_url("eu-west-1")
    shared = SharedInMemory(allowed=0)
    shared.pems[url] = certificate(RSA, begins=-3 * DAY, ends=-DAY)

    assert ask(url, shared) is not None
    assert not shared.spent


def test_topics_of_others_are_answered_as_ours_are(sns_host: SNSHost) -> None:
    """Or a stranger learns which topic is ours."""
    ours = [forge(number) for number in range(30)]
    FetchAllowance.objects.all().delete()
    certificates.forget()
    asked = len(sns_host.asked)
    theirs = [forge(number, OTHERS_TOPIC) for number in range(30)]

    assert ours == theirs
    assert len(sns_host.asked) == asked


def test_while_snss_host_is_away_all_topics_are_answered_alike(
    sns_host: SNSHost,
) -> None:
    sns_host.is_away = True

    assert {forge(1), forge(2), forge(3, OTHERS_TOPIC), forge(1, OTHERS_TOPIC)} == {503}
    assert len(sns_host.asked) == 1


def test_nothing_is_asked_of_hosts_that_others_name(sns_host: SNSHost) -> None:
    with pytest.raises(NotOurs):
        ask(strange(1), SharedInMemory(), FOREIGNER)

    assert sns_host.asked == []


def test_a_known_certificate_does_not_wait_for_one_that_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does a friend's wait for a stranger's."""
    shared = SharedInMemory()
    url = process_signer().certificate_url("eu-west-1")
    fetching, may_end = threading.Event(), threading.Event()

    def hang(url: str) -> bytes:
        if url != strange(1):
            return process_signer().certificate
        fetching.set()
        may_end.wait(30)
        raise Forged("SNS's host has no such certificate.")

    monkeypatch.setattr(sns_certificates, "fetch", hang)
    with ThreadPoolExecutor(2) as threads:
        hanging = threads.submit(ask, strange(1), shared)
        assert fetching.wait(10)
        try:
            assert threads.submit(ask, url, shared, FRIEND).result(10) is not None
            assert threads.submit(ask, url, shared).result(10) is not None
        finally:
            may_end.set()
        assert isinstance(hanging.exception(10), Forged)


def test_an_allowance_fills_up_again_and_a_clock_that_jumps_does_not_stop_it() -> None:
    rows, at_us = FetchAllowance.objects, 10**15
    limits: dict[str, int] = {"burst": 3, "spacing_us": 1000}

    def spend(now_us: int) -> bool:
        return rows.spend(FetchBudget.STRANGERS, now_us=now_us, **limits)

    assert [spend(at_us) for _ in range(4)] == [True, True, True, False]
    assert [spend(at_us + 1000), spend(at_us + 1000)] == [True, False]
    # The clock was two hours ahead, and is right again.
    ahead_us = at_us + 7200 * clock.US_PER_S
    assert spend(ahead_us)
    assert spend(at_us + 2000)


def test_a_database_that_is_away_makes_sns_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(self: object, url: str) -> None:
        raise OperationalError("no connection")

    monkeypatch.setattr(SharedCertificates, "find", fail)

    assert [post(genuine(SEND)), forge(1), forge(1, OTHERS_TOPIC)] == [503, 503, 503]


def test_an_address_is_left_alone_for_a_while_after_it_gave_none(
    sns_host: SNSHost,
) -> None:
    assert {forge(1) for _ in range(30)} == {400}
    assert sns_host.asked == [strange(1)]


def test_friends_who_cannot_be_helped_now_come_again() -> None:
    with pytest.raises(TryAgain):
        ask(strange(1), SharedInMemory(), FRIEND)

"""The certificates that SNS signs with: where they may come from, and kept.

A signature is worth as much as the certificate that it is checked with. This one comes
from SNS's host in the region of the topic and from nowhere else: a bucket in S3 has a
host under amazonaws.com, too (CVE-2023-33185 of another package).
"""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from seacucumber.enums import FetchBudget
from seacucumber.exceptions import FeedbackError, Forged, NotOurs, TryAgain

#: The domain of each partition, as botocore's ``partitions.json`` has them.
DOMAINS: Mapping[str, str] = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_BEGINNING = re.compile(rb"\s*-----BEGIN CERTIFICATE-----\r?\n")

TIMEOUT_S = 5.0
MAX_BYTES = 64 * 1024
MIN_KEY_BITS = 2048
#: How long an address without a certificate, or a host in trouble, is left alone.
FAILURE_KEPT_S = 30.0
MAX_KEPT = 16
_MAX_FAILED = 256
_NOT_OURS = "Its topic is not in CUCUMBER_SNS_TOPICS."


class Shared(Protocol):
    """What all processes and restarts have in common. May raise `DatabaseError`."""

    def find(self, url: str) -> bytes | None:
        """Return the certificate that was once fetched from an address."""

    def save(self, url: str, pem: bytes) -> None:
        """Keep a certificate that SNS's host has at an address."""

    def spend(self, budget: FetchBudget) -> bool:
        """Take a fetch from a budget; tell whether there was one left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What is known of whoever has posted, before the signature is looked at.

    Args:
        topic: ``TopicArn``, which they have written.
        is_ours: Whether that is a topic of the settings.
        is_friend: Tells whether they know what only SNS and we know. Asked if it
            matters.
    """

    topic: str
    is_ours: bool
    is_friend: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Kept:
    key: RSAPublicKey
    begins_at: datetime
    ends_at: datetime

    def is_valid(self, now: datetime) -> bool:
        return self.begins_at <= now <= self.ends_at


class Certificates:
    """Keys by the address of their certificate. Thread-safe.

    A certificate that SNS's host has given is good until its own end, whoever asked
    for it: in this process by memory, in all others by what they share. An address that
    is not known costs a fetch, and strangers name as many as they like. So fetches come
    from budgets: one for friends, one for everybody else, none for an address that was
    good before.

    Args:
        fetch: Downloads a certificate; see `fetch` of this module.
    """

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._pinned: dict[str, _Kept] = {}
        self.forget()

    def forget(self) -> None:
        """Forget all certificates, of this process alone."""
        # Nobody waits for a fetch that was begun for a stranger.
        self._locks = {budget: threading.Lock() for budget in (*FetchBudget, None)}
        self._pinned.clear()
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[type[FeedbackError], str, float]] = {}
        self._host_failed_until_s = 0.0

    def key(
        self, url: str, *, sender: Sender, shared: Shared, now: datetime
    ) -> RSAPublicKey:
        """Return the key of a certificate; fetch it if it is not known.

        For a topic of others it answers as for one of ours, but fetches nothing: or
        what strangers are answered would tell which topic is ours.

        Args:
            url: ``SigningCertURL``, which whoever sent the message has written.

        Raises:
            Forged: if SNS's certificates are elsewhere, or look different.
            NotOurs: if the topic is none of ours.
            TryAgain: if it cannot be fetched now, and the message may be genuine.
        """
        url = own_url(url, sender.topic)
        known = self._known(url, shared)
        if known is None or now > known.ends_at:
            budget = None if known else _budget_of(sender)
            known = self._fresh(url, budget, sender=sender, shared=shared, now=now)
        if not known.is_valid(now):
            raise Forged("Its certificate is not valid by its dates.")
        if not sender.is_ours:
            raise NotOurs(_NOT_OURS)
        return known.key

    def keep(self, url: str, pem: bytes) -> None:
        """Keep a certificate that was not fetched, as long as the process lives: for a
        host that may not fetch any.

        Raises:
            Forged: if it is not a certificate that SNS could have.
        """
        self._pinned[url] = _read(pem)

    def _known(self, url: str, shared: Shared) -> _Kept | None:
        known = self._kept.get(url) or self._pinned.get(url)
        if known is None and (pem := shared.find(url)) is not None:
            # What was good when it was kept is looked at again whenever it is read.
            with suppress(Forged):
                known = _read(pem)
                _put(self._kept, url, known, MAX_KEPT)
        return known

    def _fresh(
        self,
        url: str,
        budget: FetchBudget | None,
        *,
        sender: Sender,
        shared: Shared,
        now: datetime,
    ) -> _Kept:
        """Return what an address has now.

        Args:
            budget: Whose fetch it is; None where one was good before.
        """
        self._look_at_failures(url, budget)
        if budget and not shared.spend(budget):
            raise TryAgain("Too many certificates were asked for of late.")
        if not sender.is_ours:
            raise NotOurs(_NOT_OURS)
        with self._locks[budget]:
            known = self._kept.get(url)
            if known is not None and now <= known.ends_at:
                return known
            self._look_at_failures(url, budget)
            try:
                pem, fresh = self._download(url, now)
            except Forged as failure:
                if budget is FetchBudget.FRIENDS:
                    # Some proxies refuse what SNS's host would have given.
                    raise TryAgain(str(failure)) from failure
                raise
            shared.save(url, pem)
            _put(self._kept, url, fresh, MAX_KEPT)
            return fresh

    def _look_at_failures(self, url: str, budget: FetchBudget | None) -> None:
        """Raise what came of asking a moment ago."""
        now_s, is_friend = time.monotonic(), budget is FetchBudget.FRIENDS
        kind, why, until_s = self._failed.get(url, (TryAgain, "", 0.0))
        if now_s < until_s:
            raise (TryAgain if is_friend else kind)(why)
        if now_s < self._host_failed_until_s and not is_friend:
            raise TryAgain("SNS's host was not reached a moment ago.")

    def _download(self, url: str, now: datetime) -> tuple[bytes, _Kept]:
        try:
            pem = self._fetch(url)
            fresh = _read(pem)
            if not fresh.is_valid(now):
                raise Forged("Its certificate is not valid by its dates.")
        except FeedbackError as failure:
            until_s = time.monotonic() + FAILURE_KEPT_S
            # Not the exception: it has hold of the whole request.
            told = type(failure), str(failure), until_s
            _put(self._failed, url, told, _MAX_FAILED)
            if isinstance(failure, TryAgain):
                self._host_failed_until_s = until_s
            raise
        self._host_failed_until_s = 0.0
        return pem, fresh


def _budget_of(sender: Sender) -> FetchBudget:
    is_friend = sender.is_ours and sender.is_friend()
    return FetchBudget.FRIENDS if is_friend else FetchBudget.STRANGERS


def own_url(url: str, topic: str) -> str:
    """Return the address of a certificate, if SNS has its certificates there.

    It is put together from the topic and compared, not taken apart and judged.

    Raises:
        Forged: if it is anywhere else.
    """
    _arn, partition, _sns, region, *_rest = [*topic.split(":"), "", "", "", ""]
    host = f"https://sns.{region}.{DOMAINS.get(partition, 'invalid')}"
    if url.startswith(f"{host}/") and _PATH.fullmatch(url, len(host)):
        return url
    raise Forged("Its certificate is not on SNS's host in the topic's region.")


def fetch(url: str) -> bytes:
    """Download a certificate over TLS that is checked, without following redirects.

    Raises:
        Forged: if there is none.
        TryAgain: if SNS's host does not answer.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            found: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (429, *range(500, 600)):
            raise TryAgain(f"SNS's host answered {error.code}.") from error
        raise Forged(f"SNS's host has no such certificate ({error.code}).") from error
    except (OSError, ValueError) as error:
        raise TryAgain(f"SNS's certificate cannot be fetched: {error}.") from error
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _read(pem: bytes) -> _Kept:
    if len(pem) > MAX_BYTES or not _BEGINNING.match(pem):
        raise Forged("What is there is no certificate.")
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, TypeError) as error:
        raise Forged("What is there is no certificate.") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise Forged(f"Its key is not RSA of at least {MIN_KEY_BITS} bits.")
    return _Kept(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _put(kept: dict[str, Any], url: str, value: Any, most: int) -> None:
    # One operation each: others read without the lock.
    kept[url] = value
    for oldest in list(kept)[: max(0, len(kept) - most)]:
        kept.pop(oldest, None)


certificates = Certificates(lambda url: fetch(url))

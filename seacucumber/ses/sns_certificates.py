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
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from seacucumber.exceptions import FeedbackError, Forged, TryAgain

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
#: SNS changes its certificate now and then, and names the new one at once.
KEPT_S = 24 * 3600.0
FAILURE_KEPT_S = 30.0
MAX_KEPT = 16
#: Whoever names ever new certificates of a topic that is ours makes us fetch no more.
MAX_FETCHES = 10
_PER_S = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    key: RSAPublicKey
    ends_at: datetime
    fetched_s: float


class Certificates:
    """Keys by the address of their certificate, for one process. Thread-safe.

    Args:
        fetch: Downloads a certificate; see `fetch` of this module.
    """

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Forget all certificates."""
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[type[FeedbackError], str, float]] = {}
        self._fetched_s: deque[float] = deque(maxlen=MAX_FETCHES)

    def key(self, url: str, *, topic: str) -> RSAPublicKey:
        """Return the key of a certificate; fetch it if it is not known.

        Args:
            url: ``SigningCertURL``, which whoever sent the message has written.
            topic: The ARN of one of our topics.

        Raises:
            Forged: if SNS's certificates are elsewhere, or look different.
            TryAgain: if it cannot be fetched now.
        """
        url = own_url(url, topic)
        known = self._kept.get(url)
        if known is None or _is_old(known):
            # Only those wait for a host that hangs who need what it has.
            with self._lock:
                known = self._kept.get(url)
                if known is None or _is_old(known):
                    known = self._renew(url, known, time.monotonic())
        if datetime.now(UTC) > known.ends_at:
            raise Forged("Its certificate has expired.")
        return known.key

    def keep(self, url: str, pem: bytes) -> None:
        """Keep a certificate that was not fetched: for a host that may not fetch any.

        Raises:
            Forged: if it is not a certificate that SNS could have.
        """
        self._kept[url] = _read(pem, time.monotonic())

    def _renew(self, url: str, known: _Kept | None, now_s: float) -> _Kept:
        kind, why, until_s = self._failed.get(url, (TryAgain, "", 0.0))
        if now_s < until_s:
            if known is not None:
                return known
            raise kind(why)
        fetched_s = self._fetched_s
        if len(fetched_s) == MAX_FETCHES and now_s - fetched_s[0] < _PER_S:
            if known is not None:
                return known
            raise TryAgain("Too many certificates were asked for in this minute.")
        fetched_s.append(now_s)
        try:
            fresh = _read(self._fetch(url), now_s)
        except FeedbackError as failure:
            # Not the exception: it has hold of the whole request.
            again_s = now_s + FAILURE_KEPT_S
            _put(self._failed, url, (type(failure), str(failure), again_s))
            if known is not None and isinstance(failure, TryAgain):
                return known
            raise
        _put(self._kept, url, fresh)
        return fresh


def own_url(url: str, topic: str) -> str:
    """Return the address of a certificate, if SNS has its certificates there.

    It is put together from the topic and compared, not taken apart and judged.

    Raises:
        Forged: if it is anywhere else.
    """
    _arn, partition, _sns, region, *_rest = topic.split(":")
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


def _read(pem: bytes, now_s: float) -> _Kept:
    if len(pem) > MAX_BYTES or not _BEGINNING.match(pem):
        raise Forged("What is there is no certificate.")
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, TypeError) as error:
        raise Forged("What is there is no certificate.") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise Forged(f"Its key is not RSA of at least {MIN_KEY_BITS} bits.")
    if datetime.now(UTC) < certificate.not_valid_before_utc:
        raise Forged("Its certificate is not valid yet.")
    return _Kept(key, certificate.not_valid_after_utc, now_s)


def _is_old(known: _Kept) -> bool:
    return time.monotonic() - known.fetched_s > KEPT_S


def _put(kept: dict[str, Any], url: str, value: Any) -> None:
    kept.pop(url, None)
    kept[url] = value
    while len(kept) > MAX_KEPT:
        kept.pop(next(iter(kept)))


certificates = Certificates(lambda url: fetch(url))

"""How SNS posts to a web address, and what it does if that fails.

Source: "Amazon SNS message delivery retries", SNS developer guide: 4xx but 429 is for
good, everything else is tried again, three times and 20 seconds apart by default.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from seacucumber.testing.scheduler import Agenda
from seacucumber.testing.ses.settings import Settings

TIMEOUT_S = 15.0
MAX_KEPT = 10_000
_CONTENT_TYPE = "text/plain; charset=UTF-8"
_AGENT = "Amazon Simple Notification Service Agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way to one web address."""

    url: str
    headers: Mapping[str, str]
    body: str
    #: Waits before each retry; None for those of the settings.
    delays_s: tuple[float, ...] | None = None
    #: Takes the body when SNS gives up.
    dead_letters: Callable[[str], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One attempt to post.

    Args:
        message_id: SNS's id of the message.
        attempt: 1 for the first.
        status: The HTTP status, 0 if no answer came.
        error: What went wrong, if no answer came.
    """

    url: str
    message_id: str
    kind: str
    attempt: int
    status: int
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the other side took the message."""
        return 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether SNS gives up: the other side took it, or refused it for good."""
        refused = 400 <= self.status < 500 and self.status != 429
        return self.is_taken or refused

    def as_dict(self) -> dict[str, Any]:
        """Return JSON for it."""
        return asdict(self)


class Poster:
    """Posts messages from threads of its own.

    Args:
        agenda: Does the work.
        settings: Returns the settings: how often and when it is tried again.
    """

    def __init__(self, agenda: Agenda, settings: Callable[[], Settings]) -> None:
        self._agenda = agenda
        self._settings = settings
        self._lock = threading.Lock()
        self._postings: list[Posting] = []

    def post(self, parcel: Parcel, *, attempt: int = 1, after_s: float = 0.0) -> None:
        """Post a message soon."""
        self._agenda.add(lambda: self._try(parcel, attempt), after_s=after_s)

    def postings(self) -> list[Posting]:
        """Return the attempts, the last 10,000 of them."""
        with self._lock:
            return list(self._postings)

    def clear(self) -> None:
        """Forget the attempts."""
        with self._lock:
            self._postings.clear()

    def _try(self, parcel: Parcel, attempt: int) -> None:
        status, error = _send(parcel)
        posting = Posting(
            url=parcel.url,
            message_id=parcel.headers.get("x-amz-sns-message-id", ""),
            kind=parcel.headers.get("x-amz-sns-message-type", ""),
            attempt=attempt,
            status=status,
            error=error,
        )
        with self._lock:
            self._postings.append(posting)
            del self._postings[:-MAX_KEPT]
        settings = self._settings()
        delays_s = parcel.delays_s
        if delays_s is None:
            delays_s = (settings.post_retry_s,) * settings.post_retries
        if not posting.is_final and attempt <= len(delays_s):
            self.post(parcel, attempt=attempt + 1, after_s=delays_s[attempt - 1])
        elif not posting.is_taken and parcel.dead_letters is not None:
            parcel.dead_letters(parcel.body)


def _send(parcel: Parcel) -> tuple[int, str]:
    """Post once; return the status, or 0 and the error."""
    url = urlsplit(parcel.url)
    path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    headers = {"Content-Type": _CONTENT_TYPE, "User-Agent": _AGENT, **parcel.headers}
    connection = _connect(url.scheme, url.hostname or "", url.port)
    try:
        connection.request("POST", path, parcel.body.encode(), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, port, timeout=TIMEOUT_S, context=context
        )
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)

"""Where SNS posts what SES tells: one address for all topics.

Whoever finds it may post anything. What they get to see is a status and nothing else,
the same for every reason; why something was refused is in the log, counted.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseTrouble
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from seacucumber.conf import Mailer, get_mailer, mailer_aliases
from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.enums import EventVia
from seacucumber.exceptions import (
    AccountError,
    FeedbackError,
    TryAgain,
    Unreadable,
)
from seacucumber.ses.inbound import event as events
from seacucumber.ses.inbound import sns
from seacucumber.ses_events import ingest_events
from seacucumber.ses_events.certificates import SharedCertificates, names_our_mail

logger = logging.getLogger("seacucumber")

#: SNS's own limit is 256 KB; escaped, a text may be several times as long.
MAX_BYTES = 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,9}")
#: SNS hangs up after 15 seconds; until then the database may recover.
_PATIENCE_S = 5.0

#: To SNS a 4xx is final, and a 5xx is not: "Amazon SNS message delivery retries".
_TAKEN, _REFUSED, _SWITCHED_OFF = 200, 400, 404
_BROKEN, _COME_AGAIN = 500, 503


class LogRation:
    """Lines of a log that strangers cause: one a minute for each reason, counted.

    Thread-safe; of one process.
    """

    def __init__(self, every_s: float = 60.0) -> None:
        self._every_s = every_s
        self._lock = threading.Lock()
        self._next: dict[str, tuple[float, int]] = {}

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._next.clear()

    def log(self, level: int, reason: str, text: str, *, trace: bool = False) -> None:
        """Write a line, unless there was one for this reason less than a minute ago.

        Args:
            reason: One of a few words: each is remembered.
            trace: Whether the traceback of the current exception belongs to it.
        """
        now_s = time.monotonic()
        with self._lock:
            next_s, unsaid = self._next.get(reason, (now_s, 0))
            if now_s < next_s:
                self._next[reason] = next_s, unsaid + 1
                return
            self._next[reason] = now_s + self._every_s, 0
        if unsaid:
            text = f"{text} ({unsaid} more of this kind since the last such line.)"
        logger.log(level, "%s", text, exc_info=trace)


log_ration = LogRation()


@csrf_exempt
@login_not_required
@non_atomic_requests
@never_cache
def receive(request: HttpRequest) -> HttpResponse:
    """Take one message of SNS: an event of SES, or the question about a subscription.

    Returns:
        200 when it is stored, or was before; 503, upon which SNS comes again, for what
        is genuine or may be, and cannot be stored or judged now; 400 for all else,
        whatever the reason.
    """
    response: HttpResponse = HttpResponseNotAllowed(["POST"])
    if request.method == "POST":
        response = HttpResponse(status=_answer(request))
    # Django's word for this: or its own logger writes a line for each, and by default
    # mails those of 5xx to ADMINS.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(request: HttpRequest) -> int:
    log = log_ration.log
    try:
        return _take(request)
    except TryAgain as error:
        log(logging.WARNING, "TryAgain", f"An event cannot be judged now: {error}")
        return _COME_AGAIN
    except FeedbackError as error:
        kind = type(error).__name__
        refusal = f"A post to the webhook was refused ({kind}): {error}"
        log(logging.WARNING, kind, refusal)
        return _REFUSED
    except (DatabaseTrouble, AccountError) as error:
        text = f"An event could not be taken in; SNS comes again: {error}"
        log(logging.ERROR, "trouble", text)
        return _COME_AGAIN
    except Exception as error:  # noqa: BLE001
        # SNS is shown no traceback, not even with DEBUG, and comes again.
        kind = type(error).__name__
        log(logging.ERROR, kind, "An event could not be taken in.", trace=True)
        return _BROKEN


def _take(request: HttpRequest) -> int:
    mailers = _mailers_by_topic()
    if not mailers:
        text = "SNS posts, but CUCUMBER_SNS_TOPICS is empty: nothing is taken."
        log_ration.log(logging.ERROR, "no topics", text)
        return _SWITCHED_OFF
    body = _read(request)
    envelope = sns.open_envelope(
        body,
        topics={
            topic: mailer.sns_signature_versions for topic, mailer in mailers.items()
        },
        now=_now(),
        type_header=request.headers.get("x-amz-sns-message-type", ""),
        shared=SharedCertificates(),
        is_friend=names_our_mail,
    )
    if envelope.type == sns.SUBSCRIPTION:
        arn = sns.confirm(mailers[envelope.topic], envelope)
        logger.info("The subscription %s is confirmed.", arn)
    elif envelope.type == sns.UNSUBSCRIPTION:
        logger.error(
            "Somebody has ended the subscription to %s: its events come no more.",
            envelope.topic,
        )
    else:
        event = events.read_event(envelope.message, posted_at=envelope.posted_at)
        if event is not None:
            ingest_events([event], via=EventVia.WEBHOOK, for_s=_PATIENCE_S)
    return _TAKEN


def _read(request: HttpRequest) -> bytes:
    """Return the body.

    Raises:
        Unreadable: if it is said to be in another charset than SNS's, or is longer than
            anything that SNS sends.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise Unreadable("It is not in UTF-8.")
    length = request.headers.get("Content-Length") or "0"
    if not _LENGTH.fullmatch(length) or int(length) > MAX_BYTES:
        raise Unreadable("It is too long, or does not tell how long it is.")
    try:
        body = request.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable("It breaks off.") from error
    if len(body) > MAX_BYTES:
        raise Unreadable("It is too long.")
    return body


def _now() -> datetime:
    """Return the database's time: no host's clock decides what is genuine."""
    now_us = clock.now_us(queue_database())
    return datetime.fromtimestamp(now_us / clock.US_PER_S, UTC)


def _mailers_by_topic() -> dict[str, Mailer]:
    mailers = [get_mailer(alias) for alias in mailer_aliases()]
    return {topic: mailer for mailer in mailers for topic in mailer.sns_topics}

"""Where SNS posts what SES tells: one address for all topics.

Whoever finds it may post anything. What they get to see is a status and nothing else;
why something was refused is in the log.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseTrouble
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from seacucumber.conf import Mailer, get_mailer, mailer_aliases
from seacucumber.enums import EventVia
from seacucumber.exceptions import (
    AccountError,
    FeedbackError,
    TryAgain,
    Unreadable,
)
from seacucumber.feedback import take_in
from seacucumber.ses import events, sns

logger = logging.getLogger("seacucumber")

#: SNS's own limit is 256 KB; escaped, a text may be several times as long.
MAX_BYTES = 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,9}")
#: SNS hangs up after 15 seconds; until then the database may recover.
_PATIENCE_S = 5.0


@csrf_exempt
@login_not_required
@non_atomic_requests
@never_cache
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take one message of SNS: an event of SES, or the question about a subscription.

    Returns:
        200 when it is stored, or was before; 4xx for whatever is not from one of our
        topics, which SNS does not repeat; 503 when the database, or SNS itself, is in
        trouble, which it does repeat.
    """
    try:
        return HttpResponse(status=_take(request))
    except TryAgain as error:
        logger.warning("An event cannot be judged now: %s", error)
        return HttpResponse(status=503)
    except FeedbackError as error:
        reason = type(error).__name__
        logger.warning("A post to the webhook was refused (%s): %s", reason, error)
        return HttpResponse(status=400)
    except (DatabaseTrouble, AccountError) as error:
        logger.error("An event could not be taken in; SNS comes again: %s", error)
        return HttpResponse(status=503)
    except Exception:
        # SNS is shown no traceback, not even with DEBUG, and comes again.
        logger.exception("An event could not be taken in.")
        return HttpResponse(status=500)


def _take(request: HttpRequest) -> int:
    mailers = _mailers_by_topic()
    if not mailers:
        logger.error("SNS posts, but CUCUMBER_SNS_TOPICS is empty: nothing is taken.")
        return 404
    body = _read(request)
    if body is None:
        logger.warning("A post to the webhook was refused: it is too long.")
        return 413
    envelope = sns.open_envelope(
        body,
        topics={
            topic: mailer.sns_signature_versions for topic, mailer in mailers.items()
        },
        now=datetime.now(UTC),
        type_header=request.headers.get("x-amz-sns-message-type", ""),
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
        event = events.read_event(envelope.message)
        if event is not None:
            take_in([event], via=EventVia.WEBHOOK, for_s=_PATIENCE_S)
    return 200


def _read(request: HttpRequest) -> bytes | None:
    """Return the body; None if it is longer than anything that SNS sends.

    Raises:
        Unreadable: if it is said to be in another charset than SNS's.
    """
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise Unreadable("It is not in UTF-8.")
    length = request.headers.get("Content-Length") or "0"
    if not _LENGTH.fullmatch(length) or int(length) > MAX_BYTES:
        return None
    try:
        body = request.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable("It breaks off.") from error
    return body if len(body) <= MAX_BYTES else None


def _mailers_by_topic() -> dict[str, Mailer]:
    mailers = [get_mailer(alias) for alias in mailer_aliases()]
    return {topic: mailer for mailer in mailers for topic in mailer.sns_topics}

"""What ``ses_doctor`` looks at of the webhook: what SNS does with posts that fail."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from seacucumber.conf import Mailer, source_of
from seacucumber.exceptions import AccessDenied, AccountError
from seacucumber.figures import Finding
from seacucumber.management.doctor_report import ok, problem, warning
from seacucumber.refresh_schedule import in_plain_words
from seacucumber.ses.provisioning.posts import (
    WebSubscription,
    is_queue,
    read_web_subscriptions,
)
from seacucumber.ses_events import queues
from seacucumber.text.times import length

#: `ses_setup` asks for 3,580 s of 3,600, which no policy can exceed.
_HOUR_S = 3_300.0


def look(mailer: Mailer) -> Iterator[Finding]:
    """Look at each web address that a mailer's topics post to."""
    for topic_arn in sorted(mailer.sns_topics):
        try:
            found = read_web_subscriptions(mailer, topic_arn)
        except AccessDenied as error:
            yield warning(
                "How SNS posts again is not known: the credentials lack the permission"
                f" {error.permission}.",
                "Allow it in IAM; manage.py ses_policy webhook prints what is needed."
                " Events come without it.",
            )
            return
        except AccountError as error:
            yield problem(
                f"SNS does not tell of the topic {topic_arn}: {in_plain_words(error)}",
                f"Check {source_of('sns_topics')}, credentials and network.",
            )
            continue
        for each in found:
            yield from _address(each)


def _address(found: WebSubscription) -> Iterator[Finding]:
    address = _shown(found.endpoint)
    remedy = f"manage.py ses_setup --events --endpoint {address} --yes"
    if not found.confirmed:
        yield warning(
            f"{address} has not confirmed that SNS may post to it: no events come.",
            f"Deploy the settings, then have it asked again: {remedy}.",
        )
        return
    lasts = found.retried_for_s >= _HOUR_S
    if not lasts:
        yield warning(
            f"SNS posts again to {address} for {length(found.retried_for_s)} only.",
            f"An hour is possible: {remedy} sets the delivery policy.",
        )
    arn = found.dead_letters_arn
    name = arn.rpartition(":")[2]
    if not arn:
        yield warning(
            f"What {address} has not taken is lost: its subscription has no dead-letter"
            " queue.",
            f"{remedy} sets the redrive policy.",
        )
    elif not any(is_queue(arn, queue.url) for queue in queues()):
        yield warning(
            f"What {address} has not taken goes to the queue {name}, which nobody"
            " empties here.",
            f"Add its URL to {source_of('event_queues')}.",
        )
    elif lasts:
        yield ok(
            f"SNS posts again to {address} for an hour, and what it has not taken then"
            f" is taken from the queue {name}."
        )


def _shown(endpoint: str) -> str:
    """Return a web address without a password, or a secret in its query."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"

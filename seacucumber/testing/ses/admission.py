"""What SES checks before it accepts a message, in one fixed order.

AWS documents no order. Whatever is refused consumes neither rate nor quota.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from seacucumber.testing.faults import errors
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.addresses import (
    bare,
    is_simulator,
    mailboxes,
    problem_with,
)
from seacucumber.testing.ses.submission import Submission

MAX_RECIPIENTS = 50
#: RFC 5321 4.5.3.1.6: 1000 octets with the CRLF.
MAX_LINE_BYTES = 998

#: "This could apply to the From, Source, Sender, or Return-Path address."
SENDER_HEADERS = ("from", "sender", "return-path")

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: "ses:feedback-id-a" and "-b" are the tags with a colon (developer guide,
#: "Fine-grained feedback for email campaigns").
_TAG_NAME = re.compile(r"(?:ses:)?[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-~]+")

_SINGLE_HEADERS = """
    accept-language acceptlanguage archived-at auto-submitted bounces-to comments
    content-alternative content-base content-class content-description
    content-disposition content-duration content-id content-language content-length
    content-location content-md5 content-transfer-encoding content-type date
    delivered-to disposition-notification-options disposition-notification-to
    dkim-signature domainkey-signature errors-to from importance in-reply-to keywords
    list-archive list-help list-id list-owner list-post list-subscribe
    list-unsubscribe list-unsubscribe-post message-context message-id mime-version
    organization original-from original-message-id original-recipient
    original-subject precedence priority references reply-to return-path
    return-receipt-to sender solicitation sensitivity subject thread-index
    thread-topic user-agent vbr-info
"""
#: Headers that may stand in a message once (developer guide, "Header fields").
SINGLE_HEADERS = frozenset(_SINGLE_HEADERS.split())


def admit(
    account: Account, submission: Submission, operation: str = "SendEmail"
) -> Accepted:
    """Accept a message that an operation hands in, or say why not.

    Raises:
        Refusal: with the error that SES would answer.
    """
    check_account(account)
    check_configuration_set(account, submission)
    check_size(submission)
    check_recipients(submission)
    check_headers(submission)
    check_header_addresses(submission)
    check_tags(submission)
    check_identities(account, submission)
    return account.accept(submission, operation)


def check_account(account: Account) -> None:
    """Refuse everything while the account is suspended or paused."""
    settings = account.settings
    if settings.suspended:
        raise Refusal(errors.suspended())
    if settings.enforcement_status == "SHUTDOWN":
        raise Refusal(errors.paused_by_aws())
    if not settings.sending_enabled:
        raise Refusal(errors.paused_by_customer())


def check_configuration_set(account: Account, submission: Submission) -> None:
    """Refuse a configuration set that is missing or paused."""
    name = submission.configuration_set
    if not name:
        return
    sends = account.configuration_sets.get(name)
    if sends is None:
        raise Refusal(errors.configuration_set_missing(name))
    if not sends:
        raise Refusal(errors.configuration_set_paused(name))


def check_size(submission: Submission) -> None:
    """Refuse a message that is too large, or has a line that is too long."""
    length = len(submission.raw)
    if length > submission.max_bytes:
        raise Refusal(errors.message_too_large(submission.max_bytes, length))
    if max(map(len, submission.raw.splitlines()), default=0) > MAX_LINE_BYTES:
        # AWS demands it ("must not exceed 1,000 characters") and documents no text.
        raise Refusal(
            errors.bad_request("A line of the message is longer than 1000 characters.")
        )


def check_recipients(submission: Submission) -> None:
    """Refuse no recipients, more than 50, and what is no address."""
    if not submission.addresses:
        raise Refusal(errors.bad_request("There are no recipients specified."))
    if len(submission.addresses) > MAX_RECIPIENTS:
        raise Refusal(errors.bad_request(f"Recipient count exceeds {MAX_RECIPIENTS}."))
    texts = submission.destination or submission.addresses
    for text in (*texts, *filter(None, (submission.sender, submission.feedback))):
        if problem := problem_with(text):
            raise Refusal(errors.bad_request(problem))


def check_headers(submission: Submission) -> None:
    """Refuse broken, missing and repeated headers."""
    counts = Counter(name.lower() for name, _ in submission.headers)
    for name, _ in submission.headers:
        if not name:
            raise Refusal(errors.bad_request("Empty header names are illegal."))
        if not _HEADER_NAME.fullmatch(name):
            raise Refusal(errors.bad_request(f"Illegal header name '{name[:80]}'."))
        if counts[name.lower()] > 1 and name.lower() in SINGLE_HEADERS:
            raise Refusal(errors.bad_request(f"Duplicate header '{name}'."))
    if "from" not in counts:
        raise Refusal(errors.bad_request("Missing required header 'From'."))


def check_header_addresses(submission: Submission) -> None:
    """Refuse what is no address in the headers that name the sender."""
    for name in SENDER_HEADERS:
        for text in _identities_in(submission, name):
            if problem := problem_with(text):
                raise Refusal(errors.bad_request(problem))


def check_tags(submission: Submission) -> None:
    """Refuse tags with other characters than ``A-Za-z0-9_-``, and repeated ones."""
    seen: set[str] = set()
    for name, value in submission.tag_pairs:
        for word, text, shape in (("name", name, _TAG_NAME), ("value", value, _TAG)):
            if not shape.fullmatch(text):
                raise Refusal(
                    errors.bad_request(
                        f"Invalid tag {word} <{text}>: only alphanumeric ASCII "
                        "characters, '_', and '-' are allowed."
                    )
                )
        if name in seen:
            raise Refusal(errors.bad_request(f"Duplicate tag name <{name}>."))
        seen.add(name)


def check_identities(account: Account, submission: Submission) -> None:
    """Refuse unverified senders and, in the sandbox, unverified recipients."""
    with account.lock:
        failed = [
            text
            for text in _identities_of(account, submission)
            if not account.identities.is_verified(bare(text))
        ]
    if failed:
        unique = tuple(dict.fromkeys(failed))
        raise Refusal(errors.not_verified(account.settings.region, unique))


def _identities_of(account: Account, submission: Submission) -> Iterator[str]:
    """Yield what has to be verified, as SES shows it: with the display name."""
    yield from filter(None, (submission.sender, submission.feedback))
    for name in SENDER_HEADERS:
        yield from _identities_in(submission, name)
    if account.settings.sandbox:
        yield from (row for row in submission.addresses if not is_simulator(row))


def _identities_in(submission: Submission, name: str) -> Iterator[str]:
    for value in submission.values(name):
        # An empty Return-Path ("<>") names nobody.
        if value not in ("", "<>"):
            yield from mailboxes(value)

"""Readers of the settings about events, the suppression lists and the guard, as
`seacucumber.setting_values` has them of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from seacucumber import setting_values as values
from seacucumber.enums import EventType

# https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html; of FIFO topics, SES
# takes none.
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_QUEUE = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._-]+)+")
_SIGNATURE_VERSIONS = frozenset({"1", "2"})
_SUPPRESSION_LISTS = frozenset({"ses", "ours"})
#: They count against an address and an account, and have to be known when they come
#: again.
_ALWAYS_KEPT = frozenset({EventType.BOUNCE, EventType.COMPLAINT})


def topics(value: Any) -> frozenset[str]:
    """Read the ARNs of SNS topics."""
    found = frozenset(_texts(value, "the ARNs of SNS topics"))
    for arn in found:
        if not _TOPIC.fullmatch(arn):
            raise ValueError(
                "must be a list of ARNs of standard SNS topics, such as"
                f" 'arn:aws:sns:eu-west-1:123456789012:ses-events', not {arn!r}."
            )
    return found


def queues(value: Any) -> tuple[str, ...]:
    """Read the URLs of SQS queues."""
    found = _texts(value, "the URLs of SQS queues")
    for url in found:
        if not _QUEUE.fullmatch(url):
            raise ValueError(
                "must be a list of URLs of SQS queues, such as"
                " 'https://sqs.eu-west-1.amazonaws.com/123456789012/ses-events', not"
                f" {url!r}."
            )
    return found


def signature_versions(value: Any) -> frozenset[str]:
    """Read which of SNS's signature versions are trusted, of "1" and "2"."""
    given = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    found = frozenset(str(each) for each in given)
    if not found or not found <= _SIGNATURE_VERSIONS:
        raise ValueError(f"must be of '1' and '2', not {value!r}.")
    return found


def event_types(value: Any) -> frozenset[EventType]:
    """Read types of events that are kept: names such as ``"open"``, or ``"all"``.

    Bounces and complaints always are.
    """
    if value == "all":
        return frozenset(EventType)
    known = {kind.name.lower(): kind for kind in EventType}
    names = [name.lower() for name in _texts(value, "types of events")]
    if unknown := [name for name in names if name not in known]:
        words = ", ".join(sorted(known))
        raise ValueError(f"must be 'all' or a list of {words}, not {unknown[0]!r}.")
    return _ALWAYS_KEPT | {known[name] for name in names}


def suppression(value: Any) -> frozenset[str]:
    """Read which suppression lists count: True or False, or of "ses" and "ours"."""
    if isinstance(value, bool):
        value = _SUPPRESSION_LISTS if value else ()
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = (value,)
    lists = frozenset(value)
    if not lists <= _SUPPRESSION_LISTS:
        raise ValueError(f"must be True, False or of 'ses' and 'ours', not {value!r}.")
    return lists


def suppression_scope(value: Any) -> str:
    """Read how far a complaint reaches: the account, or the domain of the sender."""
    if value not in ("account", "domain"):
        raise ValueError(f"must be 'account' or 'domain', not {value!r}.")
    return str(value)


def three_lines(value: Any) -> tuple[float, float, float]:
    """Read three shares of the mail sent, each above the one before."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"must be three numbers from 0 to 1, not {value!r}.")
    warn, bulk, everything, *more = *map(values.fraction, value), 1.0, 1.0, 1.0
    if len(more) != 3 or not 0 < warn <= bulk <= everything:
        raise ValueError(
            "must be three numbers from 0 to 1, none below the one before: warn, stop"
            f" bulk mail, stop all mail; not {value!r}."
        )
    return warn, bulk, everything


def addresses(value: Any) -> tuple[str, ...]:
    """Read a list of e-mail addresses."""
    found = _texts(value, "e-mail addresses")
    for address in found:
        if not all(address.rpartition("@")):
            raise ValueError(f"must be a list of e-mail addresses, not {value!r}.")
    return found


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of {what}, not {value!r}.")
    return tuple(values.text(each).strip() for each in value)

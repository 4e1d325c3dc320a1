"""Finding messages by what an operator has in hand, through indexes only."""

from __future__ import annotations

import re

from django.db import connections
from django.db.models import Q
from django.utils.translation import gettext as _

from seacucumber.admin.large_tables.id_range import Span
from seacucumber.admin.large_tables.search import Found, spelled
from seacucumber.db.prefix import begins_with
from seacucumber.models import Message, Recipient

#: What a search returns at most.
FOUND_MAX = 1000
#: Subjects are not indexed: so many of the newest messages are looked at.
SUBJECTS_MAX = 20_000

_UID = re.compile(r"[0-9a-f]{32}")


def find(text: str, span: Span, using: str) -> Found:
    """Return the messages that a text leads to.

    An id of ours or of SES, the address of a recipient, how one begins, a part of a
    subject: the first that leads anywhere. A fixed number of queries, each bounded.
    """
    by_id = _by_id(text, span, using)
    if by_id:
        return Found(pks=by_id)
    found = Found()
    address = spelled(text)
    if "@" in text:
        found.pks |= _by_address(address, span, using, found.notes)
    if not found.pks:
        found.pks |= _by_prefix(address, span, using, found.notes)
    if "@" not in text:
        found.pks |= _by_subject(text, span, using, found.notes)
    return found


def _by_id(text: str, span: Span, using: str) -> set[int]:
    uid = text.replace("-", "").lower()
    is_uid = _UID.fullmatch(uid)
    condition = Q(uid=uid) if is_uid else Q(ses_message_id=text)
    rows = Message.objects.using(using).filter(condition, span.of("pk"))
    return set(rows.values_list("pk", flat=True)[:FOUND_MAX])


def _by_address(address: str, span: Span, using: str, notes: list[str]) -> set[int]:
    rows = (
        Recipient.objects.using(using)
        .filter(span.of("message_id"), address=address)
        .order_by("-message_id")
        .values_list("message_id", flat=True)
    )
    pks = list(rows[: FOUND_MAX + 1])
    if len(pks) > FOUND_MAX:
        notes.append(
            _(
                "The newest %(number)d messages to this address are searched; choose a"
                " day to see older ones."
            )
            % {"number": FOUND_MAX}
        )
    return set(pks[:FOUND_MAX])


def _by_prefix(prefix: str, span: Span, using: str, notes: list[str]) -> set[int]:
    rows = (
        Recipient.objects.using(using)
        .filter(begins_with(prefix, connections[using].vendor))
        .values_list("message_id", flat=True)
    )
    pks = list(rows[: FOUND_MAX + 1])
    if len(pks) > FOUND_MAX:
        notes.append(
            _(
                "More than %(number)d recipients begin like this; only some of them are"
                " shown. Type more of the address."
            )
            % {"number": FOUND_MAX}
        )
    return {pk for pk in pks[:FOUND_MAX] if pk in span}


def _by_subject(text: str, span: Span, using: str, notes: list[str]) -> set[int]:
    rows = Message.objects.using(using).filter(span.of("pk")).order_by("-pk")
    last = rows.values_list("pk", flat=True)[SUBJECTS_MAX : SUBJECTS_MAX + 1].first()
    if last is not None:
        rows = rows.filter(pk__gt=last)
        notes.append(
            _(
                "Subjects are searched in the newest %(number)d messages only; choose a"
                " day to search others."
            )
            % {"number": SUBJECTS_MAX}
        )
    pks = rows.filter(subject__icontains=text).values_list("pk", flat=True)
    return set(pks[:FOUND_MAX])

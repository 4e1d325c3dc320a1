"""New rows: mail joins the queue, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connections

from seacucumber.addresses import address_key
from seacucumber.conf import Mailer
from seacucumber.db import clock
from seacucumber.db.bulk_insert import insert
from seacucumber.envelope import Defaults, Envelope
from seacucumber.envelope import Recipient as Address
from seacucumber.models.queue import body
from seacucumber.models.queue.body import BodyChunk
from seacucumber.models.queue.charset import displayable
from seacucumber.models.queue.message import Message, Recipient, new_uid
from seacucumber.pacing import MAX_RECIPIENTS

#: What one statement carries, about: MariaDB takes 16 MB, and its driver's escaping
#: nearly doubles a body.
PACKET_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class _Part:
    """One SES call of one mail."""

    message: Message
    addresses: Sequence[Address]
    envelope: Envelope
    first: Message


def store(
    envelopes: Sequence[Envelope],
    mailer: Mailer,
    *,
    using: str,
    uids: Sequence[str] = (),
) -> list[list[Message]]:
    """Insert mail into the queue; call inside a transaction.

    A mail to more than 50 recipients becomes several messages that share one body.

    Args:
        uids: Ids for the first message of each mail; made up where missing.

    Returns:
        The messages of each mail.
    """
    now_us = clock.now_us(using)
    mails = [
        list(_parts(envelope, mailer, now_us, uid, using))
        for envelope, uid in _paired(envelopes, uids)
    ]
    parts = [part for mail in mails for part in mail]
    _insert([part.message for part in parts if part.first is part.message], using)
    later = [part for part in parts if part.first is not part.message]
    for part in later:
        part.message.body_of = part.first
    _insert([part.message for part in later], using)
    insert([row for part in parts for row in _recipients(part)], using)
    _insert_bodies([part for part in parts if part.first is part.message], using)
    return [[part.message for part in mail] for mail in mails]


def defaults_of(mailer: Mailer) -> Defaults:
    """Return what holds for a mailer's messages that do not say otherwise."""
    return Defaults(
        lane=mailer.lane,
        uncertain=mailer.uncertain,
        configuration_set=mailer.configuration_set,
        expires_s=mailer.expire_s,
        tags=mailer.tags,
        metadata=mailer.metadata,
        max_message_bytes=mailer.max_message_bytes,
    )


def _paired(
    envelopes: Sequence[Envelope], uids: Sequence[str]
) -> Iterator[tuple[Envelope, str]]:
    for index, envelope in enumerate(envelopes):
        yield envelope, uids[index] if index < len(uids) else new_uid()


def _parts(
    envelope: Envelope, mailer: Mailer, now_us: int, uid: str, using: str
) -> Iterator[_Part]:
    addresses = envelope.recipients
    subject = displayable(envelope.subject, using)
    first: Message | None = None
    for start in range(0, len(addresses), MAX_RECIPIENTS):
        mine = addresses[start : start + MAX_RECIPIENTS]
        message = Message(
            uid=new_uid() if first else uid,
            mailer=mailer.alias,
            pace_key=mailer.pace_key,
            lane=envelope.lane,
            ready_at_us=now_us,
            expires_at_us=(
                None
                if envelope.expires_s is None
                else clock.after_us(now_us, envelope.expires_s)
            ),
            uncertain=envelope.uncertain,
            configuration_set=envelope.configuration_set,
            tags=dict(envelope.tags),
            metadata=dict(envelope.metadata),
            sender=envelope.sender,
            subject=subject,
            recipient_count=len(mine),
            size_bytes=len(envelope.raw),
            shares_body=len(addresses) > MAX_RECIPIENTS,
            # By the clock that retention goes by, not by that of this host.
            created_at=clock.moment(now_us),
            state_at_us=now_us,
        )
        first = first or message
        yield _Part(message, mine, envelope, first)


def _insert(messages: list[Message], using: str) -> None:
    if not messages:
        return
    insert(messages, using)
    if connections[using].features.can_return_rows_from_bulk_insert:
        return
    # MySQL does not tell the ids of rows that it inserts together.
    rows = Message.objects.using(using).filter(uid__in=[row.uid for row in messages])
    pks = dict(rows.values_list("uid", "pk"))
    for row in messages:
        row.pk = pks[row.uid]


def _insert_bodies(parts: Sequence[_Part], using: str) -> None:
    """Insert bodies, together where they are small: a packet has its limit."""
    group: list[BodyChunk] = []
    size_bytes = 0
    for part in parts:
        for chunk in body.chunks(part.message.pk, part.envelope.raw):
            group.append(chunk)
            size_bytes += len(chunk.data)
            if size_bytes > PACKET_BYTES:
                insert(group, using)
                group, size_bytes = [], 0
    insert(group, using)


def _recipients(part: _Part) -> Iterator[Recipient]:
    for address in part.addresses:
        lower = address_key(address.address)
        yield Recipient(
            message_id=part.message.pk,
            address=lower,
            spelling="" if lower == address.address else address.address,
            kind=address.kind,
        )

"""Messages and events as a project has them after a few months, made in bulk."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from seacucumber.conf import get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import AttemptOutcome, DeliveryStatus, EventType, MessageState
from seacucumber.models import Attempt, BodyChunk, Event, Message, Recipient

DAYS = 90
BUSY_ADDRESS = "ops@example.com"
#: Of our mail, and as many of that of others.
BOUNCES = 1000
_OF_OURS, _OF_OTHERS = 7, 8
_BATCH = 20_000
_US_PER_DAY = 86_400 * US_PER_S

#: How many there are of each, whatever the history: it grows, the queue does not.
_STATES = (
    (MessageState.FAILED, 1000),
    (MessageState.QUEUED, 500),
    (MessageState.CANCELLED, 200),
    (MessageState.SUPPRESSED, 100),
    (MessageState.HELD, 60),
)
_SUBJECTS = (
    "Your order {n} has left the house",
    "Reset your password",
    "Newsletter {n}: what is new",
    "Invoice {n}",
    "Rechnung {n} für Größe XL",
)
_RAW = b"From: shop@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"
_MESSAGE = (
    *("id", "uid", "mailer", "pace_key", "state", "lane", "ready_at_us"),
    *("lease_token", "claims", "attempts", "retries", "resends", "uncertain"),
    *("configuration_set", "tags", "metadata", "sender", "subject"),
    *("recipient_count", "size_bytes", "shares_body", "ses_message_id", "reason"),
    *("last_error", "created_at", "state_at_us"),
)
_RECIPIENT = (
    "message_id",
    "address",
    "spelling",
    "kind",
    "delivery_status",
    "delivery_status_detail",
)
_ATTEMPT = (
    *("message_id", "number", "begun_at_us", "ended_at_us", "outcome"),
    *("http_status", "code", "detail", "worker", "ses_message_id"),
)
_BODY = ("message_id", "number", "data")
_EVENT = (
    *(
        "fingerprint",
        "message_id",
        "recipient",
        "type",
        "delivery_status",
        "at",
        "received_at",
    ),
    *("ses_message_id", "attempt", "via", "detail"),
)
_ACCEPTED = (int(EventType.SEND), int(DeliveryStatus.UNKNOWN))
_DELIVERED = (
    int(EventType.DELIVERY),
    int(DeliveryStatus.DELIVERED),
    '{"smtp_response": "250 2.6.0 received"}',
)
_BOUNCED = (
    int(EventType.BOUNCE),
    int(DeliveryStatus.BOUNCED),
    '{"type": "Permanent", "subtype": "General", "status": "5.1.1"}',
)


def grow(total: int) -> float:
    """Bring the table to so many messages; return the seconds that it took.

    Spread over the same days, whatever the number.
    """
    begin_s = time.monotonic()
    _empty()
    now = datetime.now(UTC)
    for start in range(0, total, _BATCH):
        numbers = range(start + 1, min(start + _BATCH, total) + 1)
        with transaction.atomic():
            _insert_batch(numbers, total, now)
    _settle()
    return time.monotonic() - begin_s


def ses_id_of(number: int) -> str:
    """Return SES's id of the message with this number."""
    return f"0102018f{number:08x}-00000000-000000"


def uid_of(number: int) -> str:
    """Return our id of the message with this number."""
    return f"{number:032x}"


def _insert_batch(numbers: Sequence[int], total: int, now: datetime) -> None:
    states = [_state(number, total) for number in numbers]
    pairs = list(zip(numbers, states, strict=True))
    _insert(Message, _MESSAGE, (_message(n, s, total, now) for n, s in pairs))
    _insert(Recipient, _RECIPIENT, _recipients(numbers, total))
    _insert(Attempt, _ATTEMPT, _attempts(pairs, total, now))
    _insert(Event, _EVENT, _events(pairs, total, now))
    kept = (n for n, s in pairs if s is not MessageState.SENT or n % 100 == 0)
    _insert(BodyChunk, _BODY, ((n, 0, _RAW) for n in kept))


def _state(number: int, total: int) -> MessageState:
    for offset, (state, count) in enumerate(_STATES):
        if number % (total // count) == offset:
            return state
    return MessageState.SENT


def _message(
    number: int, state: MessageState, total: int, now: datetime
) -> tuple[Any, ...]:
    at = _created(number, total, now)
    at_us = int(at.timestamp() * US_PER_S)
    pace_key = get_mailer().pace_key
    sent, failed = state is MessageState.SENT, state is MessageState.FAILED
    lane = int(number * 7919 % 101 < 30)
    written = connection.ops.adapt_datetimefield_value(at)
    return (
        *(number, uid_of(number), "default", pace_key, int(state)),
        *(lane, at_us, "", int(sent), int(sent or failed), 0, 0),
        *("resend", "", '{"kind": "order"}', "{}", f"shop{number % 7}@example.com"),
        *(_SUBJECTS[number % len(_SUBJECTS)].format(n=number), _count(number), 2000),
        *(False, ses_id_of(number) if sent else ""),
        "MessageRejected" if failed else "",
        "SES rejected the message for its content." if failed else "",
        *(written, at_us + 2 * US_PER_S),
    )


def _created(number: int, total: int, now: datetime) -> datetime:
    return now - timedelta(days=DAYS) * ((total - number) / total)


def _count(number: int) -> int:
    return 3 if number % 20 == 0 else 1


def address_of(number: int, total: int) -> str:
    """Return the address that a message goes to: each gets three or four."""
    return f"ann{number % (total // 3)}@example.org"


def _recipients(numbers: Sequence[int], total: int) -> Iterator[tuple[Any, ...]]:
    for number in numbers:
        busy, rest = number % 50 == 7, ("", 0, int(DeliveryStatus.UNKNOWN), "")
        yield number, BUSY_ADDRESS if busy else address_of(number, total), *rest
        for more in range(1, _count(number)):
            yield (
                number,
                f"bob{number % 1000}.{more}@example.net",
                "",
                1,
                int(DeliveryStatus.UNKNOWN),
                "",
            )


def _attempts(
    pairs: Iterable[tuple[int, MessageState]], total: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    for number, state in pairs:
        at_us = int(_created(number, total, now).timestamp() * US_PER_S)
        common = (number, 1, at_us + US_PER_S, at_us + 2 * US_PER_S)
        if state is MessageState.SENT:
            yield (*common, int(AttemptOutcome.ACCEPTED), 200, "", "", "host:1", "")
        elif state is MessageState.FAILED:
            refused = int(AttemptOutcome.REFUSED)
            yield (*common, refused, 400, "MessageRejected", "No.", "host:1", "")


def _events(
    pairs: Iterable[tuple[int, MessageState]], total: int, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """Yield what became of what was sent, and bounces of mail that others sent."""
    for number, state in pairs:
        at = connection.ops.adapt_datetimefield_value(_created(number, total, now))
        offset = number % (total // BOUNCES)
        if state is MessageState.SENT:
            to, tail = address_of(number, total), (ses_id_of(number), 1, "queue")
            became = _BOUNCED if offset == _OF_OURS else _DELIVERED
            yield (f"s{number}", number, to, *_ACCEPTED, at, at, *tail, "{}")
            yield (f"r{number}", number, to, *became[:2], at, at, *tail, became[2])
        if offset == _OF_OTHERS:
            to, tail = f"zoe{number}@example.net", (f"others-{number}", 0, "queue")
            kind, status, said = _BOUNCED
            yield (f"o{number}", None, to, kind, status, at, at, *tail, said)


# -- ways into the tables ------------------------------------------------------------


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows as fast as each database can."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    listed = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)


def _empty() -> None:
    with connection.cursor() as cursor:
        for model in (Event, BodyChunk, Attempt, Recipient, Message):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def _settle() -> None:
    """Let the database learn what it has, as it does by itself in time."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('seacucumber_message', 'id'),"
                " (SELECT max(id) FROM seacucumber_message))"
            )
            cursor.execute("VACUUM ANALYZE")
        elif connection.vendor == "sqlite":
            cursor.execute("ANALYZE")
        else:
            cursor.execute(
                "ANALYZE TABLE seacucumber_message, seacucumber_recipient,"
                " seacucumber_event"
            )

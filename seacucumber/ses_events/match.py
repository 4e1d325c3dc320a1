"""Which of our messages an event is about: by our tag, else by SES's id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seacucumber.db.bulk_select import select
from seacucumber.models import Message
from seacucumber.ses.inbound.event import SESEvent

_COLUMNS = (
    "id",
    "uid",
    "mailer",
    "pace_key",
    "lane",
    "sender",
    "configuration_set",
    "state",
    "ses_message_id",
)


@dataclass(frozen=True, slots=True)
class MatchedMessage:
    """What has to be known of the message that an event is about."""

    pk: int
    uid: str
    mailer: str
    pace_key: str
    lane: int
    sender: str
    configuration_set: str
    state: int
    ses_message_id: str


def match_messages(
    events: Sequence[SESEvent], using: str
) -> list[MatchedMessage | None]:
    """Return the message of each event; None for mail that is not from this queue."""
    uids = {event.message_uid for event in events if event.message_uid}
    by_uid = {mail.uid: mail for mail in _read("uid", uids, using)}
    # Notifications of identities have no tags.
    ids = {e.ses_message_id for e in events if e.message_uid not in by_uid}
    by_id = {mail.ses_message_id: mail for mail in _read("ses_message_id", ids, using)}
    return [
        by_uid.get(event.message_uid) or by_id.get(event.ses_message_id)
        for event in events
    ]


def _read(by: str, values: Iterable[str], using: str) -> list[MatchedMessage]:
    rows = select(Message, _COLUMNS, using, by=by, values=values)
    return [MatchedMessage(*row) for row in rows]

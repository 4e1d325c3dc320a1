"""What becomes of messages whose answer was lost, when their time to wait is over.

Evidence comes first: an event with our tags proves that SES has the mail. Where such
events are seen to arrive, their absence proves that it has not, and the mail goes out
again. Where they are not, ``CUCUMBER_UNCERTAIN`` decides.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from seacucumber import conf, signals
from seacucumber.db import clock
from seacucumber.delivery.claims.suspects import fail_poisonous
from seacucumber.delivery.holds.blame import fails_alone
from seacucumber.delivery.outcomes.back_off import back_off_s
from seacucumber.enums import EventFlow, Uncertain
from seacucumber.models import Attempt, BodyChunk, EventRoute, Message, Pace
from seacucumber.models.events.route import Connection, route_name
from seacucumber.models.queue.transitions import MAX_CLAIMS

logger = logging.getLogger("seacucumber")

#: After so many lost answers, somebody should have a look if others are not lost.
MAX_RESENDS = 2
#: The same where events prove that no mail was sent twice.
MAX_PROVEN_RESENDS = 10
#: Events that were seen to arrive, and do not now, are waited for this long: a consumer
#: that is down, or a topic that has a backlog, tells later what is known nowhere else.
PATIENCE_S = 900.0
_LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class _Uncertain:
    """A message whose time to wait is over."""

    pk: int
    mailer: str
    pace_key: str
    configuration_set: str
    sender: str
    uncertain: str
    resends: int
    uncertain_since_us: int
    #: Not 0 if the worker died: whoever lives begins to count anew.
    claims: int

    @property
    def kills(self) -> bool:
        """Whether workers die of it, as far as may be told without asking a person."""
        return self.claims >= MAX_CLAIMS and self.uncertain == Uncertain.RESEND

    def is_worn_out(self, most: int) -> bool:
        """Tell whether it was sent again often enough, and others do not fare so."""
        # What workers die of is judged by how they die.
        often = self.resends >= most and not self.claims
        return often and fails_alone(self.pk, self.pace_key)

    @property
    def route(self) -> tuple[str, str]:
        return self.pace_key, route_name(self.configuration_set, self.sender)


def resolve_from_events(pks: Iterable[int], now_us: int) -> dict[int, str]:
    """Settle as sent what SES's events have proven to be sent.

    Returns:
        SES's message id by message id, of those that moved.
    """
    evidence = Attempt.objects.evidence(pks)
    if not evidence:
        return {}
    proven = Message.objects.prove(evidence, now_us=now_us)
    Attempt.objects.proven(proven, now_us=now_us)
    _drop_bodies(proven)
    return proven


def _drop_bodies(pks: Iterable[int]) -> None:
    """Drop what is not needed any more, as when the answer had not been lost."""
    if conf.get_retention().bodies_s == 0:
        done = Message.objects.filter(pk__in=list(pks), shares_body=False)
        BodyChunk.objects.drop(list(done.values_list("pk", flat=True)))


def announce_proven(proven: dict[int, str]) -> None:
    """Tell the host project and its log of messages that events have settled."""
    for pk, ses_message_id in proven.items():
        logger.info("Message %d is sent: SES's event proves it.", pk)
        signals.message_sent.send_robust(
            sender=Message, message_id=pk, ses_message_id=ses_message_id
        )


def settle_uncertain(pks: list[int], now_us: int) -> dict[int, str]:
    """Settle uncertain messages whose time to wait is over.

    Returns:
        Those that are sent, as `resolve_from_events` does.
    """
    proven = resolve_from_events(pks, now_us)
    columns = (
        *("pk", "mailer", "pace_key", "configuration_set", "sender"),
        *("uncertain", "resends", "state_at_us", "claims"),
    )
    rows = Message.objects.filter(pk__in=[pk for pk in pks if pk not in proven])
    waiting = [_Uncertain(*row) for row in rows.values_list(*columns)]
    killers = [row.pk for row in waiting if row.kills]
    if killers:
        fail_poisonous(killers, now_us)
        waiting = [row for row in waiting if not row.kills]
    connections = _connections(waiting, now_us)
    again: list[_Uncertain] = []
    kept: list[int] = []
    open_still: list[int] = []
    for row in waiting:
        connection = connections[row.route]
        if connection.silence_proves(row.uncertain_since_us):
            if row.is_worn_out(MAX_PROVEN_RESENDS):
                kept.append(row.pk)
            else:
                again.append(row)
        elif _is_worth_waiting(connection, row, now_us):
            open_still.append(row.pk)
        elif row.uncertain != Uncertain.RESEND or row.is_worn_out(MAX_RESENDS):
            kept.append(row.pk)
        else:
            again.append(row)
    _send_again(again, now_us)
    Message.objects.hold(kept, now_us=now_us)
    until_us = clock.after_us(now_us, _LOOK_AGAIN_S)
    Message.objects.wait_on(open_still, until_us=until_us, now_us=now_us)
    return proven


def _send_again(rows: Iterable[_Uncertain], now_us: int) -> None:
    """Queue them: at once at first, and after longer and longer waits later on. What
    an outage has put into doubt has waited enough when that is over.
    """
    rows = list(rows)
    paces = Pace.objects.filter(key__in={row.pace_key for row in rows})
    ended_us = dict(paces.values_list("key", "outage_ended_us"))
    at_once: list[int] = []
    for row in rows:
        by_outage = row.uncertain_since_us <= ended_us.get(row.pace_key, 0)
        if by_outage or row.claims or row.resends < MAX_RESENDS:
            at_once.append(row.pk)
            continue
        mailer = conf.get_mailer_or_default(row.mailer)
        wait_s = back_off_s(mailer, row.resends - MAX_RESENDS)
        ready_at_us = clock.after_us(now_us, wait_s)
        Message.objects.resend([row.pk], now_us=now_us, ready_at_us=ready_at_us)
    Message.objects.resend(at_once, now_us=now_us)


def _connections(
    waiting: Iterable[_Uncertain], now_us: int
) -> dict[tuple[str, str], Connection]:
    mailers = {row.route: row.mailer for row in waiting}
    return {
        (key, name): EventRoute.objects.connection(
            key,
            name,
            wait_s=conf.get_mailer_or_default(mailer).uncertain_wait_s,
            now_us=now_us,
        )
        for (key, name), mailer in mailers.items()
    }


def _is_worth_waiting(connection: Connection, row: _Uncertain, now_us: int) -> bool:
    if connection.flow != EventFlow.SILENT:
        return False
    return now_us < clock.after_us(row.uncertain_since_us, PATIENCE_S)

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
from seacucumber.delivery.suspects import fail_poisonous
from seacucumber.enums import EventFlow, Uncertain
from seacucumber.models import Attempt, BodyChunk, EventRoute, Message, clock
from seacucumber.models.event_route import Connection, route_name
from seacucumber.models.transitions import MAX_CLAIMS

logger = logging.getLogger("seacucumber")

#: After so many lost answers in a row, somebody should have a look.
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

    @property
    def route(self) -> tuple[str, str]:
        return self.pace_key, route_name(self.configuration_set, self.sender)


def settle_by_evidence(pks: Iterable[int], now_us: int) -> dict[int, str]:
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
        Those that are sent, as `settle_by_evidence` does.
    """
    proven = settle_by_evidence(pks, now_us)
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
    again: list[int] = []
    kept: list[int] = []
    open_still: list[int] = []
    for row in waiting:
        connection = connections[row.route]
        if connection.silence_proves(row.uncertain_since_us):
            (again if row.resends < MAX_PROVEN_RESENDS else kept).append(row.pk)
        elif _is_worth_waiting(connection, row, now_us):
            open_still.append(row.pk)
        elif row.uncertain == Uncertain.RESEND and (
            row.claims or row.resends < MAX_RESENDS
        ):
            again.append(row.pk)
        else:
            kept.append(row.pk)
    Message.objects.resend(again, now_us=now_us)
    Message.objects.hold(kept, now_us=now_us)
    until_us = clock.after_us(now_us, _LOOK_AGAIN_S)
    Message.objects.wait_on(open_still, until_us=until_us, now_us=now_us)
    return proven


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

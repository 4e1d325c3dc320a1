"""Whoever is on a suppression list gets nothing; the others get theirs.

SES would take such mail, count it against the quota, say "sent" and drop it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from seacucumber.addresses import address_key
from seacucumber.conf import get_mailer_or_default
from seacucumber.db import clock
from seacucumber.delivery.outgoing_message import Answer, OutgoingMessage
from seacucumber.enums import DeliveryStatus, SuppressionReason
from seacucumber.exceptions import AllSuppressed, OutcomeUnknown
from seacucumber.models import MailMinute, QuotaSlice, Recipient, Suppressed
from seacucumber.models.account.suppression import domain_of, scopes_of
from seacucumber.models.queue.recipient_queryset import StatusUpdate
from seacucumber.ses.inbound.simulator import is_simulated


def withhold(
    messages: Sequence[OutgoingMessage], pace_key: str, now_us: int
) -> list[OutgoingMessage]:
    """Take those off the messages' recipients who are suppressed. One query for all.

    Returns:
        The messages that have no recipient left.
    """
    lists = {p.mailer: get_mailer_or_default(p.mailer).suppression for p in messages}
    addresses = {
        address_key(address)
        for outgoing in messages
        if lists[outgoing.mailer]
        for address in outgoing.recipients
    }
    if not addresses:
        return []
    now = clock.moment(now_us)
    scopes = scopes_of(pace_key, {outgoing.sender for outgoing in messages})
    found = {
        (row.address, row.scope): row
        for row in Suppressed.objects.stopping(addresses, scopes, now)
    }
    if not found:
        return []
    for outgoing in messages:
        mine = (pace_key, domain_of(outgoing.sender))
        outgoing.withheld = {
            address: _why(row)
            for address in outgoing.recipients
            for scope in mine
            if (row := found.get((address_key(address), scope)))
            and row.counts_for(lists[outgoing.mailer], now)
        }
        outgoing.recipients = tuple(
            address
            for address in outgoing.recipients
            if address not in outgoing.withheld
        )
    return [each for each in messages if not each.recipients]


def nobody_left(outgoing: OutgoingMessage) -> AllSuppressed:
    """Return what became of a message without recipients."""
    number = len(outgoing.withheld)
    why = ", ".join(sorted(set(outgoing.withheld.values())))
    actor = "Its recipient is" if number == 1 else f"All {number} recipients are"
    return AllSuppressed("Suppressed", f"{actor} on the suppression list ({why}).")


def tell_recipients(messages: Iterable[OutgoingMessage], now_us: int) -> None:
    """Write down who got nothing; call in the transaction that ends their message."""
    withheld = {
        outgoing.pk: outgoing.withheld for outgoing in messages if outgoing.withheld
    }
    if not withheld:
        return
    why = {
        (pk, address_key(address)): reason
        for pk, reasons in withheld.items()
        for address, reason in reasons.items()
    }
    rows = Recipient.objects.filter(message_id__in=withheld)
    at = clock.moment(now_us)
    Recipient.objects.apply_status(
        [
            StatusUpdate(
                pk=pk,
                status=DeliveryStatus.SUPPRESSED,
                at=at,
                detail=why[message, address],
            )
            for pk, message, address in rows.values_list("pk", "message_id", "address")
            if (message, address) in why
        ]
    )


def give_back(answers: Iterable[Answer], pace_key: str, now_us: int) -> None:
    """Uncount those who got nothing, and for the guard whom AWS does not count: they
    were counted with the claim.

    Call under the pace's lock if anybody was withheld.
    """
    withheld: Counter[int] = Counter()
    unsent: Counter[int] = Counter()
    for answer in answers:
        outgoing, number = answer.outgoing, len(answer.outgoing.withheld)
        withheld[outgoing.lane] += number
        # Or a try that fails would make the rates of bounces look better than they are.
        refused = answer.error and not isinstance(answer.error, OutcomeUnknown)
        uncounted = number + _simulated(outgoing)
        unsent[outgoing.lane] += outgoing.recipient_count if refused else uncounted
    if withheld.total():
        QuotaSlice.objects.give_back(pace_key, withheld.total(), now_us=now_us)
    MailMinute.objects.give_back(pace_key, +unsent, now_us=now_us)


def _simulated(outgoing: OutgoingMessage) -> int:
    """Return how many recipients of the mailbox simulator the guard is not to count."""
    if get_mailer_or_default(outgoing.mailer).guard_simulator:
        return 0
    return sum(map(is_simulated, outgoing.recipients))


def _why(row: Suppressed) -> str:
    known = row.reason in SuppressionReason.values
    return str(SuppressionReason(row.reason).label) if known else row.reason

"""Whoever is on a suppression list gets nothing; the others get theirs.

SES would take such mail, count it against the quota, say "sent" and drop it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from seacucumber.addresses import address_key
from seacucumber.conf import get_mailer_or_default
from seacucumber.db import clock
from seacucumber.delivery.outgoing_message import Answer, Parcel
from seacucumber.enums import Fate, SuppressionReason
from seacucumber.exceptions import AllSuppressed, OutcomeUnknown
from seacucumber.models import MailMinute, QuotaSlice, Recipient, Suppressed
from seacucumber.models.account.suppression import domain_of, scopes_of
from seacucumber.models.queue.recipient_queryset import Turn
from seacucumber.ses.inbound.simulator import is_simulated


def withhold(parcels: Sequence[Parcel], pace_key: str, now_us: int) -> list[Parcel]:
    """Take those off the parcels' recipients who are suppressed. One query for all.

    Returns:
        The parcels that have no recipient left.
    """
    lists = {p.mailer: get_mailer_or_default(p.mailer).suppression for p in parcels}
    addresses = {
        address_key(address)
        for parcel in parcels
        if lists[parcel.mailer]
        for address in parcel.recipients
    }
    if not addresses:
        return []
    now = clock.moment(now_us)
    scopes = scopes_of(pace_key, {parcel.sender for parcel in parcels})
    found = {
        (row.address, row.scope): row
        for row in Suppressed.objects.stopping(addresses, scopes, now)
    }
    if not found:
        return []
    for parcel in parcels:
        mine = (pace_key, domain_of(parcel.sender))
        parcel.withheld = {
            address: _why(row)
            for address in parcel.recipients
            for scope in mine
            if (row := found.get((address_key(address), scope)))
            and row.counts_for(lists[parcel.mailer], now)
        }
        parcel.recipients = tuple(
            address for address in parcel.recipients if address not in parcel.withheld
        )
    return [parcel for parcel in parcels if not parcel.recipients]


def nobody_left(parcel: Parcel) -> AllSuppressed:
    """Return what became of a parcel without recipients."""
    number = len(parcel.withheld)
    why = ", ".join(sorted(set(parcel.withheld.values())))
    who = "Its recipient is" if number == 1 else f"All {number} recipients are"
    return AllSuppressed("Suppressed", f"{who} on the suppression list ({why}).")


def tell_recipients(parcels: Iterable[Parcel], now_us: int) -> None:
    """Write down who got nothing; call in the transaction that ends their message."""
    withheld = {parcel.pk: parcel.withheld for parcel in parcels if parcel.withheld}
    if not withheld:
        return
    why = {
        (pk, address_key(address)): reason
        for pk, reasons in withheld.items()
        for address, reason in reasons.items()
    }
    rows = Recipient.objects.filter(message_id__in=withheld)
    at = clock.moment(now_us)
    Recipient.objects.meet(
        [
            Turn(pk=pk, fate=Fate.SUPPRESSED, at=at, detail=why[message, address])
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
        parcel, number = answer.parcel, len(answer.parcel.withheld)
        withheld[parcel.lane] += number
        # Or a try that fails would make the rates of bounces look better than they are.
        refused = answer.error and not isinstance(answer.error, OutcomeUnknown)
        uncounted = number + _simulated(parcel)
        unsent[parcel.lane] += parcel.recipient_count if refused else uncounted
    if withheld.total():
        QuotaSlice.objects.give_back(pace_key, withheld.total(), now_us=now_us)
    MailMinute.objects.give_back(pace_key, +unsent, now_us=now_us)


def _simulated(parcel: Parcel) -> int:
    """Return how many recipients of the mailbox simulator the guard is not to count."""
    if get_mailer_or_default(parcel.mailer).guard_simulator:
        return 0
    return sum(map(is_simulated, parcel.recipients))


def _why(row: Suppressed) -> str:
    known = row.reason in SuppressionReason.values
    return str(SuppressionReason(row.reason).label) if known else row.reason

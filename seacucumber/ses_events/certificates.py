"""What all processes know of SNS's certificates, and may spend on new ones."""

from __future__ import annotations

from seacucumber.db import clock
from seacucumber.delivery import queue_database
from seacucumber.enums import FetchBudget
from seacucumber.exceptions import Unreadable
from seacucumber.models import FetchAllowance, Message, SNSCertificate
from seacucumber.ses.inbound.event import read_event

#: Strangers: thirty a minute, of all processes together. One is free again every two
#: seconds and not all of them at the turn of a minute, so that whoever asks next has
#: the same chance, and SNS asks for an hour. Friends cannot be imitated, and need one
#: fetch for each certificate.
_BURST = 20
_SPACING_US = {
    FetchBudget.FRIENDS: clock.US_PER_S,
    FetchBudget.STRANGERS: 2 * clock.US_PER_S,
}


class SharedCertificates:
    """Certificates and budgets in the queue's database (`sns_certificates.Shared`)."""

    def find(self, url: str) -> bytes | None:
        """Return the certificate that was once fetched from an address."""
        pems = SNSCertificate.objects.filter(url=url).values_list("pem", flat=True)
        found = pems.first()
        return None if found is None else found.encode("ascii", "replace")

    def save(self, url: str, pem: bytes) -> None:
        """Keep a certificate that SNS's host has at an address."""
        SNSCertificate.objects.update_or_create(
            url=url, defaults={"pem": pem.decode("ascii", "replace")}
        )

    def spend(self, budget: FetchBudget) -> bool:
        """Take a fetch from a budget; tell whether there was one left."""
        return FetchAllowance.objects.spend(
            budget,
            burst=_BURST,
            spacing_us=_SPACING_US[budget],
            now_us=clock.now_us(queue_database()),
        )


def names_our_mail(message: str) -> bool:
    """Tell whether an event, which nobody has vouched for yet, names a mail of ours by
    its tag.

    SES publishes tags in events and nowhere else: strangers do not know them.
    """
    try:
        event = read_event(message)
    except Unreadable:
        return False
    if event is None or not event.message_uid:
        return False
    return Message.objects.filter(uid=event.message_uid).exists()

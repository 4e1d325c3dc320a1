"""What becomes of mail to which address."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from seacucumber.testing.ses.addresses import Outcome, is_simulator, normal, outcome_of
from seacucumber.testing.ses.suppression import Reason, SuppressionList

#: The test file that every virus scanner knows; put together here, so that none takes
#: this source for a virus. SES rejects it ("Using the mailbox simulator manually").
_EICAR = b"".join((b"X5O!P%@AP[4", b"\\PZX54(P^)7CC)7}$EICAR-STANDARD-", b"ANTIVIRUS"))
#: The first line of it in base64 has 76 characters at most; so many are enough.
_EICAR_BASE64 = base64.b64encode(_EICAR)[:60]

_BEFORE = {
    Reason.BOUNCE: Outcome.BOUNCED_BEFORE,
    Reason.COMPLAINT: Outcome.COMPLAINED_BEFORE,
}


class Outcomes:
    """Decides what becomes of a message, by recipient.

    The mailbox simulator goes first, then the account's suppression list, then what a
    test has said of an address or a domain. Everything else is delivered.

    Args:
        suppressed: The account's list.
    """

    def __init__(self, suppressed: SuppressionList) -> None:
        self._suppressed = suppressed
        self._by_name: dict[str, Outcome] = {}

    def set(self, name: str, outcome: Outcome) -> None:
        """Say what becomes of mail to an address or to a domain."""
        self._by_name[normal(name)] = outcome

    def of(
        self, addresses: Iterable[str], *, configuration_set: str, raw: bytes
    ) -> dict[str, Outcome]:
        """Return the outcomes of one message."""
        if has_virus(raw):
            return dict.fromkeys(addresses, Outcome.REJECT)
        reasons = self._suppressed.reasons_for(configuration_set)
        return {address: self._of(address, reasons) for address in addresses}

    def _of(self, address: str, reasons: frozenset[Reason]) -> Outcome:
        if is_simulator(address):
            return outcome_of(address)
        entry = self._suppressed.get(address)
        if entry and entry.reason in reasons:
            return _BEFORE[entry.reason]
        name = normal(address)
        domain = name.rpartition("@")[2]
        return self._by_name.get(name) or self._by_name.get(domain, Outcome.DELIVERY)


def has_virus(raw: bytes) -> bool:
    """Tell whether a message has the scanners' test file in it, as text or base64."""
    return _EICAR in raw or _EICAR_BASE64 in raw

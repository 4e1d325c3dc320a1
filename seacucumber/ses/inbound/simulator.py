"""The mailbox simulator, whose addresses bounce and complain on demand.

SES never suppresses them, and they do not count in an account's reputation.
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
"""

from __future__ import annotations

DOMAIN = "simulator.amazonses.com"


def is_simulated(address: str) -> bool:
    """Tell whether an address is one of the simulator's."""
    return address.rpartition("@")[2].lower() == DOMAIN

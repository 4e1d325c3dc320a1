"""Addresses: what SES takes for one, and what its mailbox simulator does with some."""

from __future__ import annotations

import re
from email.utils import getaddresses
from enum import StrEnum

SIMULATOR_DOMAIN = "simulator.amazonses.com"

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_PLAIN = re.compile(
    rf"{_ATEXT}+(?:\.{_ATEXT}+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
#: ``Name <address>``; the name may be quoted. A comma begins another mailbox.
_NAMED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^"<>,])*<([^<>]*)>\s*', re.DOTALL)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"')
_LOCAL = re.compile(rf"(?:{_ATEXT}|\.)+")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")
_DOMAIN_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)


class Outcome(StrEnum):
    """What becomes of an accepted message, from best to worst.

    The mailbox simulator has ``DELIVERY``, ``OUT_OF_OFFICE``, ``COMPLAINT``, ``BOUNCE``
    and ``SUPPRESSED``, which is SES's own list of all accounts ("Using the mailbox
    simulator manually", SES developer guide). The two ``BEFORE`` are what the account's
    suppression list does, ``REJECT`` what a virus does.
    """

    DELIVERY = "delivery"
    OUT_OF_OFFICE = "out-of-office"
    DELAY = "delay"
    SOFT_BOUNCE = "soft-bounce"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"
    SUPPRESSED = "suppressed"
    COMPLAINED_BEFORE = "complained-before"
    BOUNCED_BEFORE = "bounced-before"
    REJECT = "reject"


_SIMULATOR = {
    "success": Outcome.DELIVERY,
    "ooto": Outcome.OUT_OF_OFFICE,
    "complaint": Outcome.COMPLAINT,
    "bounce": Outcome.BOUNCE,
    "suppressionlist": Outcome.SUPPRESSED,
}


def is_simulator(address: str) -> bool:
    """Tell whether the address belongs to the mailbox simulator, labels included."""
    local, _, domain = address.rpartition("@")
    return (
        domain.lower() == SIMULATOR_DOMAIN
        and local.partition("+")[0].lower() in _SIMULATOR
    )


def outcome_of(address: str) -> Outcome:
    """Return what becomes of mail to this address."""
    if not is_simulator(address):
        return Outcome.DELIVERY
    return _SIMULATOR[address.partition("@")[0].partition("+")[0].lower()]


def bare(text: str) -> str:
    """Return the address in ``Name <address>``, the text itself if there is none."""
    named = _NAMED.fullmatch(text)
    return (named[1] if named else text).strip()


def mailboxes(text: str) -> list[str]:
    """Return the mailboxes of a header such as From, which may be several."""
    if _PLAIN.fullmatch(text) or _NAMED.fullmatch(text):
        return [text]
    return listed([text]) or [text]


def listed(values: list[str]) -> list[str]:
    """Return the bare addresses of address headers such as To and Cc."""
    return [address for _, address in getaddresses(values) if address]


def normal(name: str) -> str:
    """Return an identity's name with its domain in lower case.

    The part before the @ is case-sensitive: "Email addresses are case sensitive"
    (SES developer guide, "Creating and verifying identities").
    """
    local, at, domain = name.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def is_domain_name(name: str) -> bool:
    """Tell whether this can be a domain identity; ``name`` is in lower case."""
    return _DOMAIN_NAME.fullmatch(name) is not None


def problem_with(text: str) -> str:
    """Return what SES says about an address, empty if nothing is wrong with it.

    The texts are those of Jakarta Mail's ``InternetAddress``, which SES shows.
    """
    if _PLAIN.fullmatch(text):
        return ""
    if not text.isascii():
        return "There are non-ASCII characters in the email address"
    address = bare(text)
    if "\n" in text or "\r" in text:
        return "Illegal address"
    if _PLAIN.fullmatch(address):
        return ""
    local, at, domain = address.rpartition("@")
    if not at or not domain:
        return "Missing final '@domain'"
    return _problem_with_domain(domain) or _problem_with_local(local)


def _problem_with_domain(domain: str) -> str:
    if domain.startswith("."):
        return "Domain starts with dot"
    if domain.endswith("."):
        return "Domain ends with dot"
    if ".." in domain:
        return "Domain contains dot-dot"
    if any(char <= " " or char == "\x7f" for char in domain):
        return "Domain contains control or whitespace"
    if not _DOMAIN.fullmatch(domain) or not _PLAIN.fullmatch(f"a@{domain}"):
        return "Domain contains illegal character"
    return ""


def _problem_with_local(local: str) -> str:
    if not local:
        return "Missing local name"
    if _QUOTED_LOCAL.fullmatch(local):
        return ""
    if local.startswith("."):
        return "Local address starts with dot"
    if local.endswith("."):
        return "Local address ends with dot"
    if ".." in local:
        return "Local address contains dot-dot"
    if not _LOCAL.fullmatch(local):
        return "Local address contains illegal character"
    return ""

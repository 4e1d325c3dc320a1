"""Names that a signature has in it: its domain, its selector, the signed headers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import idna

from seacucumber.signing.errors import SigningError

# SES replaces, removes or adds these:
# https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html
# The rest are changed on the way (RFC 6376 5.4), or are the signature itself.
NEVER_SIGNED = frozenset(
    {
        "bcc",
        "bounces-to",
        "comments",
        "date",
        "dkim-signature",
        "keywords",
        "message-id",
        "received",
        "resent-bcc",
        "return-path",
    }
)
# SES or a relay may add them; a signature that says there is no more would break.
NEVER_OVERSIGNED = frozenset({b"feedback-id", b"sender"})

# dkimpy folds longer ones in two, and verifiers then read another name.
NAME_MAX = 68

_HEADER_NAME = re.compile(r"[!-9;-~]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimSigningAttributes.html
_ONE_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def checked_domain(domain: str) -> str:
    """Return a domain in lower case, as A-label, without the dot of the DNS's root.

    Raises:
        SigningError: if it is no domain, or too long for verifiers.
    """
    domain = domain.removesuffix(".")
    try:
        name = domain.lower() if domain.isascii() else _a_label(domain)
    except idna.IDNAError as error:
        raise SigningError(
            f"The DKIM domain {domain!a} is not valid: {error}."
        ) from None
    if not _DOMAIN.fullmatch(name) or len(name) > NAME_MAX:
        raise SigningError(
            f"The DKIM domain must be a domain of at most {NAME_MAX} characters, not"
            f" {domain!a}."
        )
    return name


def checked_selector(selector: str | bytes) -> str:
    """Return a selector that can be signed with, as text.

    Raises:
        SigningError: if it is no name in the DNS, or too long for verifiers.
    """
    if isinstance(selector, bytes):
        # Sea Cucumber 1.5 handed it to dkimpy, which takes nothing else.
        selector = selector.decode("ascii", "backslashreplace")
    if not _SELECTOR.fullmatch(selector) or len(selector) > NAME_MAX:
        raise SigningError(
            f"The DKIM selector must be a name in the DNS of at most {NAME_MAX}"
            f" characters, not {selector!a}."
        )
    return selector


def checked_label(selector: str) -> str:
    """Return a selector in lower case that SES takes too: one label, no underscore.

    Raises:
        SigningError: if it is anything else.
    """
    label = selector.lower()
    if not _ONE_LABEL.fullmatch(label):
        raise SigningError(
            "The DKIM selector must be 1 to 63 letters, digits and hyphens, with no"
            f" hyphen at either end, not {selector!a}."
        )
    return label


def checked_headers(headers: Sequence[str]) -> tuple[bytes, ...]:
    """Return the names in lower case, each once.

    Raises:
        SigningError: if From is missing, or one cannot be signed.
    """
    names = list(dict.fromkeys(name.strip().lower() for name in headers))
    never = [n for n in names if n in NEVER_SIGNED or n.startswith("x-ses-")]
    if never:
        raise SigningError(
            f"DKIM must not sign {', '.join(never)}: SES or the servers on the way"
            " change it, and the signature would break."
        )
    invalid = [n for n in names if not _HEADER_NAME.fullmatch(n)]
    if invalid:
        raise SigningError(f"DKIM cannot sign {invalid[0]!a}: it is no header name.")
    if "from" not in names:
        raise SigningError("DKIM must sign From (RFC 6376 5.4).")
    return tuple(name.encode("ascii") for name in names)


def _a_label(domain: str) -> str:
    return idna.encode(domain, uts46=True).decode("ascii")

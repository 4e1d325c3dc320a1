"""What can be wrong with a key, a name or a message that is to be signed."""

from __future__ import annotations

from seacucumber.exceptions import SeaCucumberError


class SigningError(SeaCucumberError):
    """A DKIM signature cannot be made with this key, domain, selector or message."""


class UnsignableMessage(SigningError):
    """This message cannot be signed, whatever the key."""


class KeyUnreadable(SigningError):
    """A stored private key cannot be opened with the keys that are configured."""

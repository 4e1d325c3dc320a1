"""Private keys at rest."""

from __future__ import annotations


def reencrypt() -> int:
    """Seal every private key anew with the first encryption key.

    Returns:
        How many were sealed anew.

    Raises:
        KeyUnreadable: naming the key, if no configured encryption key opens it. What
            was done before stays.
    """
    raise NotImplementedError

"""Where DKIM keys come from."""

from __future__ import annotations

from seacucumber.conf import DEFAULT_MAILER
from seacucumber.enums import DkimAlgorithm, DkimUse
from seacucumber.models import DkimKey


def generate(
    domain: str,
    *,
    selector: str = "",
    algorithm: DkimAlgorithm = DkimAlgorithm.RSA_SHA256,
    bits: int = 2048,
    use: DkimUse = DkimUse.MESSAGE,
    cover_subdomains: bool = True,
    who: str = "",
) -> DkimKey:
    """Make a new key, pending.

    Args:
        selector: Empty takes a free one, such as ``ses-202611``.
        bits: Of an RSA key.
        who: The name of the user.

    Raises:
        KeyRefused: if a key like this cannot be had.
    """
    raise NotImplementedError


def import_pem(
    domain: str,
    pem: str,
    *,
    selector: str,
    use: DkimUse = DkimUse.MESSAGE,
    cover_subdomains: bool = True,
    who: str = "",
) -> DkimKey:
    """Take in a private key, pending.

    Args:
        pem: PKCS#1 or PKCS#8, however its line ends were treated.
        who: The name of the user.

    Raises:
        KeyRefused: if it cannot be used; never with the text itself.
    """
    raise NotImplementedError


def import_settings(alias: str = DEFAULT_MAILER, *, who: str = "") -> DkimKey:
    """Take in the key of a mailer's ``DKIM_*`` settings, pending.

    Raises:
        KeyRefused: if there is none, or it is here already.
    """
    raise NotImplementedError

"""What people decide about keys."""

from __future__ import annotations

from seacucumber.models import DkimKey


def activate(key: DkimKey, *, who: str, override: bool = False) -> DkimKey:
    """Have a key sign from now on; the one that did is retiring.

    Args:
        who: The name of the user.
        override: Do so although its record is not seen in DNS.

    Raises:
        NotPublished: if its record is not seen.
        WrongState: if it is neither pending nor published.
        KeyRefused: if SES signs with it; it is handed to SES instead.
    """
    raise NotImplementedError


def rotate(key: DkimKey, *, who: str, selector: str = "") -> DkimKey:
    """Make a successor like the key, which takes its place as soon as it is published.

    Args:
        who: The name of the user, empty if it goes by itself.
        selector: Empty takes a free one.

    Returns:
        The successor; the one that is there already, if there is one.

    Raises:
        WrongState: if the key is not active.
        KeyRefused: if the selector cannot be used.
    """
    raise NotImplementedError


def restore(key: DkimKey, *, who: str) -> DkimKey:
    """Go back to a key that is retiring; the one that signs now is retiring instead.

    Raises:
        WrongState: if it is not retiring.
    """
    raise NotImplementedError


def retire(key: DkimKey, *, who: str) -> DkimKey:
    """Let an active key sign no more, without a successor.

    Raises:
        WrongState: if it is not active.
        AccountError: if SES signs with it and cannot be told.
    """
    raise NotImplementedError


def revoke(key: DkimKey, *, who: str, reason: str) -> DkimKey:
    """Stop using a key at once, and destroy its private key for good.

    Args:
        reason: Why; it is kept with the key.

    Raises:
        WrongState: if it is destroyed already.
        AccountError: if SES signs with it and cannot be told. It is destroyed here.
    """
    raise NotImplementedError


def abandon(key: DkimKey, *, who: str) -> DkimKey:
    """Give up a key that never signed, and destroy its private key.

    Raises:
        WrongState: if it is neither pending nor published.
    """
    raise NotImplementedError

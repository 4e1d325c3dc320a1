"""Keys that SES signs with: Bring Your Own DKIM (BYODKIM).

https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-bring-your-own.html
"""

from __future__ import annotations

from seacucumber.conf import DEFAULT_MAILER
from seacucumber.models import DkimKey


def push(key: DkimKey, *, alias: str = DEFAULT_MAILER, who: str) -> DkimKey:
    """Hand a key to SES. It is active when SES says that it has found its record.

    Not to be called inside a transaction.

    Args:
        alias: The mailer whose account is to sign with it.

    Raises:
        NotPublished: if its record is not seen in DNS.
        WrongState: if it is not published, active or retiring.
        KeyRefused: if SES does not take such a key.
        AccountError: if SES refuses.
    """
    raise NotImplementedError


def follow_push(key: DkimKey) -> DkimKey:
    """Ask SES how far it is with a key; on success it is active.

    Not to be called inside a transaction.

    Raises:
        WrongState: if it was not handed over.
        AccountError: if SES does not tell.
    """
    raise NotImplementedError

"""Where the credentials of a mailer come from."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.conf import Mailer
from seacucumber.ses.sending.errors import translate_account
from seacucumber.ses.sessions import open_session

_TAIL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What may be told of them.

    Args:
        source: botocore's name of the place: ``explicit`` is the settings; ``env``,
            ``shared-credentials-file``, ``iam-role`` and others are boto3's chain.
            Empty if there are none.
        tail: The last letters of the access key's id.
    """

    source: str
    tail: str


def read_credentials(mailer: Mailer) -> Credentials:
    """Find the credentials as boto3 does, which may ask the host, or for a role.

    Raises:
        AccountError: if the profile is missing, or half of the credentials.
    """
    try:
        found = open_session(mailer).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except Exception as error:
        # The one thing that is asked of AWS here, on behalf of a profile with a role.
        raise translate_account(error, "sts:AssumeRole") from error
    if found is None or frozen is None:
        return Credentials(source="", tail="")
    return Credentials(
        source=str(found.method), tail=(frozen.access_key or "")[-_TAIL:]
    )

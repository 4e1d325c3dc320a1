"""Where the credentials of a mailer come from."""

from __future__ import annotations

from dataclasses import dataclass

from seacucumber.conf import Mailer
from seacucumber.ses.asking import asking
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
    with asking("sts:AssumeRole"):
        found = open_session(mailer).get_credentials()
        if found is None:
            return Credentials(source="", tail="")
        key_id = found.get_frozen_credentials().access_key or ""
        return Credentials(source=str(found.method), tail=key_id[-_TAIL:])

"""Names of the account's resources."""

from __future__ import annotations

#: The account that owns everything here.
ACCOUNT_ID = "123456789012"


def arn(service: str, region: str, name: str) -> str:
    """Return the Amazon Resource Name of something in this account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT_ID}:{name}"


def name_in(text: str) -> str:
    """Return the last part of an ARN: the name of a topic, queue or identity."""
    return text.rpartition(":")[2].rpartition("/")[2]

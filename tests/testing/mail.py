"""What the tests of the local SES have in common: clients, and a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from seacucumber.testing import ACCESS_KEY_ID, SECRET_ACCESS_KEY

SENDER = "post@example.com"
RECIPIENT = "ann@example.net"
ONE_ATTEMPT: Mapping[str, Any] = {"mode": "standard", "total_max_attempts": 1}

#: Parsing the models of botocore takes long; clients of one session share them.
_SESSION = botocore.session.Session()


def client(
    url: str, service: str = "sesv2", *, key: str = ACCESS_KEY_ID, **config: Any
) -> Any:
    """Return a real client that makes one attempt, unless ``config`` says otherwise."""
    config.setdefault("retries", ONE_ATTEMPT)
    return _SESSION.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(**config),
    )


def mime(*headers: str, sender: str = SENDER, body: str = "Hello\r\n") -> bytes:
    """Return a message with these headers more."""
    lines = [f"From: {sender}", f"To: {RECIPIENT}", "Subject: Hello", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def call(
    *,
    raw: bytes | None = None,
    sender: str = SENDER,
    to: Sequence[str] = (RECIPIENT,),
    tags: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the arguments of ``send_email``."""
    return {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": list(to)},
        "Content": {"Raw": {"Data": mime() if raw is None else raw}},
        "EmailTags": [{"Name": n, "Value": v} for n, v in (tags or {}).items()],
        **more,
    }


def refusal(operation: Callable[..., Any], **arguments: Any) -> tuple[str, int, str]:
    """Return code, status and text with which SES refuses a call."""
    try:
        operation(**arguments)
    except ClientError as error:
        response = error.response
        return (
            response["Error"]["Code"],
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Message"],
        )
    raise AssertionError("SES accepted what it should refuse.")

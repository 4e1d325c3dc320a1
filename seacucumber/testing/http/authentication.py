"""What SES looks at in a signature, short of computing it."""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections.abc import Mapping

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal

MAX_SKEW_S = 5 * 60

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/,\s]+)/[0-9]{8}/[^/,\s]+/([a-z]+)/aws4_request,"
    r" *SignedHeaders=[^,\s]+, *Signature=[0-9a-f]{64}"
)
_STAMP = "%Y%m%dT%H%M%SZ"


def authenticate(
    headers: Mapping[str, str], access_keys: tuple[str, ...], service: str = "ses"
) -> None:
    """Check that a request is signed for a service, in time, by a known key.

    The date is compared with the real clock, which the client's goes by as well.

    Raises:
        Refusal: with the error that AWS answers.
    """
    authorization = headers.get("authorization", "")
    stamp = headers.get("x-amz-date", "")
    if not authorization or not stamp:
        raise Refusal(refusals.missing_authentication())
    credential = _CREDENTIAL.fullmatch(authorization.strip())
    if credential is None or credential[2] != service:
        raise Refusal(errors.bad_signature())
    if access_keys and credential[1] not in access_keys:
        raise Refusal(errors.unrecognized_client())
    _check_date(stamp, time.time())


def _check_date(stamp: str, now_s: float) -> None:
    try:
        signed_s = timegm(time.strptime(stamp, _STAMP))
    except ValueError as error:
        raise Refusal(
            errors.bad_signature(
                f"Date must be in ISO-8601 'basic format'. Got '{stamp}'."
            )
        ) from error
    now = time.strftime(_STAMP, time.gmtime(now_s))
    if signed_s < now_s - MAX_SKEW_S:
        limit = time.strftime(_STAMP, time.gmtime(now_s - MAX_SKEW_S))
        raise Refusal(
            errors.bad_signature(
                f"Signature expired: {stamp} is now earlier than {limit} "
                f"({now} - 5 min.)"
            )
        )
    if signed_s > now_s + MAX_SKEW_S:
        limit = time.strftime(_STAMP, time.gmtime(now_s + MAX_SKEW_S))
        raise Refusal(
            errors.bad_signature(
                f"Signature not yet current: {stamp} is still later than {limit} "
                f"({now} + 5 min.)"
            )
        )

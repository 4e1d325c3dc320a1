"""How far this host's clock is from SES's, which is told by the date of each answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

#: The ``Date`` of an answer names a second, and was written anywhere within it.
_HALF_A_SECOND = 0.5

#: What was last found, and when by the monotonic clock.
_found: tuple[float, float] | None = None


def ahead_of_ses_s(*, within_s: float) -> float | None:
    """Return by how many seconds this host's clock is ahead; less than 0 is behind.

    Good to about a second, as the date of an answer is. None if SES has not answered
    this process within so many seconds.
    """
    found = _found
    if found is None or time.monotonic() - found[1] > within_s:
        return None
    return found[0]


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """Return the ``Date`` of an answer, RFC 9110 6.6.1; None if there is none."""
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None


def hear_date(*, response_dict: Mapping[str, Any] | None, **kwargs: Any) -> None:
    """Handle botocore's ``response-received``, in whatever thread it comes."""
    global _found
    at = read_date(response_dict.get("headers", {})) if response_dict else None
    if at is not None:
        # It is this host's clock that is measured, so nothing else will do.
        ahead_s = time.time() - at.timestamp() - _HALF_A_SECOND
        _found = (ahead_s, time.monotonic())

"""Pages of the lists that the v2 API answers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal

MAX_PAGE = 1_000

_T = TypeVar("_T")


def paged(name: str, rows: Sequence[_T], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of an answer's list, and the token of the next.

    Raises:
        Refusal: if the token or the size of the page is wrong.
    """
    start = _start(fields.get("NextToken"))
    end = start + _page_size(fields.get("PageSize"))
    answer: dict[str, Any] = {name: list(rows[start:end])}
    if end < len(rows):
        answer["NextToken"] = base64.urlsafe_b64encode(f"from {end}".encode()).decode()
    return answer


def _start(token: Any) -> int:
    if not token:
        return 0
    try:
        word, _, start = base64.urlsafe_b64decode(str(token)).decode().partition(" ")
        if word == "from" and start.isdecimal() and len(start) < 10:
            return int(start)
    except (binascii.Error, ValueError):
        pass
    raise Refusal(errors.bad_request("The next token is not valid."))


def _page_size(text: Any) -> int:
    try:
        size = int(text or MAX_PAGE)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(refusals.malformed("PageSize is not a number.")) from None
    if not 0 < size <= MAX_PAGE:
        raise Refusal(errors.bad_request("Page size is not between 0 and 1000."))
    return size

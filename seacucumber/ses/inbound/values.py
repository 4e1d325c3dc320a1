"""Reading the values of JSON that a stranger may have written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from seacucumber.addresses import ADDRESS_MAX, read_address
from seacucumber.exceptions import Unreadable

#: A mail has at most 50 recipients; whoever tells of more than this is not SES.
MAX_ITEMS = 1000
TEXT_MAX = 1000
_NAMES_MAX = 100
#: Further away, a date is no date, and databases refuse it.
_YEARS = range(2000, 2100)


def load(text: str | bytes) -> Any:
    """Return the value of a JSON text, in UTF-8.

    Raises:
        Unreadable: if it is none, or one that is nested too deeply.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"It is not JSON: {type(error).__name__}.") from error


def refuse(constant: str) -> NoReturn:
    """Refuse ``NaN`` and ``Infinity``, which Python takes and JSON does not know."""
    raise ValueError(f"{constant} is no JSON")


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object.

    Raises:
        Unreadable: if it is something else, or missing.
    """
    if not isinstance(value, Mapping):
        raise Unreadable(f"Its {name} is not a JSON object.")
    return value


def optional(value: Any) -> Mapping[str, Any]:
    """Return a JSON object; an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any, name: str) -> list[Any]:
    """Return a JSON list; an empty one if it is missing.

    Raises:
        Unreadable: if it is something else, or longer than SES makes it.
    """
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MAX_ITEMS:
        raise Unreadable(f"Its {name} is not a list of at most {MAX_ITEMS}.")
    return value


def text(value: Any, limit: int = TEXT_MAX) -> str:
    """Return a string that every database takes; empty in place of anything else."""
    if not isinstance(value, str):
        return ""
    # Half of a surrogate pair has no UTF-8, and PostgreSQL takes no NUL.
    cut = value[:limit].replace("\0", "")
    return cut.encode("utf-8", "replace").decode("utf-8")


def address(value: Any) -> str:
    """Return an address in its one spelling (`seacucumber.addresses`).

    SES echoes what the message said, or what a mail server made of it. What is no
    address is kept in lower case, to be shown, and acted on by nobody.
    """
    given = text(value).strip()
    return read_address(given) or given[:ADDRESS_MAX].lower()


def moment(value: Any) -> datetime | None:
    """Return a date of SES as an aware moment; None if it is not one.

    ISO 8601, and its older spelling with a blank before the zone, which AWS's
    documents have in places.
    """
    given = text(value, 40).strip().replace(" +", "+").replace(" -", "-")
    try:
        at = datetime.fromisoformat(given)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in _YEARS else None


def whole_number(value: Any) -> int:
    """Return a whole number from 0 to 2^31 - 1; 0 in place of anything else."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**31 else 0


def tags(value: Any) -> dict[str, tuple[str, ...]]:
    """Return SES's tags: each name has a list of values."""
    return {
        text(name, 256): tuple(text(each, 256) for each in values[:_NAMES_MAX])
        for name, values in list(optional(value).items())[:_NAMES_MAX]
        if isinstance(values, list)
    }

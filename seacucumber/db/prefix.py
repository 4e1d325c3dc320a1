"""How a column begins, asked so that each database answers from its index."""

from __future__ import annotations

from django.db.models import Q

_HIGHEST = "\U0010ffff"


def begins_with(prefix: str, vendor: str, column: str = "address") -> Q:
    """Return the condition that each database answers from its index."""
    if vendor == "sqlite":
        # Its LIKE knows no case, and so does not use the index.
        return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + _HIGHEST})
    if vendor == "mysql":
        return Q(**{f"{column}__istartswith": prefix})
    return Q(**{f"{column}__startswith": prefix})

"""Selectors: each is used once, and tells when its key was made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from seacucumber.models import DkimKey

_PREFIX = "ses"


def free_selectors(domain: str, at: datetime) -> Iterator[str]:
    """Yield selectors that no key of a domain ever had, e.g. ``ses-202611``."""
    month = f"{_PREFIX}-{at:%Y%m}"
    known = set(
        DkimKey.objects.filter(domain=domain, selector__startswith=month).values_list(
            "selector", flat=True
        )
    )
    yield from (name for name in _numbered(month) if name not in known)


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"

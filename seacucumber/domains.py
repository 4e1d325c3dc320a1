"""How domain names nest: what is above one, and what is below."""

from __future__ import annotations

from collections.abc import Iterator


def parents(domain: str) -> Iterator[str]:
    """Yield the domains above one, nearest first, without the top-level domain."""
    labels = domain.split(".")
    for index in range(1, len(labels) - 1):
        yield ".".join(labels[index:])


def with_parents(domain: str) -> Iterator[str]:
    """Yield a domain and those above it, nearest first.

    A top-level domain is left out, also where it is the domain itself: nobody verifies
    or signs for one.
    """
    if "." in domain:
        yield domain
        yield from parents(domain)


def is_within(domain: str, parent: str) -> bool:
    """Tell whether a domain is another, or below it. Both are in lower case."""
    return domain == parent or domain.endswith(f".{parent}")

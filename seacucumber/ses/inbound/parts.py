"""One part of the way of events: how it stands, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from seacucumber.ses.provisioning.policies import same_json


class Standing(StrEnum):
    """How one part of the way stands."""

    THERE = "there"
    MISSING = "missing"
    DIFFERS = "differs"
    CREATED = "created"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the way.

    Args:
        what: Its kind and name, for people.
        why: What differs; empty if nothing does.
    """

    what: str
    standing: Standing
    why: str = ""


def settled(
    what: str, why: str, update: Callable[[], None] | None, *, made: bool = False
) -> Part:
    """Return a part that is there, and that follows if something differs.

    Args:
        why: What differs; empty if nothing does.
        update: Makes it follow; None if it is only looked at.
    """
    if why and update is None:
        return Part(what=what, standing=Standing.DIFFERS, why=why)
    if why and update is not None:
        update()
    if made:
        return Part(what=what, standing=Standing.CREATED)
    standing = Standing.CHANGED if why else Standing.THERE
    return Part(what=what, standing=standing, why=why)


def differing(known: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Return the names of attributes that are not as wanted."""
    return [
        name
        for name, value in wanted.items()
        if not (
            same_json(known.get(name, ""), value)
            if name.endswith("Policy")
            else known.get(name, _DEFAULTS.get(name, "")) == value
        )
    ]


#: What topics and subscriptions are that do not tell.
_DEFAULTS = {"SignatureVersion": "1", "RawMessageDelivery": "false"}

"""What the host project hears."""

from __future__ import annotations

from dataclasses import dataclass, field

from seacucumber.models import Hold


@dataclass(slots=True)
class Heard:
    """What the host project was told."""

    sent: list[tuple[int, str]] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    placed: list[Hold] = field(default_factory=list)
    lifted: list[Hold] = field(default_factory=list)

"""Why something is not done with a DKIM key."""

from __future__ import annotations

from seacucumber.exceptions import SeaCucumberError


class KeyRefused(SeaCucumberError, ValueError):
    """A key that cannot be made, taken in, or used like this.

    Args:
        field: What the user would change, e.g. ``domain``, ``selector``, ``pem``.
        problem: What is wrong and what to do, in whole sentences.
    """

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(problem)


class WrongState(SeaCucumberError):
    """The key is not in a state that allows it; maybe somebody else has moved it."""


class NotPublished(WrongState):
    """The key's record is not found in DNS, so nobody could verify its signatures."""

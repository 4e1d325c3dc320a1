"""What SNS's host has, and what processes share, both in memory."""

from __future__ import annotations

from collections import Counter

from seacucumber.enums import FetchBudget
from seacucumber.exceptions import Forged, TryAgain


class SNSHost:
    """What SNS's host has, and what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.files: dict[str, bytes | Exception] = {}
        self.is_away = False

    def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.is_away:
            raise TryAgain("SNS's certificate cannot be fetched: timed out.")
        found = self.files.get(url)
        if isinstance(found, bytes):
            return found
        raise found or Forged("SNS's host has no such certificate (404).")


class SharedInMemory:
    """What processes share, without a database."""

    def __init__(self, *, allowed: int = 1000) -> None:
        self.pems: dict[str, bytes] = {}
        self.spent: Counter[FetchBudget] = Counter()
        self.allowed = allowed

    def find(self, url: str) -> bytes | None:
        return self.pems.get(url)

    def save(self, url: str, pem: bytes) -> None:
        self.pems[url] = pem

    def spend(self, budget: FetchBudget) -> bool:
        self.spent[budget] += 1
        return self.spent[budget] <= self.allowed

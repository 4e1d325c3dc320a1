"""The account's suppression list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from seacucumber.testing.faults import refusals
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.ses.addresses import normal


class Reason(StrEnum):
    """Why an address is on the list."""

    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"


#: What an account that was made after November 2019 starts with.
BOTH_REASONS = frozenset(Reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An address that gets no mail.

    Args:
        ses_message_id: The message that brought it here; empty: somebody's hand.
    """

    address: str
    reason: Reason
    updated_epoch_s: float
    ses_message_id: str = ""
    feedback_id: str = ""


class SuppressionList:
    """The addresses, whatever reasons the account goes by.

    Source: "Using the Amazon SES account-level suppression list", SES developer guide.

    Args:
        epoch_s: The clock.
    """

    def __init__(self, epoch_s: Callable[[], float]) -> None:
        self._epoch_s = epoch_s
        self._rows: dict[str, Suppressed] = {}
        self.reasons: frozenset[Reason] = BOTH_REASONS
        #: Reasons of configuration sets that go by others than the account.
        self.reasons_of_sets: dict[str, frozenset[Reason]] = {}

    def __iter__(self) -> Iterator[Suppressed]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def reasons_for(self, configuration_set: str) -> frozenset[Reason]:
        """Return the reasons that count for a message."""
        return self.reasons_of_sets.get(configuration_set, self.reasons)

    def put(
        self,
        address: str,
        reason: Reason,
        *,
        ses_message_id: str = "",
        feedback_id: str = "",
    ) -> None:
        """Add an address, or change its reason."""
        self._rows[_key(address)] = Suppressed(
            address=normal(address),
            reason=reason,
            updated_epoch_s=self._epoch_s(),
            ses_message_id=ses_message_id,
            feedback_id=feedback_id,
        )

    def put_all(self, addresses: Iterable[str], reason: Reason) -> None:
        """Add many addresses."""
        for address in addresses:
            self.put(address, reason)

    def get(self, address: str) -> Suppressed | None:
        """Return the entry of an address, if there is one."""
        return self._rows.get(_key(address))

    def find(self, address: str) -> Suppressed:
        """Return the entry of an address.

        Raises:
            Refusal: if there is none.
        """
        row = self.get(address)
        if row is None:
            raise Refusal(
                refusals.not_found(
                    f"Email address {address} does not exist on your suppression list."
                )
            )
        return row

    def delete(self, address: str) -> None:
        """Take an address off the list.

        Raises:
            Refusal: if it is not on it.
        """
        self.find(address)
        del self._rows[_key(address)]

    def clear(self) -> None:
        """Take all addresses off the list."""
        self._rows.clear()


def _key(address: str) -> str:
    # AWS says nothing of case; a server that refuses Ann refuses ann.
    return address.strip().lower()

"""Who is told of events: configuration sets' destinations and identities' topics."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.faults import errors, refusals
from seacucumber.testing.faults.refusals import Refusal

#: "You can have up to 10 event destinations for each configuration set."
MAX_DESTINATIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One event destination of a configuration set.

    Args:
        name: Its name.
        definition: ``EventDestinationDefinition`` as it was given.
    """

    name: str
    definition: Mapping[str, Any]

    @property
    def enabled(self) -> bool:
        """Off, unless it is said to be on."""
        return self.definition.get("Enabled") is True

    @property
    def kinds(self) -> frozenset[EventKind]:
        """What it wants to hear of."""
        names = self.definition.get("MatchingEventTypes") or ()
        return frozenset(EventKind.from_api(name) for name in names)

    @property
    def topic_arn(self) -> str:
        """The SNS topic, empty if it is another kind of destination."""
        return str((self.definition.get("SnsDestination") or {}).get("TopicArn", ""))

    @property
    def bus_arn(self) -> str:
        """The bus of EventBridge, empty if it is another kind of destination."""
        bus = self.definition.get("EventBridgeDestination") or {}
        return str(bus.get("EventBusArn", ""))


class Destinations:
    """The destinations of all configuration sets. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, dict[str, Destination]] = {}

    def of(self, configuration_set: str) -> list[Destination]:
        """Return the destinations of a configuration set, in order."""
        with self._lock:
            return list(self._rows.get(configuration_set, {}).values())

    def add(self, configuration_set: str, row: Destination) -> None:
        """Add a destination.

        Raises:
            Refusal: if the name is taken, or there are ten.
        """
        with self._lock:
            rows = self._rows.setdefault(configuration_set, {})
            if row.name in rows:
                raise Refusal(
                    refusals.already_exists(
                        f"An event destination with name <{row.name}> already exists."
                    )
                )
            if len(rows) >= MAX_DESTINATIONS:
                raise Refusal(errors.too_many_destinations(configuration_set))
            rows[row.name] = row

    def replace(self, configuration_set: str, row: Destination) -> None:
        """Change a destination.

        Raises:
            Refusal: if there is none.
        """
        with self._lock:
            self._find(configuration_set, row.name)
            self._rows[configuration_set][row.name] = row

    def remove(self, configuration_set: str, name: str) -> None:
        """Remove a destination.

        Raises:
            Refusal: if there is none.
        """
        with self._lock:
            self._find(configuration_set, name)
            del self._rows[configuration_set][name]

    def _find(self, configuration_set: str, name: str) -> None:
        if name not in self._rows.get(configuration_set, {}):
            raise Refusal(
                refusals.not_found(f"Event destination <{name}> does not exist.")
            )

    def forget(self, configuration_set: str) -> None:
        """Forget the destinations of a configuration set that is deleted."""
        with self._lock:
            self._rows.pop(configuration_set, None)


@dataclass(slots=True, kw_only=True)
class Notifications:
    """How an identity is told of bounces, complaints and deliveries.

    Args:
        topics: The topic by kind.
        with_headers: The kinds that come with the message's headers.
        by_mail: Whether bounces and complaints come as mail too.
    """

    topics: dict[EventKind, str] = field(default_factory=dict)
    with_headers: set[EventKind] = field(default_factory=set)
    by_mail: bool = True

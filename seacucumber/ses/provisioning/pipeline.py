"""The way of events to this project: configuration set, topic, queue, dead letters.

Each step looks first, and changes only what is missing or differs; what it does not
know of is left alone. So all of it may run again, and over what somebody began by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from seacucumber.conf import Mailer
from seacucumber.exceptions import AlreadyExists, NotFound
from seacucumber.ses.inbound.parts import Part, Standing, settled
from seacucumber.ses.provisioning import policies
from seacucumber.ses.provisioning.queues import Queue
from seacucumber.ses.provisioning.topics import Topic
from seacucumber.ses.sessions import get_admin_clients
from seacucumber.ses.throttle import asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the parts are called.

    Args:
        web_address: Where SNS posts events to; empty if they go into a queue.
    """

    configuration_set: str
    topic: str
    queue: str
    dead_letters: str
    destination: str
    web_address: str = ""

    @classmethod
    def with_prefix(
        cls, prefix: str, *, configuration_set: str = "", web_address: str = ""
    ) -> Names:
        """Return names that begin alike."""
        return cls(
            configuration_set=configuration_set or prefix,
            topic=f"{prefix}-events",
            queue=f"{prefix}-events",
            dead_letters=f"{prefix}-events-dead-letters",
            destination=f"{prefix}-events",
            web_address=web_address,
        )


@dataclass(slots=True)
class Pipeline:
    """Looks at the way of a mailer's events, and makes what is missing.

    Args:
        change: Whether to make it; else it is only looked at.
    """

    mailer: Mailer
    names: Names
    change: bool = False
    topic: Topic = field(init=False)
    queue: Queue = field(init=False)
    dead_letters: Queue = field(init=False)

    def __post_init__(self) -> None:
        self.topic = Topic(self.mailer, self.names.topic, self.change)
        self.queue = Queue(self.mailer, self.names.queue, self.change)
        self.dead_letters = Queue(self.mailer, self.names.dead_letters, self.change)

    def run(self) -> Iterator[Part]:
        """Yield each part once it was looked at, and made if that is wanted.

        Raises:
            AccountError: if AWS refuses; what was made until then stays.
        """
        names = self.names
        yield self._configuration_set()
        yield self.topic.ensure(names.configuration_set)
        yield self.dead_letters.ensure_dead_letters()
        yield self.queue.ensure(
            topic_arn=self.topic.arn, dead_letters_arn=self.dead_letters.arn
        )
        if names.web_address:
            # What the address has not taken for an hour waits in the queue.
            protocol = names.web_address.partition(":")[0]
            yield self.topic.ensure_subscription(
                protocol,
                names.web_address,
                names.web_address,
                lost_posts_arn=self.queue.arn,
            )
        else:
            yield self.topic.ensure_subscription("sqs", self.queue.arn, names.queue)
        yield self._destination()

    def _configuration_set(self) -> Part:
        name = self.names.configuration_set
        what = f"configuration set {name}"
        try:
            with asking("GetConfigurationSet"):
                client = get_admin_clients(self.mailer).v2
                client.get_configuration_set(ConfigurationSetName=name)
            return Part(what=what, standing=Standing.THERE)
        except NotFound:
            if not self.change:
                return Part(what=what, standing=Standing.MISSING)
        try:
            with asking("CreateConfigurationSet"):
                client.create_configuration_set(ConfigurationSetName=name)
        except AlreadyExists:
            return Part(what=what, standing=Standing.THERE)
        return Part(what=what, standing=Standing.CREATED)

    def _destination(self) -> Part:
        names = self.names
        what = f"event destination {names.destination}"
        wanted: dict[str, Any] = {
            "Enabled": True,
            "MatchingEventTypes": list(policies.EVENT_TYPES),
            "SnsDestination": {"TopicArn": self.topic.arn},
        }
        arguments: dict[str, Any] = {
            "ConfigurationSetName": names.configuration_set,
            "EventDestinationName": names.destination,
            "EventDestination": wanted,
        }
        try:
            with asking("GetConfigurationSetEventDestinations"):
                client = get_admin_clients(self.mailer).v2
                answer = client.get_configuration_set_event_destinations(
                    ConfigurationSetName=names.configuration_set
                )
        except NotFound:
            return Part(what=what, standing=Standing.MISSING)
        rows: list[Any] = list(answer.get("EventDestinations", []))
        known = next((row for row in rows if row["Name"] == names.destination), None)
        if known is None:
            if not self.change:
                return Part(what=what, standing=Standing.MISSING)
            with asking("CreateConfigurationSetEventDestination"):
                client.create_configuration_set_event_destination(**arguments)
            return Part(what=what, standing=Standing.CREATED)
        why = _difference(known, wanted)
        # Opens and clicks that somebody has asked for stay.
        wanted["MatchingEventTypes"] = sorted(
            {*known["MatchingEventTypes"], *policies.EVENT_TYPES}
        )

        def update() -> None:
            with asking("UpdateConfigurationSetEventDestination"):
                client.update_configuration_set_event_destination(**arguments)

        return settled(what, why, update if self.change else None)


def _difference(known: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Return what keeps a destination from telling us everything."""
    reasons = []
    if not known.get("Enabled"):
        reasons.append("it is switched off")
    missing = set(wanted["MatchingEventTypes"]) - set(known["MatchingEventTypes"])
    if missing:
        reasons.append(f"it lacks {', '.join(sorted(missing))}")
    topic = (known.get("SnsDestination") or {}).get("TopicArn", "")
    if topic != wanted["SnsDestination"]["TopicArn"]:
        reasons.append("it has another topic")
    return "; ".join(reasons)

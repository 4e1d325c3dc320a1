"""What a test sees of events, and how it connects itself to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from seacucumber.testing.events import details
from seacucumber.testing.events.bus import SOURCE
from seacucumber.testing.events.destinations import Destination
from seacucumber.testing.events.emitter import Emitted, Emitter
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.inbox import Accepted
from seacucumber.testing.scheduler import Agenda
from seacucumber.testing.ses.account import Account
from seacucumber.testing.ses.addresses import Outcome
from seacucumber.testing.ses.arns import ACCOUNT_ID, arn
from seacucumber.testing.ses.suppression import Reason
from seacucumber.testing.sns.post import Posting


class Way(StrEnum):
    """How events get into a queue."""

    SNS = "sns"
    #: Over SNS with raw message delivery: no envelope.
    RAW = "raw"
    EVENTBRIDGE = "eventbridge"


class _Source(NamedTuple):
    """Who puts messages into a queue."""

    service: str
    arn: str


#: The part of ``EventDestinationDefinition`` that names the destination.
_Target = Mapping[str, Any]


class EventConsole:
    """The part of `Console` that is about events and the suppression list."""

    _account: Account
    _emitter: Emitter
    _events: Agenda

    @property
    def url(self) -> str:
        """The address of the server."""
        raise NotImplementedError

    def send_events_to_queue(
        self,
        name: str = "ses-events",
        *,
        configuration_set: str,
        way: Way | str = Way.SNS,
        attributes: dict[str, str] | None = None,
    ) -> str:
        """Have all events of a configuration set put into a queue.

        What is not there yet is made: the configuration set, the topic or rule, the
        queue and its policy. Events go to all queues and addresses that were named.

        Args:
            attributes: Of the queue, such as ``VisibilityTimeout``.

        Returns:
            The queue's URL.
        """
        account = self._account
        account.queues.create(name, attributes or {})
        way = Way(way)
        if way is Way.EVENTBRIDGE:
            source, target = self._open_rule(name)
        else:
            source, target = self._open_topic(name, raw=way is Way.RAW)
        queue = account.queues.find(name)
        policy = _policy(source, account.queues.arn(name))
        queue.attributes = queue.attributes.changed({"Policy": policy})
        self._connect(configuration_set, name, target)
        return f"{self.url}/{ACCOUNT_ID}/{name}"

    def _open_rule(self, name: str) -> tuple[_Source, _Target]:
        """Have the default bus put all of SES's events into a queue."""
        account = self._account
        rule = account.bus.put_rule(name, {"source": [SOURCE]})
        rule.targets[name] = account.queues.arn(name)
        bus_arn = arn("events", account.settings.region, "event-bus/default")
        source = _Source(service="events.amazonaws.com", arn=rule.arn)
        return source, {"EventBridgeDestination": {"EventBusArn": bus_arn}}

    def _open_topic(self, name: str, *, raw: bool) -> tuple[_Source, _Target]:
        """Have a topic put what is published into a queue."""
        topics = self._account.topics
        topic = topics.create(name, {})
        topics.subscribe(topic.arn, "sqs", self._account.queues.arn(name), raw=raw)
        source = _Source(service="sns.amazonaws.com", arn=topic.arn)
        return source, {"SnsDestination": {"TopicArn": topic.arn}}

    def send_events_to_address(
        self,
        address: str,
        *,
        configuration_set: str,
        topic: str = "ses-events",
        signature_version: str = "2",
        raw: bool = False,
        confirmed: bool = True,
    ) -> str:
        """Have all events of a configuration set posted to a web address.

        Args:
            confirmed: False: SNS asks first, and waits for ``ConfirmSubscription``.

        Returns:
            The topic's ARN.
        """
        attributes = {"SignatureVersion": signature_version}
        topic_arn = self._account.topics.create(topic, attributes).arn
        protocol = address.partition(":")[0]
        self._account.topics.subscribe(
            topic_arn, protocol, address, raw=raw, confirmed=confirmed
        )
        self._connect(
            configuration_set, topic, {"SnsDestination": {"TopicArn": topic_arn}}
        )
        return topic_arn

    def _connect(self, configuration_set: str, name: str, target: _Target) -> None:
        kinds = [kind.api_name for kind in EventKind]
        definition = {"Enabled": True, "MatchingEventTypes": kinds, **target}
        account = self._account
        account.add_configuration_sets([configuration_set])
        if name in {row.name for row in account.destinations.of(configuration_set)}:
            account.destinations.remove(configuration_set, name)
        account.destinations.add(
            configuration_set, Destination(name=name, definition=definition)
        )

    def publish(self, topic_arn: str, message: str, subject: str | None = None) -> str:
        """Publish anything to a topic, properly signed; return its id.

        Raises:
            ValueError: if there is no such topic.
        """
        try:
            return self._account.topics.publish(topic_arn, message, subject)
        except Refusal as refusal:
            raise ValueError(refusal.error.message) from refusal

    def report(
        self,
        ses_message_id: str,
        kind: EventKind | str,
        *,
        recipients: Iterable[str] = (),
        **detail: Any,
    ) -> None:
        """Let something become of a message, now.

        Args:
            kind: Such as ``Open`` or ``DeliveryDelay``.
            recipients: Whom it concerns; all, if none is named.
            detail: Members of the kind's JSON object that differ from the usual.

        Raises:
            ValueError: if there is no such message or kind.
        """
        message = self._account.ledger.find(ses_message_id)
        if message is None:
            raise ValueError(f"There is no message {ses_message_id}.")
        kind = EventKind(kind)
        now_s = self._account.clock.epoch_s()
        whom = tuple(recipients) or message.recipients
        usual = _usual(kind, message, whom, now_s)
        course = self._emitter.course(message)
        self._emitter.tell(
            course.event(kind, {**usual, **detail}, recipients=whom, at_epoch_s=now_s)
        )

    @property
    def emitted(self) -> list[Emitted]:
        """All events so far, the lost ones included."""
        return self._emitter.emitted()

    @property
    def postings(self) -> list[Posting]:
        """What SNS posted to web addresses, each attempt."""
        return self._account.poster.postings()

    def wait_for_events(self, timeout_s: float = 10.0) -> None:
        """Wait until every event was told, and every post was taken or given up.

        Raises:
            TimeoutError: if that does not come in time.
        """
        for agenda in (self._events, self._account.posts):
            if not agenda.wait_until_done(timeout_s):
                raise TimeoutError(
                    f"{agenda.left} events or posts are left after {timeout_s} s."
                )

    @property
    def certificate(self) -> bytes:
        """The certificate of SNS's signatures, in PEM."""
        return self._account.signer.certificate

    @property
    def certificate_url(self) -> str:
        """``SigningCertURL``; this server has it at the same path."""
        return self._account.signer.certificate_url(self._account.settings.region)

    def set_outcome(self, name: str, outcome: Outcome | str) -> None:
        """Say what becomes of mail to an address or a domain.

        Raises:
            ValueError: if there is no such outcome.
        """
        with self._account.lock:
            self._account.outcomes.set(name, Outcome(outcome))

    @property
    def suppressed(self) -> dict[str, Reason]:
        """The account's suppression list: reasons by address."""
        with self._account.lock:
            return {row.address: row.reason for row in self._account.suppressed}

    def suppress(self, *addresses: str, reason: Reason | str = Reason.BOUNCE) -> None:
        """Put addresses on the account's suppression list.

        Raises:
            ValueError: if there is no such reason.
        """
        with self._account.lock:
            self._account.suppressed.put_all(addresses, Reason(reason))


def _policy(source: _Source, queue_arn: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": source.service},
                    "Action": "sqs:SendMessage",
                    "Resource": queue_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": source.arn}},
                }
            ],
        }
    )


def _usual(
    kind: EventKind, message: Accepted, recipients: tuple[str, ...], now_s: float
) -> dict[str, Any]:
    """Return the details that an event of this kind has if nothing else is said."""
    if kind is EventKind.DELIVERY:
        return details.delivery(recipients, now_s, took_s=now_s - message.epoch_s)
    if kind is EventKind.BOUNCE:
        return details.bounce(recipients, now_s)
    if kind is EventKind.COMPLAINT:
        return details.complaint(recipients, now_s)
    if kind is EventKind.DELIVERY_DELAY:
        return details.delivery_delay(recipients, now_s)
    if kind is EventKind.SUBSCRIPTION:
        return details.subscription(
            recipients[0], now_s, contact_list="ContactList", topic="ExampleTopic"
        )
    others = {
        EventKind.SEND: details.send(),
        EventKind.REJECT: details.reject(),
        EventKind.OPEN: details.opened(now_s),
        EventKind.CLICK: details.click(now_s, "https://example.com/"),
        EventKind.RENDERING_FAILURE: details.rendering_failure("Welcome", "name"),
    }
    return others[kind]

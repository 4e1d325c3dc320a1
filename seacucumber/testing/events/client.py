"""The same methods as `EventConsole`, for a server in another process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from seacucumber.testing.events.console import Way
from seacucumber.testing.events.emitter import Emitted
from seacucumber.testing.events.kinds import EventKind
from seacucumber.testing.ses.addresses import Outcome
from seacucumber.testing.ses.suppression import Reason
from seacucumber.testing.sns.post import Posting

#: Longest that one request waits; the client asks again.
_MAX_WAIT_S = 20.0


class EventClient:
    """The part of `LocalSESClient` that is about events and the suppression list."""

    def get(self, path: str, **query: Any) -> Any:
        """Ask the control API."""
        raise NotImplementedError

    def post(self, path: str, **arguments: Any) -> Any:
        """Tell the control API.

        Raises:
            ValueError: if the server refuses the arguments.
        """
        raise NotImplementedError

    def send_events_to_queue(
        self,
        name: str = "ses-events",
        *,
        configuration_set: str,
        way: Way | str = Way.SNS,
        attributes: dict[str, str] | None = None,
    ) -> str:
        """Have all events of a configuration set put into a queue; return its URL."""
        answer = self.post(
            "events/to-queue",
            name=name,
            configuration_set=configuration_set,
            way=way,
            attributes=attributes,
        )
        return str(answer["url"])

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
        """Have all events of a configuration set posted; return the topic's ARN."""
        answer = self.post(
            "events/to-address",
            address=address,
            configuration_set=configuration_set,
            topic=topic,
            signature_version=signature_version,
            raw=raw,
            confirmed=confirmed,
        )
        return str(answer["topic_arn"])

    def publish(self, topic_arn: str, message: str, subject: str | None = None) -> str:
        """Publish anything to a topic, properly signed; return its id.

        Raises:
            ValueError: if there is no such topic.
        """
        answer = self.post(
            "events/publish", topic_arn=topic_arn, message=message, subject=subject
        )
        return str(answer["message_id"])

    def report(
        self,
        ses_message_id: str,
        kind: EventKind | str,
        *,
        recipients: Iterable[str] = (),
        **detail: Any,
    ) -> None:
        """Let something become of a message, now.

        Raises:
            ValueError: if there is no such message or kind.
        """
        self.post(
            "events/report",
            ses_message_id=ses_message_id,
            kind=kind,
            recipients=list(recipients),
            detail=detail,
        )

    @property
    def emitted(self) -> list[Emitted]:
        """All events so far, the lost ones included."""
        return [Emitted.from_dict(row) for row in self.get("events")["events"]]

    @property
    def postings(self) -> list[Posting]:
        """What SNS posted to web addresses, each attempt."""
        return [Posting(**row) for row in self.get("postings")["postings"]]

    def wait_for_events(self, timeout_s: float = 10.0) -> None:
        """Wait until every event was told, and every post was taken or given up.

        Raises:
            TimeoutError: if that does not come in time.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            answer = self.post("events/wait", timeout_s=min(left_s, _MAX_WAIT_S))
            if answer["done"]:
                return
            if time.monotonic() >= deadline_s:
                raise TimeoutError(f"Events or posts are left after {timeout_s} s.")

    @property
    def certificate(self) -> bytes:
        """The certificate of SNS's signatures, in PEM."""
        return str(self.get("certificate")["pem"]).encode()

    @property
    def certificate_url(self) -> str:
        """``SigningCertURL``; the server has it at the same path."""
        return str(self.get("certificate")["url"])

    def set_outcome(self, name: str, outcome: Outcome | str) -> None:
        """Say what becomes of mail to an address or a domain.

        Raises:
            ValueError: if there is no such outcome.
        """
        self.post("outcomes", name=name, outcome=outcome)

    @property
    def suppressed(self) -> dict[str, Reason]:
        """The account's suppression list: reasons by address."""
        rows = self.get("suppressed")
        return {address: Reason(reason) for address, reason in rows.items()}

    def suppress(self, *addresses: str, reason: Reason | str = Reason.BOUNCE) -> None:
        """Put addresses on the account's suppression list.

        Raises:
            ValueError: if there is no such reason.
        """
        self.post("suppressed", addresses=list(addresses), reason=reason)

"""The same methods as `LocalSES`, for a server in another process."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Unpack
from urllib.parse import urlencode

from seacucumber.testing.control.api import MAX_WAIT_S
from seacucumber.testing.events.client import EventClient
from seacucumber.testing.faults.fault import Fault
from seacucumber.testing.inbox import Accepted, Counters
from seacucumber.testing.ses.identities import IdentityState, IdentityType, Status
from seacucumber.testing.ses.settings import Options, Settings

_TIMEOUT_S = 60.0


class LocalSESClient(EventClient):
    """Drives a local SES over its control API.

    Args:
        url: The address of the server, as it prints it.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.faults = FaultsClient(self)
        # A proxy of the environment has no business on this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path: str, **query: Any) -> Any:
        """Ask the control API."""
        address = f"{self.url}/_local/{path}"
        return self._open(f"{address}?{urlencode(query)}" if query else address, None)

    def post(self, path: str, **arguments: Any) -> Any:
        """Tell the control API.

        Raises:
            ValueError: if the server refuses the arguments.
        """
        return self._open(f"{self.url}/_local/{path}", json.dumps(arguments).encode())

    def _open(self, address: str, body: bytes | None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own server
            address, data=body, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from error

    @property
    def inbox(self) -> list[Accepted]:
        """Every message that was accepted, in order."""
        return self.accepted_after(0)

    def accepted_after(self, number: int) -> list[Accepted]:
        """Return the messages with a number above this one."""
        rows = self.get("inbox", after=number)["messages"]
        return [Accepted.from_dict(row) for row in rows]

    def find(self, ses_message_id: str) -> Accepted | None:
        """Return the message with this id."""
        row = self.get("find", id=ses_message_id)["message"]
        return Accepted.from_dict(row) if row else None

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Accepted]:
        """Wait until so many messages were accepted, and return all.

        Raises:
            TimeoutError: if they do not come in time.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            answer = self.get("wait", count=count, timeout_s=min(left_s, MAX_WAIT_S))
            if answer["messages"] is not None:
                return [Accepted.from_dict(row) for row in answer["messages"]]
            if time.monotonic() >= deadline_s:
                raise TimeoutError(
                    f"{answer['count']} of {count} messages came within {timeout_s} s."
                )

    @property
    def counters(self) -> Counters:
        """What was counted so far."""
        return Counters(**self.get("counters"))

    @property
    def settings(self) -> Settings:
        """The settings now."""
        return Settings().changed(self.get("settings"))

    @property
    def sent_last_24h(self) -> float:
        """What ``SentLast24Hours`` says now."""
        return float(self.get("usage")["sent_last_24h"])

    @property
    def identities(self) -> list[IdentityState]:
        """All identities, by name."""
        return [
            IdentityState(
                name=row["name"],
                type=IdentityType(row["type"]),
                status=Status(row["status"]),
                verification_mails=row["verification_mails"],
                verification_token=row["verification_token"],
            )
            for row in self.get("identities")["identities"]
        ]

    @property
    def configuration_sets(self) -> dict[str, bool]:
        """Whether each configuration set sends, by name."""
        return dict(self.get("configuration-sets"))

    def configure(self, **options: Unpack[Options]) -> None:
        """Change settings while the server runs.

        Raises:
            ValueError: if a value is wrong.
        """
        self.post("settings", **options)

    def verify(self, *names: str) -> None:
        """Verify addresses and domains; new ones are added.

        Raises:
            ValueError: if a name is neither.
        """
        self.post("verify", names=list(names))

    def unverify(self, name: str) -> None:
        """Take the verification of an identity away.

        Raises:
            ValueError: if there is no such identity.
        """
        self.post("unverify", name=name)

    def set_configuration_set(self, name: str, *, sends: bool = True) -> None:
        """Add a configuration set, or pause or resume it."""
        self.post("configuration-sets", name=name, sends=sends)

    def consume_quota(self, recipients: float) -> None:
        """Use up some of the 24 hour quota, as another sender would."""
        self.post("consume-quota", recipients=recipients)

    def advance(self, seconds: float) -> None:
        """Set the clock of rate, quota, statistics and verifications forward.

        Raises:
            ValueError: if ``seconds`` is negative.
        """
        self.post("advance", seconds=seconds)

    def reset(self) -> None:
        """Begin again, with what the server was started with."""
        self.post("reset")


class FaultsClient:
    """The same methods as `Faults`.

    Args:
        client: Who talks to the server.
    """

    def __init__(self, client: LocalSESClient) -> None:
        self._client = client

    def add(self, fault: Fault) -> int:
        """Put a fault in force; return its number. The oldest that fits wins."""
        return int(self._client.post("faults", **asdict(fault))["number"])

    def remove(self, number: int) -> None:
        """Lift one fault; nothing happens if it is used up."""
        self._client.post("faults/remove", number=number)

    def clear(self) -> None:
        """Lift all faults and release whatever hangs."""
        self._client.post("faults/clear")

    def release(self) -> None:
        """Let everything go that hangs."""
        self._client.post("faults/release")

    def active(self) -> dict[int, Fault]:
        """Return the faults in force by number."""
        rows: Mapping[str, Any] = self._client.get("faults")["faults"]
        return {int(number): Fault.from_dict(row) for number, row in rows.items()}

    @property
    def hanging(self) -> int:
        """How many requests hang now."""
        return int(self._client.get("faults")["hanging"])

    @property
    def applied(self) -> int:
        """How many faults were applied."""
        return int(self._client.get("faults")["applied"])

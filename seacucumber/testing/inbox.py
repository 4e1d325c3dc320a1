"""The ledger: what was accepted, written down before the client hears of it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from seacucumber.testing.ses.addresses import Outcome
from seacucumber.testing.ses.mime import read_headers, subject_of

PEAK_SPAN_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One message that SES took responsibility for.

    Args:
        number: 1 for the first acceptance, without gaps.
        ses_message_id: The id in the answer.
        at_s: Monotonic time of the acceptance.
        epoch_s: The same in seconds since 1970.
        sender: Bare address of ``FromEmailAddress``, or of the From header.
        recipients: Bare addresses of the envelope, in order.
        tags: Those of the call, else those of ``X-SES-MESSAGE-TAGS``.
        raw: The bytes as they were received.
        sdk_attempt: ``attempt`` of ``amz-sdk-request``; 2 and more is a retry that
            botocore made by itself.
        outcomes: What becomes of it, by recipient.
        operation: ``SendEmail`` or ``SendRawEmail``.
    """

    number: int
    ses_message_id: str
    at_s: float
    epoch_s: float
    sender: str
    recipients: tuple[str, ...]
    configuration_set: str
    tags: Mapping[str, str]
    raw: bytes = field(repr=False)
    sdk_attempt: int = 1
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    operation: str = "SendEmail"

    @cached_property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return subject_of(read_headers(self.raw))

    @property
    def outcome(self) -> Outcome:
        """The worst of `outcomes`."""
        worst_last = list(Outcome)
        outcomes = self.outcomes.values()
        return max(outcomes, key=worst_last.index, default=Outcome.DELIVERY)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON for it; ``raw`` is base64."""
        return {
            "number": self.number,
            "ses_message_id": self.ses_message_id,
            "at_s": self.at_s,
            "epoch_s": self.epoch_s,
            "sender": self.sender,
            "recipients": list(self.recipients),
            "configuration_set": self.configuration_set,
            "tags": dict(self.tags),
            "raw": base64.b64encode(self.raw).decode(),
            "sdk_attempt": self.sdk_attempt,
            "outcome": self.outcome,
            "outcomes": dict(self.outcomes),
            "operation": self.operation,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Accepted:
        """Read what `as_dict` wrote."""
        values = dict(data)
        values.pop("outcome", None)
        values["recipients"] = tuple(values["recipients"])
        values["raw"] = base64.b64decode(values["raw"])
        outcomes = values.get("outcomes", {})
        values["outcomes"] = {name: Outcome(word) for name, word in outcomes.items()}
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the server has seen since it started, or since the last reset.

    Args:
        posts: Send calls that arrived, whatever became of them.
        accepted: Messages accepted.
        recipients: Recipients of those messages.
        refusals: Refused calls of any operation by error code of v2.
        rate_rejections: Sends refused with "Maximum sending rate exceeded".
        quota_rejections: Sends refused with "Daily message quota exceeded".
        sdk_retries: Sends with an SDK attempt above 1.
        control_calls: Calls of the other operations.
        control_rejections: Those of them that came faster than ``control_rate``.
        peak_recipients: Most recipients accepted within any second.
        faults: Faults that were applied.
        crashes: Requests that broke the server itself: a bug of ours.
    """

    posts: int = 0
    accepted: int = 0
    recipients: int = 0
    refusals: Mapping[str, int] = field(default_factory=dict)
    rate_rejections: int = 0
    quota_rejections: int = 0
    sdk_retries: int = 0
    control_calls: int = 0
    control_rejections: int = 0
    peak_recipients: int = 0
    faults: int = 0
    crashes: int = 0


class Tally:
    """Counts events by name. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: Counter[str] = Counter()
        self._refusals: Counter[str] = Counter()

    def count(self, event: str) -> None:
        """Count one event; its name is a field of `Counters`."""
        with self._lock:
            self._events[event] += 1

    def count_refusal(self, code: str) -> None:
        """Count one refusal by its code."""
        with self._lock:
            self._refusals[code] += 1

    def snapshot(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the events and the refusals."""
        with self._lock:
            return dict(self._events), dict(self._refusals)

    def clear(self) -> None:
        """Begin again at zero."""
        with self._lock:
            self._events.clear()
            self._refusals.clear()


class Ledger:
    """All acceptances in order.

    Args:
        path: A file that gets one JSON line for each acceptance, flushed before the
            client is answered, so that it survives the end of this process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._changed = threading.Condition()
        self._rows: list[Accepted] = []
        self._path = path
        self._file: TextIO | None = None
        self._open = True
        self._number = 0
        self._recipients = 0
        self._recent: deque[tuple[float, int]] = deque()
        self._recent_recipients = 0
        self._peak = 0

    def open(self) -> None:
        """Open the file, and let `wait_for` wait."""
        with self._changed:
            self._open = True
            if self._path and not self._file:
                self._file = self._path.open("a", encoding="utf-8")

    def end_waits(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def append(self, **values: Any) -> Accepted:
        """Write an acceptance down; ``values`` are those of `Accepted`."""
        with self._changed:
            self._number += 1
            row = Accepted(number=self._number, **values)
            if self._file:
                self._file.write(json.dumps(row.as_dict()) + "\n")
                self._file.flush()
            self._rows.append(row)
            self._note_peak(row)
            self._changed.notify_all()
            return row

    def _note_peak(self, row: Accepted) -> None:
        count = len(row.recipients)
        self._recipients += count
        self._recent.append((row.at_s, count))
        self._recent_recipients += count
        while self._recent[0][0] <= row.at_s - PEAK_SPAN_S:
            self._recent_recipients -= self._recent.popleft()[1]
        self._peak = max(self._peak, self._recent_recipients)

    def rows(self, *, after: int = 0) -> list[Accepted]:
        """Return the acceptances with a number above ``after``."""
        with self._changed:
            if not self._rows:
                return []
            return self._rows[max(0, after + 1 - self._rows[0].number) :]

    def find(self, ses_message_id: str) -> Accepted | None:
        """Return the acceptance with this id."""
        rows = reversed(self.rows())
        return next((row for row in rows if row.ses_message_id == ses_message_id), None)

    def totals(self) -> tuple[int, int, int]:
        """Return the messages, the recipients, and the peak of one second."""
        with self._changed:
            return len(self._rows), self._recipients, self._peak

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Wait until so many messages are there; tell whether they came in time."""
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._rows) >= count or not self._open,
                deadline_s - time.monotonic(),
            )
            return len(self._rows) >= count

    def clear(self) -> None:
        """Forget all acceptances; the numbers and the file go on."""
        with self._changed:
            self._rows.clear()
            self._recent.clear()
            self._recent_recipients = self._recipients = self._peak = 0

    def close(self) -> None:
        """Close the file."""
        with self._changed:
            if self._file:
                self._file.close()
                self._file = None

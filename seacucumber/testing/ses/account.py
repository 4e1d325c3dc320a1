"""The state of one SES account in one region: settings, limits, identities, ledger."""

from __future__ import annotations

import math
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seacucumber.testing.events.bus import Bus
from seacucumber.testing.events.destinations import Destinations, Notifications
from seacucumber.testing.faults import errors
from seacucumber.testing.faults.refusals import Refusal
from seacucumber.testing.inbox import Accepted, Counters, Ledger, Tally
from seacucumber.testing.scheduler import Agenda
from seacucumber.testing.ses.addresses import is_simulator
from seacucumber.testing.ses.bucket import DAY_S, Clock, RollingSum, TokenBucket
from seacucumber.testing.ses.identities import Identities
from seacucumber.testing.ses.outcomes import Outcomes
from seacucumber.testing.ses.settings import Settings
from seacucumber.testing.ses.statistics import Statistics
from seacucumber.testing.ses.submission import Submission
from seacucumber.testing.ses.suppression import SuppressionList
from seacucumber.testing.sns.envelopes import Stationery
from seacucumber.testing.sns.post import Poster
from seacucumber.testing.sns.signature import process_signer
from seacucumber.testing.sns.topics import Topics
from seacucumber.testing.sqs.queues import Queues

#: First four digits of a message id, as seen in the wild.
_REGION_DIGITS = {"us-east-1": "0100", "us-west-2": "0101", "eu-west-1": "0102"}


class Account:
    """Everything that one account and region share.

    Args:
        settings: What it starts with.
        clock: The time that its limits go by.
        ledger_path: See `Ledger`.
        seed: Makes random choices repeatable.
    """

    def __init__(
        self, settings: Settings, clock: Clock, ledger_path: Path | None, seed: int
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.lock = threading.RLock()
        self.ledger = Ledger(ledger_path)
        self.tally = Tally()
        self.posts = Agenda(
            "sns", clock, threads=4, broke=lambda: self.tally.count("crashes")
        )
        self.poster = Poster(self.posts, lambda: self.settings)
        self.signer = process_signer()
        self._seed = seed
        self._start_limits()
        self._start_events()

    def _start_limits(self) -> None:
        now_s = self.clock.monotonic_s
        settings = self.settings
        self.identities = Identities(now_s, lambda: self.settings.verify_after_s)
        self.configuration_sets: dict[str, bool] = {}
        self.statistics = Statistics(self.clock.epoch_s, self._seed)
        self._rate = TokenBucket(settings.own_rate, settings.capacity, now_s)
        control_rate = settings.control_rate or 1.0
        self._control = TokenBucket(control_rate, max(1.0, control_rate), now_s)
        self._usage = RollingSum(DAY_S, now_s)
        self._foreign_at_s = now_s()

    def _start_events(self) -> None:
        region = self.settings.region
        self.suppressed = SuppressionList(self.clock.epoch_s)
        self.outcomes = Outcomes(self.suppressed)
        self.queues = Queues(region, self.clock)
        self.bus = Bus(region, self.queues)
        stationery = Stationery(signer=self.signer, region=region)
        self.topics = Topics(stationery, self.poster, self.queues)
        self.destinations = Destinations()
        #: By the name of the identity.
        self.notifications: dict[str, Notifications] = {}

    def configure(self, values: dict[str, Any]) -> None:
        """Change some of the settings; see `Settings.changed`."""
        with self.lock:
            self._count_foreign()
            self.settings = self.settings.changed(values)
            self._rate.resize(self.settings.own_rate, self.settings.capacity)
            control_rate = self.settings.control_rate or 1.0
            self._control.resize(control_rate, max(1.0, control_rate))

    def reset(self, settings: Settings) -> None:
        """Begin again: the clock as it is, an empty ledger, full buckets."""
        with self.lock:
            self.clock.reset()
            self.settings = settings
            self.ledger.clear()
            self.tally.clear()
            self.poster.clear()
            self._start_limits()
            self.queues.close()
            self._start_events()

    def sent_last_24h(self) -> float:
        """Return what ``SentLast24Hours`` says now."""
        with self.lock:
            self._count_foreign()
            return self._usage.total(lag_s=self.settings.usage_lag_s)

    def consume_quota(self, recipients: float) -> None:
        """Count recipients that somebody else sent to, without touching the rate.

        Raises:
            ValueError: if it is no number of recipients.
        """
        if not 0 <= recipients < math.inf:
            raise ValueError(f"recipients is 0 or more, not {recipients}.")
        with self.lock:
            self._usage.add(recipients)

    def _count_foreign(self) -> None:
        now_s = self.clock.monotonic_s()
        foreign = (now_s - self._foreign_at_s) * self.settings.foreign_rate
        if foreign:
            self._usage.add(foreign)
        self._foreign_at_s = now_s

    def admit_control(self) -> None:
        """Let a call of another operation than a send through.

        Raises:
            Refusal: if it comes too fast.
        """
        self.tally.count("control_calls")
        if self.settings.control_rate is None:
            return
        with self.lock:
            if self._control.tokens < 1.0:
                self.tally.count("control_rejections")
                raise Refusal(errors.api_throttled())
            self._control.spend(1.0)

    def accept(self, submission: Submission, operation: str) -> Accepted:
        """Check quota and rate, and write the message into the ledger.

        Raises:
            Refusal: if one of them is exhausted; then nothing was consumed.
        """
        addresses = submission.addresses
        counted = sum(not is_simulator(address) for address in addresses)
        with self.lock:
            self._count_foreign()
            self._check_limits(counted)
            self._usage.add(counted)
            self._rate.spend(len(addresses))
            configuration_set = self._configuration_set_of(submission)
            outcomes = self.outcomes.of(
                addresses, configuration_set=configuration_set, raw=submission.raw
            )
            self.statistics.add(outcomes[address] for address in addresses)
            return self.ledger.append(
                ses_message_id=self._new_message_id(),
                at_s=self.clock.monotonic_s(),
                epoch_s=self.clock.epoch_s(),
                sender=submission.sender_address,
                recipients=addresses,
                configuration_set=configuration_set,
                tags=submission.tags,
                raw=submission.raw,
                sdk_attempt=submission.sdk_attempt,
                outcomes=outcomes,
                operation=operation,
            )

    def _configuration_set_of(self, submission: Submission) -> str:
        """Return the one that is named, else the default of the identity."""
        if submission.configuration_set:
            return submission.configuration_set
        name = self.identities.allowing(submission.sender_address)
        row = self.identities.get(name) if name else None
        return row.configuration_set if row else ""

    def _check_limits(self, counted: int) -> None:
        quota = self.settings.quota_24h
        if quota >= 0 and counted:
            after = self._usage.total() + (counted if self.settings.strict_quota else 1)
            if after > quota:
                self.tally.count("quota_rejections")
                raise Refusal(errors.daily_quota_exceeded())
        if not self._rate.has_room():
            self.tally.count("rate_rejections")
            raise Refusal(errors.rate_exceeded())

    def _new_message_id(self) -> str:
        digits = _REGION_DIGITS.get(self.settings.region, "010f")
        moment = int(self.clock.epoch_s() * 1000) & 0xFFFFFFFFFFFF
        return f"{digits}{moment:012x}-{uuid.uuid4()}-000000"

    def add_configuration_sets(self, names: Iterable[str]) -> None:
        """Add configuration sets that send."""
        with self.lock:
            self.configuration_sets.update(dict.fromkeys(names, True))

    def counters(self, *, faults: int) -> Counters:
        """Return what was counted; ``faults`` is counted elsewhere."""
        events, refusals = self.tally.snapshot()
        accepted, recipients, peak = self.ledger.totals()
        return Counters(
            **events,
            accepted=accepted,
            recipients=recipients,
            peak_recipients=peak,
            refusals=refusals,
            faults=faults,
        )

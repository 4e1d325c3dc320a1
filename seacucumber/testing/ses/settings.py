"""What the account is allowed, and how the service behaves."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypedDict

ENFORCEMENT_STATUSES = ("HEALTHY", "PROBATION", "SHUTDOWN")


class Options(TypedDict, total=False):
    """The fields of `Settings`, as keyword arguments."""

    region: str
    access_keys: tuple[str, ...]
    rate: float
    burst: float | None
    quota_24h: float
    strict_quota: bool
    usage_lag_s: float
    foreign_rate: float
    sandbox: bool
    sending_enabled: bool
    enforcement_status: str
    suspended: bool
    control_rate: float | None
    latency_s: float | tuple[float, float]
    verify_after_s: float | None
    event_delay_s: float | tuple[float, float]
    post_retries: int
    post_retry_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the account is allowed, and how the service behaves. All can be changed.

    Args:
        region: The region in error texts and message ids.
        access_keys: The key ids that are known; empty: any.
        rate: Recipients per second (``MaxSendRate``).
        burst: Recipients that may come at once; None: one second's worth.
        quota_24h: Recipients per rolling 24 hours, -1 for no limit.
        strict_quota: True refuses a message that would go beyond the quota (the
            developer guide); False one that finds no quota left (AWS's blog).
        usage_lag_s: How old ``SentLast24Hours`` is when it is read.
        foreign_rate: Recipients per second that somebody else sends on this account.
        sandbox: True: recipients have to be verified too.
        sending_enabled: False: paused by the customer.
        enforcement_status: ``SHUTDOWN``: paused by AWS.
        suspended: True: restricted for good.
        control_rate: Calls per second of the other operations; None: no limit, 1.0
            is what AWS allows.
        latency_s: Added to every send: seconds, or a range to draw from.
        verify_after_s: A pending identity verifies itself after so many seconds.
        event_delay_s: How long events are on their way: seconds, or a range to draw
            from, and then they overtake each other.
        post_retries: How often SNS tries again to post to a web address.
        post_retry_s: How long it waits in between.
    """

    region: str = "us-east-1"
    access_keys: tuple[str, ...] = ()
    rate: float = 50.0
    burst: float | None = None
    quota_24h: float = 50_000.0
    strict_quota: bool = True
    usage_lag_s: float = 0.0
    foreign_rate: float = 0.0
    sandbox: bool = False
    sending_enabled: bool = True
    enforcement_status: str = "HEALTHY"
    suspended: bool = False
    control_rate: float | None = None
    latency_s: float | tuple[float, float] = 0.0
    verify_after_s: float | None = None
    event_delay_s: float | tuple[float, float] = 0.0
    post_retries: int = 3
    post_retry_s: float = 20.0

    def __post_init__(self) -> None:
        self._check_numbers()
        for name in ("strict_quota", "sandbox", "sending_enabled", "suspended"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is true or false.")
        for word in (self.region, *self.access_keys):
            _check_text(word)
        if self.enforcement_status not in ENFORCEMENT_STATUSES:
            raise ValueError(
                f"enforcement_status is one of {', '.join(ENFORCEMENT_STATUSES)}, "
                f"not {self.enforcement_status!r}."
            )

    def _check_numbers(self) -> None:
        _check_number("rate", self.rate, 0, above=True)
        for name in ("burst", "control_rate"):
            if getattr(self, name) is not None:
                _check_number(name, getattr(self, name), 0, above=True)
        if self.verify_after_s is not None:
            _check_number("verify_after_s", self.verify_after_s, 0)
        _check_number("quota_24h", self.quota_24h, -1)
        for name in ("usage_lag_s", "foreign_rate", "post_retries", "post_retry_s"):
            _check_number(name, getattr(self, name), 0)
        for name in ("latency_s", "event_delay_s"):
            low_s, high_s = _range(getattr(self, name))
            _check_number(name, low_s, 0)
            _check_number(name, high_s, low_s)

    @property
    def capacity(self) -> float:
        """How many recipients may come at once."""
        return max(1.0, self.rate) if self.burst is None else self.burst

    @property
    def own_rate(self) -> float:
        """What the foreign sender leaves of the rate; it never takes all of it."""
        return max(self.rate - self.foreign_rate, self.rate / 20)

    @property
    def latency_range_s(self) -> tuple[float, float]:
        """The bounds of the latency."""
        return _range(self.latency_s)

    @property
    def event_delay_range_s(self) -> tuple[float, float]:
        """The bounds of the delay of events."""
        return _range(self.event_delay_s)

    def changed(self, values: dict[str, Any]) -> Settings:
        """Return settings with some values changed.

        Raises:
            ValueError, TypeError: if a name or value is wrong.
        """
        known = {row.name for row in fields(self)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"There is no setting {', '.join(unknown)}.")
        for name in ("access_keys", "latency_s", "event_delay_s"):
            if isinstance(values.get(name), list):
                values[name] = tuple(values[name])
        return replace(self, **values)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON for it."""
        return asdict(self)


def _range(value: float | tuple[float, float]) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)


def _check_number(name: str, value: Any, least: float, *, above: bool = False) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not least <= value < math.inf or (above and value == least):
        wanted = f"above {least:g}" if above else f"{least:g} or more"
        raise ValueError(f"{name} is {wanted}, not {value!r}.")


def _check_text(value: object) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"A region or an access key is text, not {value!r}.")

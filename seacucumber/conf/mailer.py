"""What a mailer's settings are, once they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seacucumber.enums import EventType, Lane, Uncertain

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """The settings of one mailer. ``_s`` is seconds."""

    alias: str
    ses_access_key_id: str | None = None
    ses_secret_access_key: str | None = field(default=None, repr=False)
    ses_session_token: str | None = field(default=None, repr=False)
    ses_profile: str | None = None
    ses_region_name: str | None = None
    #: May hold the name and password of a user, as proxies in `client_config` may.
    endpoint_url: str | None = field(default=None, repr=False)
    client_config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0
    account: str | None = None
    route_queue: str = ""
    rate_limit: float | None = None
    rate_headroom: float = 0.995
    quota_reserve: float = 0.1
    max_retries: int = 60
    retry_delay_s: float = 60.0
    retry_delay_max_s: float = 3600.0
    lease_s: float = 120.0
    uncertain: Uncertain = Uncertain.RESEND
    uncertain_wait_s: float = 120.0
    expire_s: float | None = None
    configuration_set: str = ""
    lane: Lane = Lane.TRANSACTIONAL
    tags: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    max_message_bytes: int = 40 * 1024 * 1024
    feedback_address: str = ""
    from_identity_arn: str = ""
    feedback_identity_arn: str = ""
    dkim_domain: str | None = None
    dkim_private_key: str | None = field(default=None, repr=False)
    dkim_selector: str = "ses"
    dkim_headers: tuple[str, ...] = ("From", "To", "Cc", "Subject")
    dns_servers: tuple[tuple[str, int], ...] = ()
    sns_topics: frozenset[str] = frozenset()
    sns_signature_versions: frozenset[str] = frozenset({"2"})
    event_queues: tuple[str, ...] = ()
    suppression: frozenset[str] = frozenset({"ses", "ours"})
    suppression_scope: str = "account"
    soft_bounce_limit: int = 3
    soft_bounce_window_s: float = 14 * 86400.0
    soft_bounce_pause_s: float = 7 * 86400.0
    guard: bool = True
    #: Shares of the mail sent: warn, stop bulk mail, stop all mail.
    guard_bounces: tuple[float, float, float] = (0.04, 0.06, 0.09)
    guard_complaints: tuple[float, float, float] = (0.0008, 0.002, 0.004)
    guard_window_s: float = 86400.0
    guard_volume: int = 200
    guard_simulator: bool = False
    guard_mail_to: tuple[str, ...] = ()
    guard_mail_through: str = ""

    @property
    def call_deadline_s(self) -> float:
        """When a call to SES is given up, whatever the socket says."""
        return self.connect_timeout_s + self.read_timeout_s + 5.0

    @property
    def pace_key(self) -> str:
        """Name of the (account, region) whose pace this mailer shares.

        Not made of the credentials where all mailers use the same: they are rotated,
        and the account stays.
        """
        return f"{self.account or 'default'}/{self.ses_region_name or DEFAULT_REGION}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept, in seconds, and which. None keeps them for good."""

    bodies_s: float | None = 0.0
    failed_bodies_s: float | None = 7 * 86400.0
    messages_s: float | None = 90 * 86400.0
    figures_s: float | None = 400 * 86400.0
    events_s: float | None = 90 * 86400.0
    #: Events of other types are acted on and announced, and leave no row.
    event_types: frozenset[EventType] = frozenset(EventType)

"""The settings: where each is looked up, and how its value is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seacucumber import setting_values as values
from seacucumber.conf import event_values


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where it is looked up, and how its value is read.

    Args:
        attribute: Field of `Mailer`.
        names: Django settings, the first one that is set wins.
        parse: Turns the value into the field's type, raises ValueError with words
            that continue "SETTING ...".
        per_message: True if a connection of its own may change it under
            ``EMAIL_BACKEND``, because it travels with the message.
        option: The name in ``OPTIONS``; the first name without its prefix if empty.
    """

    attribute: str
    names: tuple[str, ...]
    parse: Callable[[Any], Any]
    per_message: bool = False
    option: str = ""

    @property
    def option_name(self) -> str:
        """The name of the setting in a mailer's ``OPTIONS``."""
        return self.option or self.names[0].removeprefix("CUCUMBER_").lower()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "ses_access_key_id",
        ("CUCUMBER_SES_ACCESS_KEY_ID", "AWS_SES_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
        values.text_or_none,
    ),
    Setting(
        "ses_secret_access_key",
        (
            "CUCUMBER_SES_SECRET_ACCESS_KEY",
            "AWS_SES_SECRET_ACCESS_KEY",
            "AWS_SECRET_ACCESS_KEY",
        ),
        values.text_or_none,
    ),
    Setting(
        "ses_session_token",
        ("CUCUMBER_SES_SESSION_TOKEN", "AWS_SES_SESSION_TOKEN", "AWS_SESSION_TOKEN"),
        values.text_or_none,
    ),
    Setting(
        "ses_profile",
        ("CUCUMBER_SES_PROFILE", "AWS_SESSION_PROFILE"),
        values.text_or_none,
    ),
    Setting(
        "ses_region_name",
        ("CUCUMBER_SES_REGION_NAME", "AWS_SES_REGION_NAME", "AWS_DEFAULT_REGION"),
        values.region,
    ),
    Setting(
        "endpoint_url",
        (
            "CUCUMBER_ENDPOINT_URL",
            "AWS_SES_REGION_ENDPOINT_URL",
            "AWS_SES_REGION_ENDPOINT",
        ),
        values.endpoint,
    ),
    Setting(
        "client_config",
        ("CUCUMBER_CLIENT_CONFIG", "AWS_SES_CONFIG"),
        values.mapping,
    ),
    Setting("connect_timeout_s", ("CUCUMBER_CONNECT_TIMEOUT",), values.seconds),
    Setting("read_timeout_s", ("CUCUMBER_READ_TIMEOUT",), values.seconds),
    Setting("account", ("CUCUMBER_ACCOUNT",), values.text_or_none),
    Setting("route_queue", ("CUCUMBER_ROUTE_QUEUE",), values.text),
    Setting("rate_limit", ("CUCUMBER_RATE_LIMIT",), values.rate_per_s),
    Setting(
        "rate_headroom",
        ("CUCUMBER_RATE_HEADROOM", "AWS_SES_AUTO_THROTTLE"),
        values.headroom,
    ),
    Setting("quota_reserve", ("CUCUMBER_QUOTA_RESERVE",), values.fraction),
    Setting("max_retries", ("CUCUMBER_MAX_RETRIES",), values.whole_number),
    Setting("retry_delay_s", ("CUCUMBER_RETRY_DELAY",), values.seconds),
    Setting("retry_delay_max_s", ("CUCUMBER_RETRY_DELAY_MAX",), values.seconds),
    Setting("lease_s", ("CUCUMBER_LEASE",), values.seconds),
    Setting("uncertain", ("CUCUMBER_UNCERTAIN",), values.uncertain, per_message=True),
    Setting("uncertain_wait_s", ("CUCUMBER_UNCERTAIN_WAIT",), values.seconds),
    Setting(
        "expire_s",
        ("CUCUMBER_EXPIRE",),
        values.seconds_or_none,
        per_message=True,
    ),
    Setting(
        "configuration_set",
        ("CUCUMBER_CONFIGURATION_SET", "AWS_SES_CONFIGURATION_SET"),
        values.configuration_set,
        per_message=True,
    ),
    Setting("lane", ("CUCUMBER_LANE",), values.lane, per_message=True),
    Setting("tags", ("CUCUMBER_TAGS",), values.tags, per_message=True),
    Setting("metadata", ("CUCUMBER_METADATA",), values.metadata, per_message=True),
    Setting(
        "max_message_bytes",
        ("CUCUMBER_MAX_MESSAGE_BYTES",),
        values.message_bytes,
    ),
    Setting(
        "feedback_address",
        ("CUCUMBER_FEEDBACK_ADDRESS", "AWS_SES_RETURN_PATH"),
        values.text,
    ),
    Setting(
        "from_identity_arn",
        ("CUCUMBER_FROM_IDENTITY_ARN", "AWS_SES_FROM_ARN", "AWS_SES_SOURCE_ARN"),
        values.identity_arn,
    ),
    Setting(
        "feedback_identity_arn",
        ("CUCUMBER_FEEDBACK_IDENTITY_ARN", "AWS_SES_RETURN_PATH_ARN"),
        values.identity_arn,
    ),
    Setting("dkim_domain", ("DKIM_DOMAIN",), values.text_or_none),
    Setting("dkim_private_key", ("DKIM_PRIVATE_KEY",), values.text_or_none),
    Setting("dkim_selector", ("DKIM_SELECTOR",), values.ascii_text),
    Setting("dkim_headers", ("DKIM_HEADERS",), values.names),
    Setting("dns_servers", ("CUCUMBER_DNS_SERVERS",), values.name_servers),
    Setting(
        "sns_topics",
        ("CUCUMBER_SNS_TOPICS", "AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS"),
        event_values.topics,
    ),
    Setting(
        "sns_signature_versions",
        ("CUCUMBER_SNS_SIGNATURE_VERSIONS",),
        event_values.signature_versions,
    ),
    Setting("event_queues", ("CUCUMBER_EVENT_QUEUES",), event_values.queues),
    Setting("suppression", ("CUCUMBER_SUPPRESSION",), event_values.suppression),
    Setting(
        "suppression_scope",
        ("CUCUMBER_SUPPRESSION_SCOPE",),
        event_values.suppression_scope,
    ),
    Setting(
        "soft_bounce_limit",
        ("CUCUMBER_SOFT_BOUNCE_LIMIT",),
        values.whole_number,
    ),
    Setting("soft_bounce_window_s", ("CUCUMBER_SOFT_BOUNCE_WINDOW",), values.seconds),
    Setting("soft_bounce_pause_s", ("CUCUMBER_SOFT_BOUNCE_PAUSE",), values.seconds),
    Setting("guard", ("CUCUMBER_GUARD",), values.switch),
    Setting("guard_bounces", ("CUCUMBER_GUARD_BOUNCES",), event_values.three_lines),
    Setting(
        "guard_complaints", ("CUCUMBER_GUARD_COMPLAINTS",), event_values.three_lines
    ),
    Setting("guard_window_s", ("CUCUMBER_GUARD_WINDOW",), values.seconds),
    Setting("guard_volume", ("CUCUMBER_GUARD_VOLUME",), values.whole_number),
    Setting("guard_simulator", ("CUCUMBER_GUARD_SIMULATOR",), values.switch),
    Setting("guard_mail_to", ("CUCUMBER_GUARD_MAIL_TO",), event_values.addresses),
    Setting("guard_mail_through", ("CUCUMBER_GUARD_MAIL_THROUGH",), values.text),
)

RETENTION: tuple[Setting, ...] = (
    Setting("bodies_s", ("CUCUMBER_RETENTION_BODIES",), values.seconds_or_none),
    Setting(
        "failed_bodies_s",
        ("CUCUMBER_RETENTION_FAILED_BODIES",),
        values.seconds_or_none,
    ),
    Setting("messages_s", ("CUCUMBER_RETENTION_MESSAGES",), values.seconds_or_none),
    Setting("figures_s", ("CUCUMBER_RETENTION_FIGURES",), values.seconds_or_none),
    Setting("events_s", ("CUCUMBER_RETENTION_EVENTS",), values.seconds_or_none),
    Setting("event_types", ("CUCUMBER_EVENTS",), event_values.event_types),
)

DKIM: tuple[Setting, ...] = (
    Setting(
        "encryption_keys",
        ("CUCUMBER_DKIM_ENCRYPTION_KEYS",),
        values.fernet_keys,
    ),
    Setting("rotate_after_s", ("CUCUMBER_DKIM_ROTATE_AFTER",), values.seconds),
    Setting("retire_after_s", ("CUCUMBER_DKIM_RETIRE_AFTER",), values.seconds),
    Setting("on_error", ("CUCUMBER_DKIM_ON_ERROR",), values.on_signing_error),
    Setting("headers", ("CUCUMBER_DKIM_HEADERS",), values.names),
)

"""Settings: where a value comes from, and which one wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured

from seacucumber import conf
from seacucumber.enums import EventType, Lane, Uncertain


@pytest.fixture(autouse=True)
def _no_region_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def test_the_defaults_are_those_of_the_readme(settings: Any) -> None:
    for name in conf.known_names():
        if hasattr(settings, name):
            delattr(settings, name)

    mailer = conf.build_mailer("default", {})

    assert mailer == conf.Mailer(alias="default", ses_region_name=None)
    assert mailer.rate_limit is None
    assert mailer.lane is Lane.TRANSACTIONAL
    assert mailer.uncertain is Uncertain.RESEND
    assert mailer.lease_s >= 2 * mailer.call_deadline_s


def test_our_own_setting_wins_over_django_sess_and_that_over_awss(
    settings: Any,
) -> None:
    settings.AWS_ACCESS_KEY_ID = "AKIAAWS"
    assert conf.build_mailer("x", {}).ses_access_key_id == "AKIATESTTESTTESTTEST"

    del settings.CUCUMBER_SES_ACCESS_KEY_ID
    assert conf.get_mailer().ses_access_key_id == "AKIAAWS"

    settings.AWS_SES_ACCESS_KEY_ID = "AKIADJANGOSES"
    assert conf.get_mailer().ses_access_key_id == "AKIADJANGOSES"

    settings.CUCUMBER_SES_ACCESS_KEY_ID = "AKIAOURS"
    assert conf.get_mailer().ses_access_key_id == "AKIAOURS"

    options = {"ses_access_key_id": "AKIAOPTION"}
    assert conf.build_mailer("x", options).ses_access_key_id == "AKIAOPTION"


ARN = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        # Sea Cucumber 1.5.
        ("CUCUMBER_RATE_LIMIT", 5, "rate_limit", 5.0),
        ("CUCUMBER_MAX_RETRIES", 3, "max_retries", 3),
        ("CUCUMBER_ROUTE_QUEUE", "ses", "route_queue", "ses"),
        ("DKIM_DOMAIN", "example.com", "dkim_domain", "example.com"),
        ("DKIM_SELECTOR", "key1", "dkim_selector", "key1"),
        ("DKIM_HEADERS", ["From"], "dkim_headers", ("From",)),
        ("DKIM_PRIVATE_KEY", b"pem", "dkim_private_key", "pem"),
        # django-ses.
        ("AWS_SES_AUTO_THROTTLE", 0.5, "rate_headroom", 0.5),
        ("AWS_SES_CONFIGURATION_SET", "news", "configuration_set", "news"),
        ("AWS_SES_RETURN_PATH", "b@example.com", "feedback_address", "b@example.com"),
        ("AWS_SES_SOURCE_ARN", ARN, "from_identity_arn", ARN),
        ("AWS_SESSION_PROFILE", "mail", "ses_profile", "mail"),
    ],
)
def test_settings_of_earlier_packages_keep_working(
    settings: Any, name: str, value: Any, attribute: str, expected: Any
) -> None:
    setattr(settings, name, value)

    assert getattr(conf.get_mailer(), attribute) == expected


def test_the_region_of_the_environment_is_used_where_no_setting_names_one(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert conf.build_mailer("x", {}).ses_region_name == "eu-west-1"

    del settings.CUCUMBER_SES_REGION_NAME
    assert conf.build_mailer("x", {}).ses_region_name == "eu-central-1"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (None, "eu-central-1"),
        ("shop", "eu-west-3"),
        ("kept-with-its-keys", "eu-north-1"),
        ("no-region", None),
        ("nobody", None),
    ],
)
def test_a_profile_may_name_the_region(
    profile: str | None,
    expected: str | None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """One region for sending, topics, queues and the name of the account."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        "[default]\nregion = eu-central-1\n[profile shop]\nregion = eu-west-3\n"
        "[profile no-region]\noutput = json\n"
    )
    credentials.write_text("[kept-with-its-keys]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_PROFILE", raising=False)
    del settings.CUCUMBER_SES_REGION_NAME

    mailer = conf.build_mailer("x", {"ses_profile": profile} if profile else {})

    assert mailer.ses_region_name == expected
    if profile != "nobody":
        # What boto3 makes of the same files.
        assert boto3.Session(profile_name=profile).region_name == expected


def test_a_wrong_value_is_refused_by_the_name_that_the_user_wrote(
    settings: Any,
) -> None:
    settings.AWS_SES_AUTO_THROTTLE = 7
    with pytest.raises(conf.InvalidSetting, match="AWS_SES_AUTO_THROTTLE must be"):
        conf.get_mailer()

    del settings.AWS_SES_AUTO_THROTTLE
    with pytest.raises(
        conf.InvalidSetting, match=r"MAILERS\['news'\]\['OPTIONS'\]\['lane'\] must be"
    ):
        conf.build_mailer("news", {"lane": "slow"})


def test_a_wrong_setting_is_no_error_that_fail_silently_hides() -> None:
    assert issubclass(conf.InvalidSetting, ImproperlyConfigured)


def test_a_changed_setting_is_seen_at_once(settings: Any) -> None:
    settings.CUCUMBER_LEASE = 300
    assert conf.get_mailer().lease_s == 300

    settings.CUCUMBER_LEASE = 400
    assert conf.get_mailer().lease_s == 400


def test_secrets_are_not_in_the_repr(settings: Any) -> None:
    settings.CUCUMBER_SES_SECRET_ACCESS_KEY = "open sesame"
    settings.CUCUMBER_SES_SESSION_TOKEN = "token of ours"
    settings.DKIM_PRIVATE_KEY = "-----BEGIN KEY-----"

    shown = repr(conf.get_mailer())

    assert "open sesame" not in shown
    assert "token of ours" not in shown
    assert "BEGIN KEY" not in shown


def test_keys_in_the_database_have_settings_of_their_own(settings: Any) -> None:
    defaults = conf.get_dkim()
    assert defaults.rotate_after_s == 180 * 86400
    assert defaults.retire_after_s == 14 * 86400
    assert defaults.on_error == "hold"
    assert "From" in defaults.headers
    assert "List-Unsubscribe-Post" in defaults.headers

    settings.CUCUMBER_DKIM_ROTATE_AFTER = timedelta(days=90)
    settings.CUCUMBER_DKIM_ON_ERROR = "send-unsigned"
    settings.CUCUMBER_DKIM_HEADERS = ["From"]

    changed = conf.get_dkim()
    assert changed.rotate_after_s == 90 * 86400
    assert changed.on_error == "send-unsigned"
    assert changed.headers == ("From",)


def test_what_seals_private_keys_is_not_in_the_repr(settings: Any) -> None:
    settings.SECRET_KEY = "open sesame"
    settings.SECRET_KEY_FALLBACKS = ["older sesame"]
    settings.CUCUMBER_DKIM_ENCRYPTION_KEYS = [
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
    ]

    dkim = conf.get_dkim()

    assert dkim.secrets == ("open sesame", "older sesame")
    assert "sesame" not in repr(dkim)
    assert "cw_0x" not in repr(dkim)


def test_the_pace_is_shared_by_account_and_region() -> None:
    def pace_key(**options: str) -> str:
        return conf.build_mailer("a", options).pace_key

    one = pace_key(ses_access_key_id="AKIA1", ses_region_name="eu-west-1")
    same = pace_key(ses_access_key_id="AKIA1", ses_region_name="eu-west-1")
    region = pace_key(ses_access_key_id="AKIA1", ses_region_name="us-east-1")
    key = pace_key(ses_access_key_id="AKIA2", ses_region_name="eu-west-1")

    assert one == same
    assert len({one, region, key}) == 3
    assert "AKIA1" not in one


def test_two_keys_of_one_account_share_the_pace_if_the_account_has_a_name() -> None:
    one = conf.Mailer(alias="a", ses_access_key_id="AKIA1", account="shop")
    two = conf.Mailer(alias="b", ses_access_key_id="AKIA2", account="shop")

    assert one.pace_key == two.pace_key == "shop/us-east-1"


def test_each_option_has_a_name_of_its_own() -> None:
    assert len(conf.OPTION_NAMES) == len(conf.SETTINGS)


def test_none_keeps_bodies_and_messages_for_good(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_BODIES = None
    settings.CUCUMBER_RETENTION_FAILED_BODIES = None
    settings.CUCUMBER_RETENTION_MESSAGES = None

    assert conf.get_retention() == conf.Retention(
        bodies_s=None, failed_bodies_s=None, messages_s=None
    )


def test_retention_has_defaults_and_can_be_set(settings: Any) -> None:
    assert conf.get_retention().bodies_s == 0
    assert conf.get_retention().messages_s == 90 * 86_400

    settings.CUCUMBER_RETENTION_MESSAGES = 3600
    assert conf.get_retention().messages_s == 3600


def test_mailers_have_options_of_their_own(settings: Any) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": conf.BACKEND, "OPTIONS": {"rate_limit": 5}},
        "news": {"BACKEND": conf.BACKEND, "OPTIONS": {"lane": "bulk"}},
        "console": {"BACKEND": "django.core.mail.backends.console.EmailBackend"},
    }
    conf.get_mailer.cache_clear()

    assert conf.mailer_aliases() == ["default", "news"]
    assert conf.get_mailer("default").rate_limit == 5
    assert conf.get_mailer("news").lane is Lane.BULK
    assert conf.get_mailer("news").rate_limit is None
    with pytest.raises(conf.InvalidSetting, match="MAILERS has no mailer 'gone'"):
        conf.get_mailer("gone")
    # Mail of a mailer that was removed still has to leave.
    assert conf.get_mailer_or_default("gone").alias == "default"


def test_without_mailers_there_is_only_the_default_one(settings: Any) -> None:
    settings.MAILERS = {}
    conf.get_mailer.cache_clear()

    assert conf.mailer_aliases() == ["default"]
    with pytest.raises(conf.InvalidSetting, match="no mailer 'news'"):
        conf.get_mailer("news")


def test_topics_queues_and_types_of_events_are_read(settings: Any) -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:ses-events"
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/ses-events"
    settings.AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS = [topic]
    settings.CUCUMBER_EVENT_QUEUES = [queue]
    settings.CUCUMBER_SNS_SIGNATURE_VERSIONS = [1, 2]
    settings.CUCUMBER_EVENTS = ["bounce", "Complaint"]
    settings.CUCUMBER_RETENTION_EVENTS = None

    mailer, retention = conf.get_mailer(), conf.get_retention()

    assert mailer.sns_topics == {topic}
    assert mailer.event_queues == (queue,)
    assert mailer.sns_signature_versions == {"1", "2"}
    assert retention.event_types == {EventType.BOUNCE, EventType.COMPLAINT}
    assert retention.events_s is None

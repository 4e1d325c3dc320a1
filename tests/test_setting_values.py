"""Values of settings: what is taken, and what a user is told otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config

from seacucumber import setting_values as values
from seacucumber.enums import Lane, OnSigningError, Uncertain

# 32 bytes in URL-safe base64: https://github.com/fernet/spec/blob/master/Spec.md
FERNET_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (values.text, "", ""),
        (values.text_or_none, "  ", None),
        (values.text_or_none, " key ", "key"),
        (values.text_or_none, b"-----BEGIN\n", "-----BEGIN"),
        (values.names, ["From", b"To"], ("From", "To")),
        (values.mapping, {"proxies": {}}, {"proxies": {}}),
        (
            values.mapping,
            Config(max_pool_connections=7),
            {"max_pool_connections": 7},
        ),
        (values.name_servers, [], ()),
        (
            values.name_servers,
            ["10.0.0.2", "ns-1.example.com:5353", "[2001:db8::1]:5353", "::1"],
            (
                ("10.0.0.2", 53),
                ("ns-1.example.com", 5353),
                ("2001:db8::1", 5353),
                ("::1", 53),
            ),
        ),
        (values.region, "eu-west-1", "eu-west-1"),
        (values.region, "us-gov-east-1", "us-gov-east-1"),
        (values.region, "", None),
        (values.endpoint, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        # django-ses takes a bare host (AWS_SES_REGION_ENDPOINT).
        (
            values.endpoint,
            "email.eu-west-1.amazonaws.com",
            "https://email.eu-west-1.amazonaws.com",
        ),
        (values.seconds, 0, 0.0),
        (values.seconds, timedelta(minutes=2), 120.0),
        (values.seconds_or_none, None, None),
        (values.whole_number, 0, 0),
        (values.message_bytes, 40 * 1024 * 1024, 41_943_040),
        (values.fraction, 1, 1.0),
        (values.headroom, 0.5, 0.5),
        (values.uncertain, "hold", Uncertain.HOLD),
        (values.fernet_keys, [], ()),
        (
            values.fernet_keys,
            [FERNET_KEY, FERNET_KEY.encode()],
            (FERNET_KEY,) * 2,
        ),
        (values.on_signing_error, "hold", OnSigningError.HOLD),
        (
            values.on_signing_error,
            "send-unsigned",
            OnSigningError.SEND_UNSIGNED,
        ),
        (values.lane, "bulk", Lane.BULK),
        (values.lane, "Transactional", Lane.TRANSACTIONAL),
        (values.lane, 1, Lane.BULK),
        (values.configuration_set, "", ""),
        (values.configuration_set, "news_2-x", "news_2-x"),
        (values.tags, "a=b, c=d", {"a": "b", "c": "d"}),
        (values.tags, {"kind": "welcome"}, {"kind": "welcome"}),
        (values.metadata, '{"order": 7}', {"order": 7}),
        (values.metadata, {"order": [1, None]}, {"order": [1, None]}),
    ],
)
def test_a_usable_value_is_read(
    parse: Callable[[Any], Any], value: Any, expected: Any
) -> None:
    assert parse(value) == expected


@pytest.mark.parametrize(
    ("value", "per_s"),
    [
        (14, 14.0),
        (0.5, 0.5),
        ("14", 14.0),
        # Celery: "100/s", "100/m", "100/h".
        ("100/s", 100.0),
        ("120/m", 2.0),
        (" 3600 / h ", 1.0),
        # Sea Cucumber 1.5: 0 is no limit of one's own.
        (0, None),
        ("0/m", None),
    ],
)
def test_a_rate_is_recipients_per_second_or_celerys_text(
    value: Any, per_s: float | None
) -> None:
    assert values.rate_per_s(value) == per_s


@pytest.mark.parametrize(
    ("parse", "value", "words"),
    [
        (values.text, 1, "must be a string"),
        (values.text_or_none, ["key"], "must be a string"),
        (values.names, "From, To", "must be a list of header names"),
        (values.names, 5, "must be a list of header names"),
        (values.mapping, "x", "must be a dict of botocore options"),
        (values.name_servers, "10.0.0.2", "list of DNS servers"),
        (values.name_servers, [53], "string"),
        (values.name_servers, ["ns.example.com:99999"], "servers such as"),
        (values.name_servers, ["ns.example.com:"], "servers such as"),
        (values.name_servers, ["http://ns.example.com"], "servers such as"),
        (values.region, "Ireland", "AWS region such as 'eu-west-1'"),
        (values.endpoint, "ftp://ses", "must be an http or https URL"),
        (values.endpoint, "host/path", "must be an http or https URL"),
        (values.seconds, True, "must be seconds or a timedelta"),
        (values.seconds, "5", "must be seconds or a timedelta"),
        (values.seconds, -1, "at least 0 seconds"),
        (values.seconds, math.inf, "at least 0 seconds"),
        (values.seconds, math.nan, "at least 0 seconds"),
        (values.whole_number, 1.5, "must be a whole number"),
        (values.whole_number, -1, "must be a whole number"),
        (values.whole_number, True, "must be a whole number"),
        (values.message_bytes, 0, "1 to 41943040 bytes"),
        (values.message_bytes, 40 * 1024 * 1024 + 1, "1 to 41943040 bytes"),
        (
            values.rate_per_s,
            "fast",
            "recipients per second or text like '100/m'",
        ),
        (
            values.rate_per_s,
            "100/d",
            "recipients per second or text like '100/m'",
        ),
        (
            values.rate_per_s,
            "1.2.3",
            "recipients per second or text like '100/m'",
        ),
        (values.rate_per_s, -1, "recipients per second or text like '100/m'"),
        (values.rate_per_s, True, "recipients per second or text like '100/m'"),
        (
            values.rate_per_s,
            math.inf,
            "recipients per second or text like '100/m'",
        ),
        (
            values.rate_per_s,
            math.nan,
            "recipients per second or text like '100/m'",
        ),
        (values.rate_per_s, 1e-300, "from one a day"),
        (values.rate_per_s, "0.01/h", "from one a day"),
        (values.rate_per_s, 10**400, "to a million a second"),
        (values.seconds, math.inf, "at most 100 years"),
        (values.seconds, 10**400, "at most 100 years"),
        (values.seconds, timedelta.max, "at most 100 years"),
        (values.fraction, 1.1, "number from 0 to 1"),
        (values.fraction, "half", "number from 0 to 1"),
        (values.fraction, math.nan, "number from 0 to 1"),
        (values.headroom, 0, "with 0 nothing would be sent"),
        (values.uncertain, "drop", "must be 'resend' or 'hold'"),
        (values.fernet_keys, FERNET_KEY, "must be a list of Fernet keys"),
        (values.fernet_keys, None, "must be a list of Fernet keys"),
        (values.fernet_keys, [FERNET_KEY, FERNET_KEY[:-4]], "32 bytes"),
        (values.fernet_keys, ["\u00e9"], "32 bytes"),
        (values.fernet_keys, [7], "32 bytes"),
        (values.on_signing_error, "drop", "must be 'hold' or 'send-unsigned'"),
        (values.lane, "fast", "must be 'transactional' or 'bulk'"),
        (values.lane, 2, "must be 'transactional' or 'bulk'"),
        (values.configuration_set, "two words", "must be 1 to 64"),
        (values.configuration_set, "x" * 65, "must be 1 to 64"),
        (values.tags, "a", "must look like 'name=value, name=value'"),
        (values.tags, {"a": "b c"}, "1 to 256 of A-Z a-z 0-9 _ -"),
        (values.tags, {"a": 1}, "1 to 256 of A-Z a-z 0-9 _ -"),
        (values.tags, ["a"], "must be a dict of SES message tags"),
        (values.tags, {"cucumber_message": "x"}, "cucumber_* is our own"),
        (values.metadata, "{", "must be a JSON object"),
        (values.metadata, "[1]", "must be a dict"),
        (values.metadata, {"a": object()}, "must be what JSON can hold"),
        (values.metadata, {"a": math.nan}, "must be what JSON can hold"),
    ],
)
def test_anything_else_is_refused_in_words_that_say_what_would_be_right(
    parse: Callable[[Any], Any], value: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=r"must|cannot") as raised:
        parse(value)

    assert words in str(raised.value)


def test_a_mapping_is_copied() -> None:
    given = {"kind": "welcome"}

    read = values.tags(given)
    given["kind"] = "changed"

    assert read == {"kind": "welcome"}

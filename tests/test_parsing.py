"""Values of settings: what is taken, and what a user is told otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config

from seacucumber import parsing
from seacucumber.enums import Lane, OnSigningError, Uncertain

# 32 bytes in URL-safe base64: https://github.com/fernet/spec/blob/master/Spec.md
FERNET_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


@pytest.mark.parametrize(
    ("parse", "value", "expected"),
    [
        (parsing.text, "", ""),
        (parsing.text_or_none, "  ", None),
        (parsing.text_or_none, " key ", "key"),
        (parsing.text_or_none, b"-----BEGIN\n", "-----BEGIN"),
        (parsing.names, ["From", b"To"], ("From", "To")),
        (parsing.mapping, {"proxies": {}}, {"proxies": {}}),
        (parsing.mapping, Config(max_pool_connections=7), {"max_pool_connections": 7}),
        (parsing.name_servers, [], ()),
        (
            parsing.name_servers,
            ["10.0.0.2", "ns-1.example.com:5353", "[2001:db8::1]:5353", "::1"],
            (
                ("10.0.0.2", 53),
                ("ns-1.example.com", 5353),
                ("2001:db8::1", 5353),
                ("::1", 53),
            ),
        ),
        (parsing.region, "eu-west-1", "eu-west-1"),
        (parsing.region, "us-gov-east-1", "us-gov-east-1"),
        (parsing.region, "", None),
        (parsing.endpoint, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        # django-ses takes a bare host (AWS_SES_REGION_ENDPOINT).
        (
            parsing.endpoint,
            "email.eu-west-1.amazonaws.com",
            "https://email.eu-west-1.amazonaws.com",
        ),
        (parsing.seconds, 0, 0.0),
        (parsing.seconds, timedelta(minutes=2), 120.0),
        (parsing.seconds_or_none, None, None),
        (parsing.whole_number, 0, 0),
        (parsing.message_bytes, 40 * 1024 * 1024, 41_943_040),
        (parsing.fraction, 1, 1.0),
        (parsing.headroom, 0.5, 0.5),
        (parsing.uncertain, "hold", Uncertain.HOLD),
        (parsing.fernet_keys, [], ()),
        (parsing.fernet_keys, [FERNET_KEY, FERNET_KEY.encode()], (FERNET_KEY,) * 2),
        (parsing.on_signing_error, "hold", OnSigningError.HOLD),
        (parsing.on_signing_error, "send-unsigned", OnSigningError.SEND_UNSIGNED),
        (parsing.lane, "bulk", Lane.BULK),
        (parsing.lane, "Transactional", Lane.TRANSACTIONAL),
        (parsing.lane, 1, Lane.BULK),
        (parsing.configuration_set, "", ""),
        (parsing.configuration_set, "news_2-x", "news_2-x"),
        (parsing.tags, "a=b, c=d", {"a": "b", "c": "d"}),
        (parsing.tags, {"kind": "welcome"}, {"kind": "welcome"}),
        (parsing.metadata, '{"order": 7}', {"order": 7}),
        (parsing.metadata, {"order": [1, None]}, {"order": [1, None]}),
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
    assert parsing.rate_per_s(value) == per_s


@pytest.mark.parametrize(
    ("parse", "value", "words"),
    [
        (parsing.text, 1, "must be a string"),
        (parsing.text_or_none, ["key"], "must be a string"),
        (parsing.names, "From, To", "must be a list of header names"),
        (parsing.names, 5, "must be a list of header names"),
        (parsing.mapping, "x", "must be a dict of botocore options"),
        (parsing.name_servers, "10.0.0.2", "list of DNS servers"),
        (parsing.name_servers, [53], "string"),
        (parsing.name_servers, ["ns.example.com:99999"], "servers such as"),
        (parsing.name_servers, ["ns.example.com:"], "servers such as"),
        (parsing.name_servers, ["http://ns.example.com"], "servers such as"),
        (parsing.region, "Ireland", "AWS region such as 'eu-west-1'"),
        (parsing.endpoint, "ftp://ses", "must be an http or https URL"),
        (parsing.endpoint, "host/path", "must be an http or https URL"),
        (parsing.seconds, True, "must be seconds or a timedelta"),
        (parsing.seconds, "5", "must be seconds or a timedelta"),
        (parsing.seconds, -1, "at least 0 seconds"),
        (parsing.seconds, math.inf, "at least 0 seconds"),
        (parsing.seconds, math.nan, "at least 0 seconds"),
        (parsing.whole_number, 1.5, "must be a whole number"),
        (parsing.whole_number, -1, "must be a whole number"),
        (parsing.whole_number, True, "must be a whole number"),
        (parsing.message_bytes, 0, "1 to 41943040 bytes"),
        (parsing.message_bytes, 40 * 1024 * 1024 + 1, "1 to 41943040 bytes"),
        (parsing.rate_per_s, "fast", "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, "100/d", "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, "1.2.3", "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, -1, "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, True, "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, math.inf, "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, math.nan, "recipients per second or text like '100/m'"),
        (parsing.rate_per_s, 1e-300, "from one a day"),
        (parsing.rate_per_s, "0.01/h", "from one a day"),
        (parsing.rate_per_s, 10**400, "to a million a second"),
        (parsing.seconds, math.inf, "at most 100 years"),
        (parsing.seconds, 10**400, "at most 100 years"),
        (parsing.seconds, timedelta.max, "at most 100 years"),
        (parsing.fraction, 1.1, "number from 0 to 1"),
        (parsing.fraction, "half", "number from 0 to 1"),
        (parsing.fraction, math.nan, "number from 0 to 1"),
        (parsing.headroom, 0, "with 0 nothing would be sent"),
        (parsing.uncertain, "drop", "must be 'resend' or 'hold'"),
        (parsing.fernet_keys, FERNET_KEY, "must be a list of Fernet keys"),
        (parsing.fernet_keys, None, "must be a list of Fernet keys"),
        (parsing.fernet_keys, [FERNET_KEY, FERNET_KEY[:-4]], "32 bytes"),
        (parsing.fernet_keys, ["\u00e9"], "32 bytes"),
        (parsing.fernet_keys, [7], "32 bytes"),
        (parsing.on_signing_error, "drop", "must be 'hold' or 'send-unsigned'"),
        (parsing.lane, "fast", "must be 'transactional' or 'bulk'"),
        (parsing.lane, 2, "must be 'transactional' or 'bulk'"),
        (parsing.configuration_set, "two words", "must be 1 to 64"),
        (parsing.configuration_set, "x" * 65, "must be 1 to 64"),
        (parsing.tags, "a", "must look like 'name=value, name=value'"),
        (parsing.tags, {"a": "b c"}, "1 to 256 of A-Z a-z 0-9 _ -"),
        (parsing.tags, {"a": 1}, "1 to 256 of A-Z a-z 0-9 _ -"),
        (parsing.tags, ["a"], "must be a dict of SES message tags"),
        (parsing.tags, {"cucumber_message": "x"}, "cucumber_* is our own"),
        (parsing.metadata, "{", "must be a JSON object"),
        (parsing.metadata, "[1]", "must be a dict"),
        (parsing.metadata, {"a": object()}, "must be what JSON can hold"),
        (parsing.metadata, {"a": math.nan}, "must be what JSON can hold"),
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

    read = parsing.tags(given)
    given["kind"] = "changed"

    assert read == {"kind": "welcome"}

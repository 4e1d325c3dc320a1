"""Readers of setting values. Each raises ValueError with words that continue
"SETTING ...", so that the user learns what would be right.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from seacucumber.enums import Lane, OnSigningError, Uncertain

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_RATE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(?:/\s*([smh]))?\s*")
_NAME_SERVER = re.compile(
    r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<bare_v6>[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*)"
)
#: Longer than anybody waits, and short enough for a moment in microseconds.
_LONGEST_S = 100 * 366 * 86_400
#: Slower would be no pace: one a day.
SLOWEST_PER_S = 1 / 86_400
_FASTEST_PER_S = 1_000_000
_SECONDS_PER = {"s": 1.0, "m": 60.0, "h": 3600.0}
_TAG_PREFIX = "cucumber_"
_IDENTITY_ARN = re.compile(
    r"arn:aws[a-z-]*:ses:[a-z0-9-]+:[0-9]{12}:identity/[!-~]{1,320}"
)


def text(value: Any) -> str:
    """Read a string."""
    if not isinstance(value, str):
        raise ValueError(f"must be a string, not {value!r}.")
    return value


def ascii_text(value: Any) -> str:
    """Read a string, or its bytes, as Sea Cucumber 1.5 took some settings."""
    if isinstance(value, bytes):
        return value.decode("ascii", "backslashreplace")
    return text(value)


def identity_arn(value: Any) -> str:
    """Read the ARN of an SES identity; an empty text is none."""
    arn = text(value).strip()
    if arn and not _IDENTITY_ARN.fullmatch(arn):
        raise ValueError(
            "must be the ARN of an SES identity, such as"
            f" 'arn:aws:ses:eu-west-1:123456789012:identity/example.com', not {arn!r}."
        )
    return arn


def text_or_none(value: Any) -> str | None:
    """Read a string, or bytes as files have them; empty means unset."""
    if isinstance(value, bytes):
        value = value.decode("ascii")
    return text(value).strip() or None


def names(value: Any) -> tuple[str, ...]:
    """Read a list or tuple of header names."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of header names, not {value!r}.")
    return tuple(
        name.decode("ascii") if isinstance(name, bytes) else text(name)
        for name in value
    )


def fernet_keys(value: Any) -> tuple[str, ...]:
    """Read a list of Fernet keys. Never repeats what it has read."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise ValueError("must be a list of Fernet keys.")
    return tuple(_fernet_key(key) for key in value)


def on_signing_error(value: Any) -> OnSigningError:
    """Read what to do when a signature cannot be made."""
    try:
        return OnSigningError(value)
    except ValueError:
        raise ValueError(f"must be 'hold' or 'send-unsigned', not {value!r}.") from None


def name_servers(value: Any) -> tuple[tuple[str, int], ...]:
    """Read DNS servers: a list of ``host``, ``host:port`` or ``[IPv6]:port``."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of DNS servers, not {value!r}.")
    return tuple(_name_server(text(server).strip()) for server in value)


def mapping(value: Any) -> Mapping[str, Any]:
    """Read a dict, or an object with botocore's ``Config`` shape."""
    if isinstance(value, Mapping):
        return dict(value)
    given = getattr(value, "_user_provided_options", None)
    if isinstance(given, Mapping):
        return dict(given)
    raise ValueError(f"must be a dict of botocore options, not {value!r}.")


def region(value: Any) -> str | None:
    """Read an AWS region."""
    name = text_or_none(value)
    if name is not None and not _REGION.fullmatch(name):
        raise ValueError(f"must be an AWS region such as 'eu-west-1', not {value!r}.")
    return name


def endpoint(value: Any) -> str | None:
    """Read a URL; a bare host, as django-ses takes it, gets https."""
    url = text_or_none(value)
    if url is None or url.startswith(("http://", "https://")):
        return url
    if "://" in url or "/" in url or " " in url:
        raise ValueError(f"must be an http or https URL, not {value!r}.")
    return f"https://{url}"


def seconds(value: Any) -> float:
    """Read a positive duration: a number of seconds or a timedelta."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be seconds or a timedelta, not {value!r}.")
    if not 0 <= value <= _LONGEST_S:
        raise ValueError(
            f"must be a duration of at least 0 seconds, and at most 100 years, not"
            f" {value!r}."
        )
    return float(value)


def seconds_or_none(value: Any) -> float | None:
    """Read a duration; None means for ever."""
    return None if value is None else seconds(value)


def whole_number(value: Any) -> int:
    """Read an int of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"must be a whole number of at least 0, not {value!r}.")
    return value


def message_bytes(value: Any) -> int:
    """Read a size in bytes, at most the 40 MB that SES accepts."""
    size = whole_number(value)
    if not 0 < size <= 40 * 1024 * 1024:
        raise ValueError(f"must be 1 to 41943040 bytes (SES takes 40 MB), not {size}.")
    return size


def rate_per_s(value: Any) -> float | None:
    """Read recipients per second: a number, or text as Celery has it (``"100/m"``).

    0 sets no limit of its own, as in Sea Cucumber 1.5: the account's rate applies.
    """
    if isinstance(value, str):
        match = _RATE.fullmatch(value)
        value = float(match[1]) / _SECONDS_PER[match[2] or "s"] if match else value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN is neither.
    if not (number and (value == 0 or SLOWEST_PER_S <= value <= _FASTEST_PER_S)):
        raise ValueError(
            "must be recipients per second or text like '100/m', from one a day to a"
            f" million a second, not {value!r}."
        )
    return float(value) or None


def fraction(value: Any) -> float:
    """Read a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number from 0 to 1, not {value!r}.")
    if not 0 <= value <= 1:
        raise ValueError(f"must be a number from 0 to 1, not {value!r}.")
    return float(value)


def headroom(value: Any) -> float:
    """Read the part of the account's rate to use: above 0, at most 1."""
    part = fraction(value)
    if part == 0:
        raise ValueError("must be above 0 and at most 1; with 0 nothing would be sent.")
    return part


def uncertain(value: Any) -> Uncertain:
    """Read what to do when an outcome is unknown."""
    try:
        return Uncertain(value)
    except ValueError:
        raise ValueError(f"must be 'resend' or 'hold', not {value!r}.") from None


def lane(value: Any) -> Lane:
    """Read a lane by name or number."""
    if isinstance(value, str) and value.upper() in Lane.__members__:
        return Lane[value.upper()]
    try:
        return Lane(value)
    except ValueError:
        raise ValueError(f"must be 'transactional' or 'bulk', not {value!r}.") from None


def configuration_set(value: Any) -> str:
    """Read the name of a configuration set; empty means none."""
    if callable(value):
        raise ValueError(
            "must be a name: for one that depends on the message, set its attribute"
            " cucumber_configuration_set."
        )
    name = text(value)
    if name and not _CONFIGURATION_SET.fullmatch(name):
        raise ValueError(
            f"must be 1 to 64 of A-Z a-z 0-9 _ - (SES's rule), not {value!r}."
        )
    return name


def tags(value: Any) -> Mapping[str, str]:
    """Read SES message tags, a dict, or text like ``"a=b, c=d"``."""
    if isinstance(value, str):
        value = _pairs(value)
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a dict of SES message tags, not {value!r}.")
    for part in (*value.keys(), *value.values()):
        if not isinstance(part, str) or not _TAG.fullmatch(part):
            raise ValueError(
                f"must have names and values of 1 to 256 of A-Z a-z 0-9 _ -"
                f" (SES's rule), not {part!r}."
            )
    for name in value:
        if name.startswith(_TAG_PREFIX):
            raise ValueError(f"must not use {name!r}: {_TAG_PREFIX}* is our own.")
    return dict(value)


def metadata(value: Any) -> Mapping[str, Any]:
    """Read a dict that JSON can hold, or its JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(f"must be a JSON object, not {value!r}.") from None
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a dict, not {value!r}.")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"must be what JSON can hold: {error}.") from None
    return dict(value)


def switch(value: Any) -> bool:
    """Read True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"must be True or False, not {value!r}.")
    return value


def _fernet_key(value: Any) -> str:
    key = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    try:
        size_bytes = len(base64.urlsafe_b64decode(key))
    except (ValueError, TypeError):
        size_bytes = 0
    if size_bytes != 32:
        raise ValueError(
            "must have Fernet keys only: 32 bytes in URL-safe base64, as"
            " cryptography's Fernet.generate_key() makes them."
        )
    return str(key)


def _name_server(value: str) -> tuple[str, int]:
    match = _NAME_SERVER.fullmatch(value)
    port = int(match["port"] or 53) if match else 0
    if match is None or not 0 < port < 65536:
        raise ValueError(
            f"must have servers such as '10.0.0.2', 'ns.example.com:53' or"
            f" '[2001:db8::1]:53', not {value!r}."
        )
    return match["v6"] or match["bare_v6"] or match["host"], port


def _pairs(value: str) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if any(not separator for _, separator, _ in pairs):
        raise ValueError(f"must look like 'name=value, name=value', not {value!r}.")
    return {name.strip(): text.strip() for name, _, text in pairs}

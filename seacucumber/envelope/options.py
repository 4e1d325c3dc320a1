"""What a message says about its own delivery: attribute, else header, else default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.mail import EmailMessage

from seacucumber import setting_values as values
from seacucumber.enums import Lane, Uncertain
from seacucumber.envelope.headers import (
    CONFIGURATION_SET,
    MESSAGE_TAGS,
    OPTION_HEADERS,
    OPTION_PREFIX,
)
from seacucumber.envelope.shapes import Defaults
from seacucumber.exceptions import InvalidMessage
from seacucumber.other_backends import REFUSED_ATTRIBUTES

_PREFIX = "cucumber_"
_ATTRIBUTES = (
    "cucumber_configuration_set",
    "cucumber_expires",
    "cucumber_ids",
    "cucumber_lane",
    "cucumber_metadata",
    "cucumber_tags",
    "cucumber_uncertain",
)


class Options(NamedTuple):
    """The resolved options of one message."""

    lane: Lane
    uncertain: Uncertain
    configuration_set: str
    expires_s: float | None
    tags: Mapping[str, str]
    metadata: Mapping[str, Any]


class _Given:
    """What one message gives, weakest first, each with the name to blame."""

    def __init__(self, message: EmailMessage, headers: Mapping[str, str]) -> None:
        self._message = message
        self._headers = headers

    def values(
        self, option: str, parse: Callable[[Any], Any], ses_header: str = ""
    ) -> list[Any]:
        """Return the parsed values that are given for an option, weakest first."""
        attribute = f"cucumber_{option}"
        found = []
        for header in (ses_header, OPTION_PREFIX + option.replace("_", "-")):
            if header in self._headers:
                written = OPTION_HEADERS[header]
                found.append(_parsed(parse, self._headers[header].strip(), written))
        value = getattr(self._message, attribute, None)
        if value is not None:
            found.append(_parsed(parse, value, attribute))
        return found


def resolve(
    message: EmailMessage, headers: Mapping[str, str], defaults: Defaults
) -> Options:
    """Return the options of a message.

    Args:
        message: May have ``cucumber_*`` attributes.
        headers: Texts of the option headers, by lower-case name.
        defaults: Hold where the message says nothing; tags and metadata are merged
            over them.

    Raises:
        InvalidMessage: naming the header or attribute that cannot be used.
    """
    _refuse_unknown(message)
    given = _Given(message, headers)
    lane = given.values("lane", values.lane)
    uncertain = given.values("uncertain", values.uncertain)
    names = given.values(
        "configuration_set", values.configuration_set, CONFIGURATION_SET
    )
    expires_s = given.values("expires", _seconds_from_now)
    tags = given.values("tags", values.tags, MESSAGE_TAGS)
    metadata = given.values("metadata", values.metadata)
    return Options(
        lane=lane[-1] if lane else defaults.lane,
        uncertain=uncertain[-1] if uncertain else defaults.uncertain,
        configuration_set=names[-1] if names else defaults.configuration_set,
        expires_s=expires_s[-1] if expires_s else defaults.expires_s,
        tags=_merged(defaults.tags, tags),
        metadata=_merged(defaults.metadata, metadata),
    )


def _refuse_unknown(message: EmailMessage) -> None:
    """Refuse attributes that would change the mail's meaning, if they had one here."""
    for name in (*vars(message), *_class_attributes(type(message))):  # type: ignore[arg-type]
        if name in REFUSED_ATTRIBUTES and _is_given(getattr(message, name, None)):
            raise InvalidMessage(
                name,
                "attribute belongs to another backend and has no effect here."
                f" {REFUSED_ATTRIBUTES[name]}",
            )
        if name.startswith(_PREFIX) and name not in _ATTRIBUTES:
            raise InvalidMessage(
                name, f"attribute is unknown; there are {', '.join(_ATTRIBUTES)}."
            )


def _is_given(value: object) -> bool:
    # A method of that name is a project's own; and what was not given is a class in a
    # message of anymail's (anymail.utils.UNSET).
    return value is not None and not callable(value)


@lru_cache(maxsize=128)
def _class_attributes(kind: type[EmailMessage]) -> tuple[str, ...]:
    return tuple(
        name
        for name in dir(kind)
        if name.startswith(_PREFIX) or name in REFUSED_ATTRIBUTES
    )


def _merged(
    weakest: Mapping[str, Any], others: list[Mapping[str, Any]]
) -> Mapping[str, Any]:
    merged = dict(weakest)
    for other in others:
        merged.update(other)
    return merged


def _parsed(parse: Callable[[Any], Any], value: Any, name: str) -> Any:
    try:
        return parse(value)
    except (ValueError, TypeError) as error:
        raise InvalidMessage(name, str(error)) from None


def _seconds_from_now(value: Any) -> float:
    """Read a duration, or the moment (aware, or its ISO 8601 text) it ends at."""
    if isinstance(value, str):
        value = _number_or_moment(value)
    if not isinstance(value, datetime):
        if isinstance(value, timedelta | int | float):
            return values.seconds(value)
        raise ValueError(
            "must be seconds, a timedelta, an aware datetime or its ISO 8601 text,"
            f" not {value!r}."
        )
    if value.utcoffset() is None:
        raise ValueError(f"must have a time zone: {value.isoformat()}.")
    left_s = (value - datetime.now(UTC)).total_seconds()
    if left_s <= 0:
        raise ValueError(f"lies in the past: {value.isoformat()}.")
    return left_s


def _number_or_moment(text: str) -> float | datetime:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"must be seconds or a moment in ISO 8601, not {text!r}."
        ) from None

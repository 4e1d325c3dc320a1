"""Attribute, else header, else default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from seacucumber.enums import Lane, Uncertain
from seacucumber.envelope import Defaults, build
from seacucumber.exceptions import InvalidMessage
from tests.envelope import frozen, message


def with_attributes(mail, **attributes):
    for name, value in attributes.items():
        setattr(mail, name, value)
    return mail


@pytest.mark.parametrize(
    ("option", "header", "from_header", "attribute", "from_attribute"),
    [
        ("lane", "bulk", Lane.BULK, "transactional", Lane.TRANSACTIONAL),
        ("uncertain", "hold", Uncertain.HOLD, Uncertain.RESEND, Uncertain.RESEND),
        ("configuration_set", "one", "one", "two", "two"),
    ],
)
def test_the_attribute_beats_the_header(
    option, header, from_header, attribute, from_attribute
):
    name = "X-Cucumber-" + option.replace("_", "-").title()
    mail = message(headers={name: header})
    assert getattr(frozen(mail), option) == from_header
    with_attributes(mail, **{f"cucumber_{option}": attribute})
    assert getattr(frozen(mail), option) == from_attribute


def test_a_class_may_set_its_lane_for_all_its_messages():
    class Newsletter(type(message())):
        cucumber_lane = "bulk"

    mail = Newsletter("News", "Hi", "a@example.com", ["b@example.com"])
    assert frozen(mail).lane is Lane.BULK


def test_sess_own_headers_are_weaker_than_ours():
    headers = {
        "X-SES-CONFIGURATION-SET": "theirs",
        "X-SES-MESSAGE-TAGS": "a=1, b=1",
    }
    envelope = frozen(message(headers=headers))
    assert (envelope.configuration_set, envelope.tags) == (
        "theirs",
        {"a": "1", "b": "1"},
    )
    headers |= {
        "X-Cucumber-Configuration-Set": "ours",
        "X-Cucumber-Tags": "b=2",
    }
    envelope = frozen(message(headers=headers))
    assert envelope.configuration_set == "ours"
    assert envelope.tags == {"a": "1", "b": "2"}


def test_an_empty_configuration_set_switches_the_default_off():
    mail = with_attributes(message(), cucumber_configuration_set="")
    assert build(mail, Defaults(configuration_set="events")).configuration_set == ""


def test_tags_and_metadata_are_merged():
    defaults = Defaults(tags={"app": "shop", "kind": "x"}, metadata={"a": 1, "b": 1})
    mail = message(
        headers={"X-Cucumber-Tags": "kind=order", "X-Cucumber-Metadata": '{"b": 2}'}
    )
    with_attributes(mail, cucumber_tags={"n": "1"}, cucumber_metadata={"c": [3]})
    envelope = build(mail, defaults)
    assert envelope.tags == {"app": "shop", "kind": "order", "n": "1"}
    assert envelope.metadata == {"a": 1, "b": 2, "c": [3]}
    assert defaults.tags == {"app": "shop", "kind": "x"}


@pytest.mark.parametrize("given", [90, 90.0, timedelta(minutes=1.5), "90"])
def test_an_expiry_may_be_a_duration(given):
    mail = with_attributes(message(), cucumber_expires=given)
    assert frozen(mail).expires_s == 90.0


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
@pytest.mark.parametrize("written", [lambda at: at, datetime.isoformat])
def test_an_expiry_may_be_a_moment(zone, written):
    moment = datetime.now(zone) + timedelta(hours=1)
    mail = with_attributes(message(), cucumber_expires=written(moment))
    assert 3500 < frozen(mail).expires_s <= 3600


def test_a_header_may_hold_the_expiry():
    assert frozen(message(headers={"X-Cucumber-Expires": " 60 "})).expires_s == 60.0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("lane", "express"),
        ("uncertain", "maybe"),
        ("configuration_set", "has blank"),
        ("tags", "a b=c"),  # B32
        ("tags", "a=ü"),
        ("tags", f"a={'x' * 257}"),
        ("tags", "cucumber_message=1"),
        ("tags", "novalue"),
        ("metadata", "[1]"),
        ("metadata", "{"),
        ("expires", "soon"),
        ("expires", "-1"),
        ("expires", "nan"),
        ("expires", "2020-01-01T00:00:00+00:00"),
        ("expires", "2999-01-01T00:00:00"),
    ],
)
def test_a_bad_value_is_refused_naming_where_it_stands(option, value):
    header = "X-Cucumber-" + option.replace("_", "-").title()
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers={header: value}))
    assert caught.value.field == header
    mail = with_attributes(message(), **{f"cucumber_{option}": value})
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == f"cucumber_{option}"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("expires", [1]),
        ("expires", True),
        ("tags", {"a": 1}),
        ("metadata", {"a": object()}),
    ],
)
def test_a_bad_object_is_refused_by_the_name_of_the_attribute(option, value):
    mail = with_attributes(message(), **{f"cucumber_{option}": value})
    with pytest.raises(InvalidMessage) as caught:
        frozen(mail)
    assert caught.value.field == f"cucumber_{option}"


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"X-SES-MESSAGE-TAGS": "a b=c"}, "X-SES-MESSAGE-TAGS"),
        ({"x-ses-configuration-set": "a b"}, "X-SES-CONFIGURATION-SET"),
    ],
)
def test_bad_values_for_ses_are_refused(headers, field):  # B09
    with pytest.raises(InvalidMessage) as caught:
        frozen(message(headers=headers))
    assert caught.value.field == field

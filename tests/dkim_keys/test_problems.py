"""What of the keys needs somebody, in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seacucumber import dkim_keys
from seacucumber.dkim_keys import KeyProblem
from seacucumber.models import DkimKey
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import active, again, for_ses, new, published

pytestmark = pytest.mark.django_db


def only() -> KeyProblem:
    [problem] = dkim_keys.key_problems()
    return problem


def test_keys_that_sign_or_are_gone_are_no_trouble(zone: Zone, time: Time) -> None:
    dkim_keys.check(active(zone, time))
    dkim_keys.abandon(new("example.org"), actor="ann")

    assert dkim_keys.key_problems() == ()


def test_pending_key_waits_for_its_record(zone: Zone) -> None:
    key = new()
    dkim_keys.check(key)

    assert only().summary == (
        f"{key} waits for its record in DNS. No key record is published."
    )
    assert "Publish" in only().remedy
    assert not only().urgent

    zone.publish(key)
    dkim_keys.check(again(key))
    assert dkim_keys.key_problems() == ()


def test_published_key_waits_for_somebody(zone: Zone, time: Time) -> None:
    key = published(zone, time)
    assert only().remedy == "Activate it."

    zone.remove(key)
    dkim_keys.check(key)
    assert "was there" in only().summary


def test_successor_that_activates_itself_waits_for_nobody(
    zone: Zone, time: Time
) -> None:
    key = active(zone, time)
    dkim_keys.check(key)
    published(zone, time, dkim_keys.rotate(key, actor="ann"))

    assert dkim_keys.key_problems() == ()


def test_active_key_without_its_record_becomes_urgent(zone: Zone, time: Time) -> None:
    key = active(zone, time)
    zone.remove(key)
    new("a.example.org")

    urgent = []
    for _ in range(3):
        dkim_keys.check(key)
        urgent.append([each.urgent for each in dkim_keys.key_problems()])

    # The urgent one comes first, whatever its domain.
    assert urgent == [[False, False], [False, False], [True, False]]
    assert "cannot verify" in dkim_keys.key_problems()[0].summary


def test_active_key_whose_record_is_a_test_is_told(zone: Zone, time: Time) -> None:
    key = active(zone, time)
    zone.publish(key, f"v=DKIM1; t=y; p={key.public_key}")
    dkim_keys.check(key)

    assert "t=y" in only().summary


def test_key_that_nobody_can_open_is_urgent(
    zone: Zone, time: Time, settings: Any
) -> None:
    key = active(zone, time)
    dkim_keys.check(key)
    settings.SECRET_KEY = "another one"

    assert only().urgent
    assert "cannot be opened" in only().summary


def test_active_key_that_was_never_looked_for_is_told() -> None:
    dkim_keys.activate(new(), actor="ann", override=True)

    assert "nobody has looked" in only().summary


def test_rotation_that_nobody_cares_for_is_overdue(zone: Zone, time: Time) -> None:
    key = active(zone, time)
    dkim_keys.check(key)
    time.passes(days=209)
    assert dkim_keys.key_problems() == ()
    time.passes(days=2)

    assert "overdue" in only().summary


def test_old_records_are_looked_after_to_the_end(zone: Zone, time: Time) -> None:
    key = dkim_keys.retire(active(zone, time), actor="ann")
    dkim_keys.check(key)
    assert dkim_keys.key_problems() == ()
    zone.remove(key)
    dkim_keys.check(key)
    assert "gone too early" in only().summary

    zone.publish(key)
    dkim_keys.revoke(key, actor="ann", reason="Lost.")
    assert "is still in DNS" in only().summary
    zone.remove(key)
    dkim_keys.check(key)
    assert dkim_keys.key_problems() == ()
    zone.publish(key)
    dkim_keys.check(key)
    assert "again" in only().summary


def test_ses_that_found_nothing_is_told(zone: Zone, time: Time) -> None:
    key = published(zone, time, for_ses())
    assert only().remedy == "Hand it to SES."
    DkimKey.objects.update(ses_status="failed")
    assert "72 hours" in only().summary

    DkimKey.objects.filter(pk=key.pk).update(
        state="active", active_for="ses:example.com", ses_status="replaced"
    )
    assert "something else" in only().summary
    assert only().urgent


def test_any_number_of_keys_costs_the_same_number_of_questions() -> None:
    new()
    with CaptureQueriesContext(
        connection,
    ) as few:
        dkim_keys.key_problems()
    for number in range(5):
        new(f"a{number}.example.com")
    with CaptureQueriesContext(connection) as many:
        dkim_keys.key_problems()

    assert len(many) == len(few)

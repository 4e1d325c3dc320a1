"""What the database itself keeps true of DKIM keys, and what rows say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from seacucumber.db.clock import moment
from seacucumber.enums import DkimState
from seacucumber.models import DkimKey, DkimKeyEvent
from seacucumber.models.account.dkim_key_transitions import (
    KEYLESS,
    Change,
    active_for,
)

pytestmark = pytest.mark.django_db

AT = moment(1_790_000_000_000_000)


def put(selector: str = "one", **values: Any) -> DkimKey:
    """Put a row into the database, pending if nothing else is said."""
    return DkimKey.objects.create(
        **{
            "domain": "example.com",
            "selector": selector,
            "key_bits": 2048,
            "public_key": "MII",
            "private_key_sealed": "gAAA",
            "origin": "generated",
            "created_at": AT,
            **values,
        }
    )


def refused(key: DkimKey, **values: Any) -> bool:
    """Tell whether the database refuses a change."""
    try:
        with transaction.atomic():
            DkimKey.objects.filter(pk=key.pk).update(**values)
    except IntegrityError:
        return True
    return False


def test_two_keys_of_a_domain_are_never_active_for_the_same_use() -> None:
    first, second, third = put("one"), put("two"), put("three", use="ses")
    place = active_for("example.com", "message")

    assert not refused(first, state="active", active_for=place)
    assert refused(second, state="active", active_for=place)
    assert not refused(
        third, state="active", active_for=active_for("example.com", "ses")
    )


def test_active_key_has_its_place_and_no_other_has_one() -> None:
    key = put()

    assert refused(key, state="active")
    assert refused(key, active_for="message:example.com")


@pytest.mark.parametrize("state", DkimState.values)
def test_private_key_is_kept_or_destroyed_with_the_state(state: str) -> None:
    key = put()
    place = "message:example.com" if state == DkimState.ACTIVE else None

    for sealed in ("gAAA", ""):
        fits = bool(sealed) == (state not in KEYLESS)
        assert (
            refused(key, state=state, active_for=place, private_key_sealed=sealed)
            != fits
        )


def test_selector_of_a_domain_is_used_once() -> None:
    put("one")
    put("one", domain="example.org")
    key = put("two")

    assert refused(key, selector="one")


def test_rows_with_a_history_stay() -> None:
    key = put()
    DkimKey.objects.write_down(key, Change(at=AT))

    with pytest.raises(models.ProtectedError):
        key.delete()


class TestMoves:
    def test_move_is_made_once_and_written_down(self) -> None:
        key, stale = put(), DkimKey.objects.get()
        change = Change(at=AT, actor="ann", note="Seen.")

        assert DkimKey.objects.publish(key, change)
        assert not DkimKey.objects.publish(key, change)
        assert not DkimKey.objects.publish(stale, change)

        assert (key.state, key.version, key.published_at) == ("published", 2, AT)
        [event] = key.events.all()
        assert (event.from_state, event.to_state) == ("pending", "published")
        assert (event.actor, event.note, event.at) == ("ann", "Seen.", AT)

    def test_move_of_a_key_that_somebody_else_has_moved_is_none(self) -> None:
        key, stale = put(), DkimKey.objects.get()
        DkimKey.objects.abandon(key, Change(at=AT))

        assert not DkimKey.objects.publish(stale, Change(at=AT))
        assert DkimKey.objects.get().state == "abandoned"
        assert DkimKeyEvent.objects.count() == 1

    def test_place_that_is_taken_is_not_given_twice(self) -> None:
        first, second = put("one"), put("two")
        for key in (first, second):
            DkimKey.objects.publish(key, Change(at=AT))

        assert DkimKey.objects.activate(first, Change(at=AT))
        assert not DkimKey.objects.activate(second, Change(at=AT))
        assert DkimKey.objects.active("example.com", "message") == first

    def test_each_state_is_judged_by_looks_of_its_own(self) -> None:
        key = put(good_checks=2, good_since=AT, bad_checks=3, bad_since=AT)

        DkimKey.objects.publish(key, Change(at=AT))

        assert (key.good_checks, key.good_since) == (0, None)
        assert (key.bad_checks, key.bad_since) == (0, None)

    def test_long_reasons_are_cut(self) -> None:
        key = put()

        assert DkimKey.objects.abandon(key, Change(at=AT, note="x" * 1000))
        assert len(key.events.get().note) == 500


def test_events_are_written_once_and_never_changed() -> None:
    key = put()
    DkimKey.objects.write_down(key, Change(at=AT))
    event = key.events.get()
    event.note = "It was not me."

    with pytest.raises(TypeError, match="never changed"):
        event.save()


def test_no_text_about_a_key_has_the_private_one() -> None:
    key = put(private_key_sealed="gAAA-secret")
    DkimKey.objects.write_down(key, Change(at=AT))

    for text in (str(key), repr(key), str(key.events.get()), repr(key.events.get())):
        assert "gAAA" not in text
    assert str(key) == "one._domainkey.example.com"

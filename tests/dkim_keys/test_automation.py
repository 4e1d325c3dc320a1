"""What goes by itself as time passes."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from seacucumber import dkim_keys
from seacucumber.dkim_keys import Advanced
from seacucumber.models import DkimKey
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import active, again, history, new, published

pytestmark = pytest.mark.django_db


def test_whole_life_of_a_key_goes_by_itself_but_for_dns(zone: Zone, time: Time) -> None:
    """Every ten minutes is too often for a test: each day will do."""
    key = active(zone, time)
    lives: list[str] = []
    for _ in range(240):
        time.passes(days=1)
        dkim_keys.check_due()
        dkim_keys.advance()
        # The operator does what the pages ask for, and nothing else.
        for row in DkimKey.objects.all():
            if row.state == "pending":
                zone.publish(row)
            if row.state == "revoking":
                zone.publish(row, "v=DKIM1; p=")
        state = again(key).state
        if not lives or lives[-1] != state:
            lives.append(state)

    assert lives == ["active", "retiring", "revoking", "revoked", "archived"]
    [successor] = DkimKey.objects.filter(state="active")
    assert successor.predecessor == key
    assert {actor for _, _, actor in history(successor)} == {""}
    days = (again(key).retiring_at - again(key).activated_at).days
    assert 180 <= days <= 183
    assert (again(key).revoking_at - again(key).retiring_at).days == 14


class TestRotationDue:
    def test_successor_is_prepared_once(self, zone: Zone, time: Time) -> None:
        key = active(zone, time)
        time.passes(days=179)
        assert dkim_keys.advance() == Advanced()
        time.passes(days=1)

        assert dkim_keys.advance() == Advanced(prepared=1)
        assert dkim_keys.advance() == Advanced()

        [successor] = key.successors.all()
        assert successor.created_by == ""

    def test_how_often_is_a_setting(
        self, zone: Zone, time: Time, settings: Any
    ) -> None:
        settings.CUCUMBER_DKIM_ROTATE_AFTER = 86_400
        active(zone, time)
        time.passes(days=1)

        assert dkim_keys.advance().prepared == 1

    def test_one_that_was_given_up_is_not_made_again(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        dkim_keys.abandon(dkim_keys.rotate(key, actor="ann"), actor="ann")
        time.passes(days=200)

        assert dkim_keys.advance() == Advanced()


class TestSwitch:
    def test_key_that_somebody_only_made_waits_for_a_person(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time)
        time.passes(days=1)

        assert dkim_keys.advance() == Advanced()
        assert again(key).state == "published"

    def test_record_that_is_gone_again_keeps_the_old_key_signing(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        successor = published(zone, time, dkim_keys.rotate(key, actor="ann"))
        zone.remove(successor)
        dkim_keys.check(successor)

        assert dkim_keys.advance() == Advanced()
        assert again(key).state == "active"


class TestRetirement:
    def test_its_length_is_a_setting(
        self, zone: Zone, time: Time, settings: Any
    ) -> None:
        settings.CUCUMBER_DKIM_RETIRE_AFTER = 3600
        key = dkim_keys.retire(active(zone, time), actor="ann")
        time.passes(minutes=59)
        assert dkim_keys.advance() == Advanced()
        time.passes(minutes=2)

        assert dkim_keys.advance() == Advanced(revoking=1)
        assert again(key).private_key_sealed == ""

    def test_revoked_key_whose_record_is_back_is_watched_on(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        dkim_keys.revoke(key, actor="ann", reason="Lost.")
        zone.remove(key)
        dkim_keys.check(key)
        zone.publish(key)
        dkim_keys.check(key)
        time.passes(days=31)

        assert dkim_keys.advance() == Advanced()
        assert again(key).state == "revoked"


def test_what_fails_for_one_key_stops_no_other(
    zone: Zone, time: Time, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """One key is moved by somebody else at the same moment."""
    keys = [
        active(zone, time, new(name)) for name in ("a.example.com", "b.example.com")
    ]
    successors = [
        published(zone, time, dkim_keys.rotate(key, actor="ann")) for key in keys
    ]
    activate = dkim_keys.automation.activate

    def disturbed(key: DkimKey, **options: Any) -> DkimKey:
        if key == successors[0]:
            dkim_keys.abandon(again(key), actor="bob")
        return activate(key, **options)

    monkeypatch.setattr(dkim_keys.automation, "activate", disturbed)
    with caplog.at_level(logging.WARNING):
        assert dkim_keys.advance().switched == 1

    assert [again(key).state for key in keys] == ["active", "retiring"]
    assert str(successors[0]) in caplog.text

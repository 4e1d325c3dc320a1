"""What people decide about keys, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seacucumber import dkim_keys
from seacucumber.dkim_keys import KeyRefused, NotPublished, WrongState
from seacucumber.enums import DkimAlgorithm, DkimState
from seacucumber.models import DkimKey
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import active, again, for_ses, history, new, published

pytestmark = pytest.mark.django_db

DEEDS: dict[str, Callable[[DkimKey], Any]] = {
    "activate": lambda key: dkim_keys.activate(key, actor="ann"),
    "override": lambda key: dkim_keys.activate(key, actor="ann", override=True),
    "rotate": lambda key: dkim_keys.rotate(key, actor="ann"),
    "restore": lambda key: dkim_keys.restore(key, actor="ann"),
    "retire": lambda key: dkim_keys.retire(key, actor="ann"),
    "revoke": lambda key: dkim_keys.revoke(key, actor="ann", reason="Lost."),
    "abandon": lambda key: dkim_keys.abandon(key, actor="ann"),
}
ALLOWED: dict[str, set[str]] = {
    "pending": {"override", "revoke", "abandon"},
    "published": {"activate", "override", "revoke", "abandon"},
    "active": {"rotate", "retire", "revoke"},
    "retiring": {"restore", "revoke"},
    "revoking": set(),
    "revoked": set(),
    "archived": set(),
    "abandoned": set(),
}


def in_state(state: str, zone: Zone, time: Time) -> DkimKey:
    """Lead a key to a state the way that leads there."""
    match state:
        case "pending":
            return new()
        case "published":
            return published(zone, time)
        case "abandoned":
            return dkim_keys.abandon(new(), actor="ann")
    key = active(zone, time)
    if state == "retiring":
        dkim_keys.retire(key, actor="ann")
    if state in ("revoking", "revoked", "archived"):
        dkim_keys.revoke(key, actor="ann", reason="Lost.")
    if state in ("revoked", "archived"):
        zone.remove(key)
        dkim_keys.check(key)
    if state == "archived":
        time.passes(days=31)
        dkim_keys.advance()
    return again(key)


@pytest.mark.parametrize("state", DkimState.values)
def test_every_state_allows_what_it_should_and_nothing_else(
    state: str, zone: Zone, time: Time
) -> None:
    allowed = set()
    for name, deed in DEEDS.items():
        key = in_state(state, zone, time)
        assert key.state == state
        if _goes(deed, key):
            allowed.add(name)
        else:
            assert again(key).state == state
        _clear()

    assert allowed == ALLOWED[state]


@pytest.mark.parametrize("state", DkimState.values)
def test_private_key_is_there_exactly_as_long_as_it_may_sign(
    state: str, zone: Zone, time: Time
) -> None:
    key = in_state(state, zone, time)

    assert key.has_private_key == (
        state in ("pending", "published", "active", "retiring")
    )


class TestActivate:
    def test_published_key_signs_and_says_who_wanted_it(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time)

        dkim_keys.activate(key, actor="bob")

        assert again(key).state == "active"
        assert again(key).activated_at is not None
        assert history(key)[-1] == ("published", "active", "bob")

    def test_key_that_was_seen_only_once_does_not(self, zone: Zone) -> None:
        key = new()
        zone.publish(key)
        dkim_keys.check(key)

        with pytest.raises(NotPublished, match="twice"):
            dkim_keys.activate(key, actor="ann")

    def test_override_is_written_down(self) -> None:
        key = dkim_keys.activate(new(), actor="ann", override=True)

        assert key.state == "active"
        assert "without its record" in key.events.last().note

    def test_key_that_signed_before_is_retiring_in_the_same_moment(
        self, zone: Zone, time: Time
    ) -> None:
        old, key = active(zone, time), published(zone, time)

        dkim_keys.activate(key, actor="ann")

        assert again(old).state == "retiring"
        assert again(old).retiring_at == again(key).activated_at
        assert f"Replaced by {key}" in old.events.last().note

    def test_keys_of_other_domains_and_uses_go_on(self, zone: Zone, time: Time) -> None:
        others = [active(zone, time, new(name)) for name in ("a.example.com", "b.org")]

        active(zone, time)

        assert {again(other).state for other in others} == {"active"}

    def test_key_that_ses_signs_with_is_handed_over_instead(
        self, zone: Zone, time: Time
    ) -> None:
        with pytest.raises(KeyRefused, match="Hand it to SES"):
            dkim_keys.activate(published(zone, time, for_ses()), actor="ann")

    def test_key_that_somebody_else_has_moved_stays_where_it_is(
        self, zone: Zone, time: Time
    ) -> None:
        old, key = active(zone, time), published(zone, time)
        dkim_keys.abandon(again(key), actor="bob")

        with pytest.raises(WrongState, match="somebody else"):
            dkim_keys.activate(key, actor="ann")

        assert again(key).state == "abandoned"
        # And the one that signs goes on signing.
        assert again(old).state == "active"


class TestRotate:
    def test_successor_is_alike_and_waits_for_its_record(
        self, zone: Zone, time: Time
    ) -> None:
        key = new(cover_subdomains=False)
        DkimKey.objects.update(beside_ses=True)
        active(zone, time, again(key))
        key.refresh_from_db()

        successor = dkim_keys.rotate(key, actor="bob")

        assert successor.state == "pending"
        assert successor.predecessor == key
        assert successor.activates_itself
        assert (successor.cover_subdomains, successor.beside_ses) == (False, True)
        assert successor.fingerprint != key.fingerprint
        assert again(key).state == "active"
        assert f"replace {key}" in successor.events.get().note

    def test_small_key_is_followed_by_one_of_today(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)

        assert key.key_bits == 1024
        assert dkim_keys.rotate(key, actor="ann").key_bits == 2048

    def test_ed25519_is_followed_by_the_same(self, zone: Zone, time: Time) -> None:
        key = active(zone, time, new(algorithm=DkimAlgorithm.ED25519_SHA256))

        assert dkim_keys.rotate(key, actor="ann").algorithm == "ed25519-sha256"

    def test_it_switches_as_soon_as_it_is_published(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        successor = published(zone, time, dkim_keys.rotate(key, actor="ann"))

        assert dkim_keys.advance().switched == 1

        assert again(key).state == "retiring"
        assert again(successor).state == "active"
        assert not again(successor).activates_itself
        assert dkim_keys.advance().switched == 0

    def test_two_who_rotate_get_one_successor(self, zone: Zone, time: Time) -> None:
        key = active(zone, time)
        stale = again(key)

        first = dkim_keys.rotate(key, actor="ann")

        assert dkim_keys.rotate(stale, actor="bob") == first
        assert dkim_keys.rotate(again(key), actor="bob") == first
        assert DkimKey.objects.count() == 2

    def test_successor_that_was_given_up_is_no_successor(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        dkim_keys.abandon(dkim_keys.rotate(key, actor="ann"), actor="ann")

        assert dkim_keys.rotate(again(key), actor="ann").state == "pending"

    def test_selector_can_be_chosen(self, zone: Zone, time: Time) -> None:
        key = active(zone, time)

        with pytest.raises(KeyRefused):
            dkim_keys.rotate(key, actor="ann", selector=key.selector)
        assert dkim_keys.rotate(again(key), actor="ann", selector="Next").selector == (
            "next"
        )


class TestRestore:
    def test_old_key_signs_again_and_the_new_one_is_retiring(
        self, zone: Zone, time: Time
    ) -> None:
        old = active(zone, time)
        first_at = old.activated_at
        successor = active(zone, time, dkim_keys.rotate(old, actor="ann"))
        old.refresh_from_db()

        dkim_keys.restore(old, actor="bob")

        assert again(old).state == "active"
        assert again(old).retiring_at is None
        # It is as old as it is: its rotation stays due.
        assert again(old).activated_at == first_at
        assert again(successor).state == "retiring"
        assert history(old)[-1] == ("retiring", "active", "bob")

    def test_key_whose_record_is_gone_already_does_not(
        self, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.retire(active(zone, time), actor="ann")
        zone.remove(key)
        dkim_keys.check(key)

        with pytest.raises(NotPublished):
            dkim_keys.restore(key, actor="ann")


class TestRevoke:
    def test_it_stops_at_once_and_destroys_the_private_key(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)

        dkim_keys.revoke(key, actor="ann", reason="A laptop was stolen.")

        kept = again(key)
        assert (kept.state, kept.private_key_sealed) == ("revoking", "")
        assert kept.active_for is None
        event = kept.events.last()
        assert (event.actor, event.note) == ("ann", "A laptop was stolen.")

    def test_every_move_makes_what_was_read_before_stale(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        before = key.version

        dkim_keys.revoke(key, actor="ann", reason="Lost.")

        assert again(key).version > before


def _goes(deed: Callable[[DkimKey], Any], key: DkimKey) -> bool:
    try:
        deed(key)
    except WrongState:
        return False
    return True


def _clear() -> None:
    for key in DkimKey.objects.order_by("-pk"):
        key.events.all().delete()
        key.delete()

"""What is found in DNS, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber import dkim_keys
from seacucumber.dkim_keys import NotPublished
from seacucumber.dkim_keys.storage import now
from seacucumber.enums import DkimAlgorithm
from seacucumber.models import DkimKey
from seacucumber.signing import SealingKeys, generate_private_key, seal, to_pem
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import active, again, history, new, published

pytestmark = pytest.mark.django_db


class TestPending:
    def test_record_that_is_found_twice_makes_the_key_published(
        self, zone: Zone, time: Time
    ) -> None:
        key = new()
        zone.publish(key)

        assert dkim_keys.check(key).finding.result == "match"
        assert key.state == "pending"
        assert dkim_keys.publishable_at(key) is not None
        time.passes(minutes=10)
        checked = dkim_keys.check(key, actor="ann")

        assert checked.key.state == again(key).state == "published"
        assert again(key).published_at == again(key).checked_at
        assert history(key)[-1] == ("pending", "published", "ann")

    def test_impatience_does_not_count(self, zone: Zone, time: Time) -> None:
        key = new()
        zone.publish(key)

        for _ in range(5):
            dkim_keys.check(key)
            time.passes(minutes=2)

        assert key.state == "pending"

    def test_a_clock_that_was_set_back_delays_no_look(
        self, zone: Zone, time: Time
    ) -> None:
        key = new()
        zone.publish(key)
        time.passes(days=2)
        dkim_keys.check(key)

        time.passes(days=-2)
        assert list(DkimKey.objects.due(now())) == [key]
        dkim_keys.check(key)
        time.passes(minutes=10)
        dkim_keys.check(key)

        assert key.state == "published"

    def test_long_lived_records_are_waited_for_up_to_an_hour(
        self, zone: Zone, time: Time
    ) -> None:
        key = new()
        zone.publish(key)
        dkim_keys.check(key)
        DkimKey.objects.update(found_ttl_s=86_400)
        key.refresh_from_db()
        at = dkim_keys.publishable_at(key)

        assert at is not None
        assert key.good_since is not None
        assert (at - key.good_since).total_seconds() == 3600

    def test_two_looks_have_to_be_in_a_row(self, zone: Zone, time: Time) -> None:
        key = new()
        zone.publish(key)
        dkim_keys.check(key)
        zone.remove(key)
        time.passes(minutes=10)
        dkim_keys.check(key)
        zone.publish(key)
        time.passes(minutes=1)

        dkim_keys.check(key)

        assert key.state == "pending"
        assert key.good_checks == 1

    def test_record_under_test_is_not_published(self, zone: Zone, time: Time) -> None:
        key = new()
        zone.publish(key, f"v=DKIM1; t=y; p={key.public_key}")

        for _ in range(3):
            assert dkim_keys.check(key).finding.result == "testing"
            time.passes(hours=1)

        assert key.state == "pending"
        assert "t=y" in key.note

    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("v=DKIM1; p=", "revoked"),
            ("v=spf1 -all", "malformed"),
            ("v=DKIM1; h=sha1; p={key}", "unusable"),
        ],
    )
    def test_what_is_wrong_is_kept_with_what_was_found(
        self, zone: Zone, text: str, result: str
    ) -> None:
        key = new()
        zone.publish(key, text.format(key=key.public_key))

        dkim_keys.check(key)

        kept = again(key)
        assert (kept.result, kept.state) == (result, "pending")
        assert kept.note
        assert kept.found_record == text.format(key=key.public_key)

    def test_ed25519_key_is_published_the_same_way(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time, new(algorithm=DkimAlgorithm.ED25519_SHA256))

        assert key.state == "published"


class TestSelfTest:
    """What is signed must verify with the record, before anybody counts on it."""

    @pytest.mark.parametrize("algorithm", list(DkimAlgorithm))
    def test_private_key_that_is_another_one_is_not_published(
        self, zone: Zone, time: Time, algorithm: DkimAlgorithm, settings: Any
    ) -> None:
        key = new(algorithm=algorithm)
        other = to_pem(generate_private_key(algorithm, 1024))
        keys = SealingKeys(secrets=(settings.SECRET_KEY,))
        token = seal(other, context=key.context, keys=keys)
        DkimKey.objects.update(private_key_sealed=token)
        zone.publish(key)
        dkim_keys.check(key)
        time.passes(hours=1)

        checked = dkim_keys.check(key)

        assert key.state == "pending"
        assert "does not verify" in checked.finding.note
        assert "does not verify" in again(key).note

    def test_private_key_that_cannot_be_opened_is_told(
        self, zone: Zone, time: Time, settings: Any
    ) -> None:
        key = new()
        zone.publish(key)
        dkim_keys.check(key)
        time.passes(hours=1)
        settings.SECRET_KEY = "another one"

        dkim_keys.check(key)

        assert key.state == "pending"
        assert "cannot be opened" in again(key).note


class TestPublished:
    def test_record_that_is_gone_for_an_hour_makes_it_pending(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time)
        zone.remove(key)

        states = []
        for _ in range(3):
            dkim_keys.check(key)
            states.append(key.state)
            time.passes(minutes=31)

        assert states == ["published", "published", "pending"]
        assert history(key)[-1] == ("published", "pending", "")

    def test_three_looks_in_a_minute_are_not_enough(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time)
        zone.remove(key)

        for _ in range(4):
            dkim_keys.check(key)
            time.passes(seconds=15)

        assert key.state == "published"

    def test_record_that_flickers_stays_published(self, zone: Zone, time: Time) -> None:
        key = published(zone, time)
        zone.remove(key)
        for _ in range(2):
            time.passes(hours=1)
            dkim_keys.check(key)
        zone.publish(key)
        dkim_keys.check(key)

        assert (key.state, key.bad_checks, key.note) == ("published", 0, "")

    def test_it_is_not_activated_while_its_record_is_not_there(
        self, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time)
        zone.remove(key)
        dkim_keys.check(key)

        with pytest.raises(NotPublished, match="No key record"):
            dkim_keys.activate(key, actor="ann")


class TestActive:
    def test_vanished_record_stops_nothing_by_itself(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        zone.publish(key, "v=DKIM1; p=")

        for _ in range(5):
            dkim_keys.check(key)
            time.passes(hours=1)

        assert key.state == "active"
        assert key.bad_checks == 5


class TestTemporaryFailure:
    @pytest.mark.parametrize("problem", ["failing", "refused"])
    def test_it_never_changes_a_state_nor_what_is_known(
        self, zone: Zone, time: Time, problem: str
    ) -> None:
        pending, ready = new(), published(zone, time)
        signing = active(zone, time, new("example.org"))
        zone.publish(pending)
        dkim_keys.check(pending)
        keys = [pending, ready, signing]
        before = [(key.state, key.result, key.good_checks) for key in keys]
        names = {zone.record(key).name for key in keys}
        getattr(zone.server, problem).update(names)

        for _ in range(4):
            for key in keys:
                checked = dkim_keys.check(key)
                assert checked.finding.result == "temporary-failure"
            time.passes(hours=1)

        after = [(key.state, key.result, key.good_checks) for key in keys]
        assert after == before
        assert "SERVFAIL" in again(signing).note

    def test_first_look_that_fails_is_told_as_such(self, zone: Zone) -> None:
        key = new()
        zone.server.failing.add(zone.record(key).name)

        dkim_keys.check(key)

        assert again(key).result == "temporary-failure"

    def test_name_server_that_is_no_host_is_told(self, settings: Any) -> None:
        settings.CUCUMBER_DNS_SERVERS = ["no-such-host.invalid"]

        checked = dkim_keys.check(new())

        assert checked.finding.result == "temporary-failure"
        assert "no name servers" in checked.finding.note


class TestRevoking:
    @pytest.mark.parametrize("text", ["v=DKIM1; p=", "other key", ""])
    def test_key_is_revoked_when_dns_says_so_too(
        self, zone: Zone, time: Time, text: str
    ) -> None:
        key = active(zone, time)
        dkim_keys.revoke(key, actor="ann", reason="A laptop was stolen.")
        dkim_keys.check(key)
        assert key.state == "revoking"

        if text == "other key":
            zone.publish(key, zone.record(new("example.org")).value)
        elif text:
            zone.publish(key, text)
        else:
            zone.remove(key)
        dkim_keys.check(key)

        assert key.state == "revoked"
        assert again(key).revoked_at is not None


class TestMeanwhile:
    def test_look_at_a_key_that_has_moved_meanwhile_is_void(
        self, zone: Zone, time: Time
    ) -> None:
        key = new()
        zone.publish(key)
        dkim_keys.check(key)
        time.passes(hours=1)
        dkim_keys.abandon(again(key), actor="bob")

        dkim_keys.check(key)

        assert key.state == "abandoned"
        # Nobody looks for it any more.
        assert again(key).next_check_at is None
        assert history(key)[-1] == ("pending", "abandoned", "bob")


class TestDue:
    def test_each_key_is_looked_at_when_its_time_has_come(
        self, zone: Zone, time: Time
    ) -> None:
        signing = active(zone, time, new("example.org"))
        pending = new()
        dkim_keys.abandon(new(), actor="ann")

        assert dkim_keys.check_due() == 2
        assert dkim_keys.check_due() == 0
        time.passes(minutes=11)
        assert dkim_keys.check_due() == 1
        assert again(pending).checked_at > again(signing).checked_at
        time.passes(hours=1)
        assert dkim_keys.check_due() == 2

    def test_no_key_is_begun_after_the_time_is_over(self, zone: Zone) -> None:
        new()

        assert dkim_keys.check_due(for_s=-1.0) == 0

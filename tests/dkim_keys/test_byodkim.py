"""Keys that SES signs with, handed to a local SES."""

from __future__ import annotations

from typing import Any

import pytest

from seacucumber import dkim_keys, identities
from seacucumber.conf import Mailer
from seacucumber.dkim_keys import KeyRefused, NotPublished, WrongState
from seacucumber.exceptions import AccountError, NotFound
from seacucumber.models import DkimKey, Identity
from seacucumber.ses.account.identity_details import read_details
from seacucumber.signing import generate_private_key, to_pkcs1_der_b64
from seacucumber.testing import Fault, LocalSES, errors
from tests.dkim_keys.conftest import Time, Zone
from tests.dkim_keys.keys import again, for_ses, new, published

pytestmark = pytest.mark.django_db

OPERATION = "PutEmailIdentityDkimSigningAttributes"


def ready(zone: Zone, time: Time) -> DkimKey:
    return published(zone, time, for_ses())


def signing(
    ses: LocalSES, zone: Zone, time: Time, key: DkimKey | None = None
) -> DkimKey:
    """Return a key that SES signs with."""
    key = key or ready(zone, time)
    dkim_keys.push(key, actor="ann")
    ses.verify("example.com")
    return dkim_keys.follow_push(key)


def tokens(mailer: Mailer) -> tuple[bool, tuple[str, ...]]:
    details = read_details(mailer, "example.com")
    return details.own_key, details.dkim.tokens


class TestPush:
    def test_ses_gets_the_key_and_looks_for_its_record(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = ready(zone, time)

        dkim_keys.push(key, actor="bob")

        kept = again(key)
        assert (kept.state, kept.ses_status, kept.mailer) == (
            "published",
            "pending",
            "default",
        )
        assert kept.ses_pushed_at is not None
        assert kept.events.last().actor == "bob"
        assert "Handed to SES" in kept.events.last().note
        assert tokens(mailer) == (True, (key.selector,))

    def test_key_is_active_when_ses_says_so(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.push(ready(zone, time), actor="ann")

        assert dkim_keys.follow_push(key).state == "published"
        ses.verify("example.com")
        assert dkim_keys.follow_push(key).state == "active"

        assert again(key).ses_status == "success"
        assert again(key).active_for == "ses:example.com"

    def test_beat_follows_by_itself(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.push(ready(zone, time), actor="ann")
        assert dkim_keys.advance().switched == 0
        ses.verify("example.com")

        assert dkim_keys.advance().switched == 1
        assert again(key).state == "active"

    def test_what_is_known_of_the_domain_is_asked_anew(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        identities.refresh()
        assert not Identity.objects.get().own_key

        dkim_keys.push(ready(zone, time), actor="ann")
        identities.refresh()

        assert Identity.objects.get().own_key
        assert Identity.objects.get().dkim_status == "pending"

    def test_ses_gets_no_key_whose_record_is_not_there(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        with pytest.raises(NotPublished):
            dkim_keys.push(for_ses(), actor="ann")
        key = ready(zone, time)
        zone.remove(key)
        dkim_keys.check(key)
        with pytest.raises(NotPublished):
            dkim_keys.push(key, actor="ann")

    def test_key_that_signs_here_is_not_handed_over(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        with pytest.raises(KeyRefused, match="signs each message here"):
            dkim_keys.push(published(zone, time), actor="ann")

    def test_destroyed_key_is_not_handed_over(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.abandon(ready(zone, time), actor="ann")

        with pytest.raises(WrongState):
            dkim_keys.push(key, actor="ann")

    def test_mailer_that_is_not_there_is_told(self, zone: Zone, time: Time) -> None:
        with pytest.raises(KeyRefused, match="no mailer 'news'"):
            dkim_keys.push(ready(zone, time), alias="news", actor="ann")

    def test_domain_that_ses_does_not_have_is_told(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = published(zone, time, for_ses("example.org"))

        with pytest.raises(NotFound):
            dkim_keys.push(key, actor="ann")
        assert again(key).ses_status == ""

    def test_key_that_was_not_handed_over_is_not_followed(self) -> None:
        with pytest.raises(WrongState, match="not handed"):
            dkim_keys.follow_push(new())


class TestRotation:
    def test_successor_is_handed_over_and_takes_the_place(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = signing(ses, zone, time)
        successor = published(zone, time, dkim_keys.rotate(key, actor="ann"))

        assert dkim_keys.advance().switched == 0
        assert again(successor).ses_status == "pending"
        assert again(key).state == "active"
        ses.verify("example.com")
        assert dkim_keys.advance().switched == 1

        assert again(key).state == "retiring"
        assert again(key).ses_status == "replaced"
        assert again(successor).state == "active"
        assert tokens(mailer) == (True, (successor.selector,))
        # It is handed over once, however often beat comes.
        dkim_keys.advance()
        assert successor.events.filter(note__startswith="Handed").count() == 1

    def test_old_key_is_taken_back_by_handing_it_over_again(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = signing(ses, zone, time)
        successor = published(zone, time, dkim_keys.rotate(key, actor="ann"))
        signing(ses, zone, time, successor)

        dkim_keys.restore(again(key), actor="ann")
        assert tokens(mailer) == (True, (key.selector,))
        assert again(key).state == "retiring"
        time.passes(days=20)
        # Its retirement is over, but SES is about to sign with it.
        assert dkim_keys.advance().revoking == 0
        ses.verify("example.com")
        advanced = dkim_keys.advance()

        assert (advanced.switched, advanced.revoking) == (1, 0)
        assert again(key).state == "active"
        assert again(successor).state == "retiring"

    def test_somebody_else_who_changed_it_in_aws_is_noticed(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        identities.refresh()
        key = signing(ses, zone, time)
        calls = ses.counters.control_calls
        dkim_keys.advance()
        # Nobody asks SES about a key of which nothing bad is known.
        assert ses.counters.control_calls == calls

        dkim_keys.byodkim.dkim.use_easy_dkim(mailer, "example.com")
        identities.refresh()
        dkim_keys.advance()

        assert again(key).ses_status == "replaced"
        assert any(each.urgent for each in dkim_keys.key_problems())

    def test_somebody_elses_key_is_not_taken_for_ours(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.push(ready(zone, time), actor="ann")
        dkim_keys.byodkim.dkim.bring_own_key(
            mailer,
            "example.com",
            selector="theirs",
            private_key_b64=to_pkcs1_der_b64(generate_private_key(bits=1024)),
        )
        ses.verify("example.com")

        assert dkim_keys.follow_push(key).ses_status == "replaced"
        assert again(key).state == "published"

    def test_domain_that_is_gone_from_ses_is_noticed(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.push(ready(zone, time), actor="ann")
        identities.delete("example.com")

        dkim_keys.advance()

        assert again(key).ses_status == "replaced"
        assert again(key).state == "published"


class TestTakingBack:
    @pytest.mark.parametrize("deed", ["retire", "revoke"])
    def test_ses_signs_with_its_own_keys_again(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time, deed: str
    ) -> None:
        key = signing(ses, zone, time)
        identities.refresh()
        assert Identity.objects.get().own_key

        if deed == "retire":
            dkim_keys.retire(key, actor="ann")
        else:
            dkim_keys.revoke(key, actor="ann", reason="Lost.")

        assert tokens(mailer)[0] is False
        assert again(key).ses_status == ""
        identities.refresh()
        assert not Identity.objects.get().own_key
        assert any("Easy DKIM" in event.note for event in key.events.all())

    def test_key_that_waits_in_ses_is_taken_back_when_it_is_given_up(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = dkim_keys.push(ready(zone, time), actor="ann")

        dkim_keys.abandon(key, actor="ann")

        assert tokens(mailer)[0] is False

    def test_key_that_was_replaced_leaves_its_successor_alone(
        self, ses: LocalSES, mailer: Mailer, zone: Zone, time: Time
    ) -> None:
        key = signing(ses, zone, time)
        successor = published(zone, time, dkim_keys.rotate(key, actor="ann"))
        dkim_keys.push(successor, actor="ann")

        dkim_keys.revoke(again(key), actor="ann", reason="Lost.")

        assert tokens(mailer) == (True, (successor.selector,))

    def test_revoked_key_is_destroyed_even_if_ses_cannot_be_told(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = signing(ses, zone, time)
        denied = errors.access_denied(f"ses:{OPERATION}", "*")
        ses.faults.add(Fault.answer(denied, operation=OPERATION))

        with pytest.raises(AccountError):
            dkim_keys.revoke(key, actor="ann", reason="Lost.")

        assert again(key).private_key_sealed == ""
        # SES has it still: that is not forgotten, and tried again.
        assert again(key).ses_status == "success"
        assert any(
            "SES still has it." in each.summary for each in dkim_keys.key_problems()
        )
        dkim_keys.advance()
        assert again(key).ses_status == "success"
        ses.faults.clear()
        dkim_keys.advance()
        assert again(key).ses_status == ""

    def test_domain_that_is_gone_from_ses_is_no_obstacle(
        self, ses: LocalSES, zone: Zone, time: Time
    ) -> None:
        key = signing(ses, zone, time)
        identities.delete("example.com")

        dkim_keys.retire(key, actor="ann")

        assert again(key).state == "retiring"
        assert again(key).ses_status == ""


def test_key_goes_to_the_account_of_the_mailer_that_is_named(
    ses: LocalSES, zone: Zone, time: Time, settings: Any
) -> None:
    row = {"BACKEND": "seacucumber.backend.SESBackend"}
    settings.MAILERS = {"default": row, "news": row}

    key = dkim_keys.push(ready(zone, time), alias="news", actor="ann")

    assert again(key).mailer == "news"
    ses.verify("example.com")
    assert dkim_keys.advance().switched == 1
    successor = dkim_keys.rotate(again(key), actor="ann")
    assert successor.mailer == "news"

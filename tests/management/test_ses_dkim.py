"""``manage.py ses_dkim``: the whole life of a key without any page."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from seacucumber import dkim_keys
from seacucumber.conf import get_mailer
from seacucumber.enums import IdentityKind, IdentityStatus
from seacucumber.models import DkimKey, Identity
from seacucumber.signing import generate_private_key, to_pem
from seacucumber.testing import Fault, LocalSES, errors
from tests.dkim_keys.conftest import Time, Zone, time, zone
from tests.dkim_keys.keys import active, again, for_ses, new, published

__all__ = ["time", "zone"]

pytestmark = pytest.mark.django_db

PEM = to_pem(generate_private_key(bits=1024)).decode()


def run(*args: str, **options: Any) -> str:
    output = io.StringIO()
    call_command("ses_dkim", *args, stdout=output, **options)
    return output.getvalue()


def read(*args: str, **options: Any) -> Any:
    return json.loads(run(*args, json=True, **options))


def refusal(*args: str, **options: Any) -> str:
    with pytest.raises(CommandError) as caught:
        run(*args, **options)
    return str(caught.value)


def test_a_key_that_ses_stands_in_for_is_not_said_to_sign(
    zone: Zone, time: Time
) -> None:
    run("generate", "example.com", selector="one")
    zone.publish(DkimKey.objects.get())
    run("check")
    time.passes(minutes=10)
    run("check")
    Identity.objects.create(
        pace_key=get_mailer().pace_key,
        mailer="default",
        name="example.com",
        kind=IdentityKind.DOMAIN,
        status=IdentityStatus.VERIFIED,
        dkim_status=IdentityStatus.VERIFIED,
        refreshed_at=timezone.now(),
    )

    said = run("activate", "example.com")

    assert "signs from now on" not in said
    assert "does not sign, as SES does for example.com" in said


def test_whole_life_of_a_key(zone: Zone, time: Time) -> None:
    assert run("list") == "There are no DKIM keys yet.\n"

    made = run("generate", "example.com", selector="one")
    key = DkimKey.objects.get()
    record = dkim_keys.record_of(key)
    assert "one._domainkey.example.com (pending, RSA 2048, signed by us)" in made
    assert record.value in made
    assert "\n".join(f"  {line}" for line in record.zone_lines) in made
    assert "missing" in run("check", "example.com")

    zone.publish(key)
    assert "counts as published" in run("check", "example.com")
    time.passes(minutes=10)
    assert "match, the key is published" in run("check", "example.com")

    assert "signs from now on" in run("activate", "example.com")
    assert "pending" in run("rotate", "example.com", selector="two")
    successor = DkimKey.objects.get(selector="two")
    zone.publish(successor)
    run("check")
    time.passes(minutes=10)
    run("check")
    dkim_keys.advance()
    assert again(key).state == "retiring"

    assert "signs from now on" in run("restore", "example.com")
    assert again(key).state == "active"
    assert "signs no more" in run("retire", "example.com")
    revoked = run("revoke", "one._domainkey.example.com", reason="Lost.")
    assert "is destroyed" in revoked
    assert "v=DKIM1; k=rsa; p=\n" in revoked
    zone.remove(key)
    assert "the key is revoked" in run("check", "one._domainkey.example.com")
    assert len(run("list").splitlines()) == 2
    assert {event.actor.rpartition(" ")[2] for event in key.events.all()} == {
        "(ses_dkim)",
        "",
    }


def test_json_tells_all_but_the_private_key(zone: Zone, time: Time) -> None:
    made = read("generate", "example.com", bits=1024)
    key = DkimKey.objects.get()
    zone.publish(key)

    assert made["state"] == "pending"
    assert made["record"]["value"] == dkim_keys.record_of(key).value
    assert read("record", str(key.pk)) == made["record"]
    assert [row["result"] for row in read("check")] == ["match"]
    [listed] = read("list")
    assert listed["name"] == str(key)
    assert listed["checked_at"].startswith("20")
    for answer in (made, listed):
        assert "private" not in json.dumps(answer)
        assert key.private_key_sealed not in json.dumps(answer)
    assert read("activate", str(key.pk), override=True)["state"] == "active"
    assert read("reencrypt") == {"sealed_anew": 1}


class TestImport:
    def test_file_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_text(PEM)

        said = run("import", "example.com", str(path), selector="mail")

        assert "mail._domainkey.example.com (pending, RSA 1024" in said
        assert "PRIVATE" not in said

    def test_input_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(PEM))

        run("import", "example.com", "-", selector="mail")

        assert DkimKey.objects.get().origin == "imported"

    def test_settings_are_read(self, settings: Any) -> None:
        settings.DKIM_DOMAIN = "example.com"
        settings.DKIM_PRIVATE_KEY = PEM

        run("import", from_settings=True)

        assert str(DkimKey.objects.get()) == "ses._domainkey.example.com"

    def test_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        path = str(tmp_path / "none.pem")

        assert path in refusal("import", "example.com", path, selector="mail")

    def test_selector_has_to_be_told(self, tmp_path: Path) -> None:
        assert "--selector" in refusal("import", "example.com", "key.pem")

    def test_file_that_is_no_key_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_bytes(b"\xff\xfe secret words")

        said = refusal("import", "example.com", str(path), selector="mail")

        assert "not PEM" in said
        assert "secret words" not in said


class TestNaming:
    def test_key_has_several_names(self) -> None:
        key = new()

        for name in (str(key), f"{str(key).upper()}.", str(key.pk), "Example.com"):
            assert read("record", name)["name"] == str(key)

    def test_domain_with_several_keys_needs_more(self) -> None:
        first, second = new(), new()

        said = refusal("record", "example.com")

        assert str(first) in said
        assert str(second) in said

    def test_domain_means_the_key_that_it_can_be_done_with(
        self, zone: Zone, time: Time
    ) -> None:
        key = active(zone, time)
        new()

        run("retire", "example.com")

        assert again(key).state == "retiring"

    @pytest.mark.parametrize(
        "name", ["example.org", "a._domainkey.example.com", "99999999"]
    )
    def test_key_that_is_not_there_is_told(self, name: str) -> None:
        assert f"no key {name}" in refusal("record", name)

    def test_names_that_are_missing_or_too_many_are_told(self) -> None:
        assert "Please give the domain" in refusal("generate")
        assert "Please give one key" in refusal("activate")
        assert "Please give one key" in refusal("activate", "a", "b")


class TestRefusals:
    def test_reasons_are_those_of_the_pages(self) -> None:
        new()

        assert "twice" in refusal("activate", "example.com")
        assert "Only a key that is active" in refusal("rotate", "example.com")
        assert "1024" in refusal("generate", "example.com", bits=512)
        assert "--reason" in refusal("revoke", "example.com")
        assert "MAILERS" in refusal("list", mailer="news")

    def test_unknown_action_is_refused(self) -> None:
        assert "invalid choice" in refusal("destroy", "example.com")

    def test_missing_tables_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(DkimKey._meta, "db_table", "not_migrated")

        assert "migrate seacucumber" in refusal("list")


def test_override_activates_what_is_not_published() -> None:
    key = new()

    run("activate", "example.com", override=True)

    assert again(key).state == "active"


def test_key_is_handed_to_ses_and_followed(
    ses: LocalSES, zone: Zone, time: Time
) -> None:
    key = published(zone, time, for_ses())

    assert "SES, which says: pending" in run("push", "example.com")
    assert "SES says: pending." in run("check", "example.com")
    ses.verify("example.com")
    assert "SES says: success." in run("check", "example.com")

    assert again(key).state == "active"
    assert "SES: success" in run("list")


def test_ses_that_does_not_tell_does_not_hide_what_dns_says(
    ses: LocalSES, zone: Zone, time: Time
) -> None:
    published(zone, time, for_ses())
    run("push", "example.com")
    denied = errors.access_denied("ses:GetEmailIdentity", "*")
    ses.faults.add(Fault.answer(denied, operation="GetEmailIdentity"))
    complaints = io.StringIO()

    said = run("check", "example.com", stderr=complaints)

    assert "match" in said
    assert "ses:GetEmailIdentity" in complaints.getvalue()


def test_nothing_to_look_for_is_told() -> None:
    assert run("check") == "There is no key to look for.\n"

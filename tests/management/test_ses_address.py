"""``manage.py ses_address``: the texts are those of Sea Cucumber 1.5."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection

from seacucumber.identities import actions as managing
from seacucumber.management.commands.ses_address import Command
from seacucumber.models import ControlPace
from seacucumber.testing import Fault, LocalSES, errors
from seacucumber.testing.http.server import free_port

pytestmark = pytest.mark.django_db


def run(*args: str, **options: Any) -> str:
    output = io.StringIO()
    call_command("ses_address", *args, stdout=output, **options)
    return output.getvalue()


WRONG = [
    ((), "Please specify an action. See --help."),
    (("check",), "Invalid action: check"),
    (("List",), "Invalid action: List"),
    (("verify",), "Please specify an email address to verify."),
    (("delete",), "Please specify an email address to delete."),
    (("verify", "ann"), "Invalid email address provided: ann"),
    (("verify", "ann@"), "Invalid email address provided: ann@"),
    (
        ("verify", "ann@-shop.example"),
        "Invalid email address provided: ann@-shop.example",
    ),
    (
        ("verify", "änn@shop.example"),
        "Invalid email address provided: änn@shop.example",
    ),
    (
        ("verify", "a@b.example,c@d.example"),
        "Invalid email address provided: a@b.example,c@d.example",
    ),
    (("delete", "shop..example"), "Invalid email address provided: shop..example"),
    (
        ("delete", f"{'a' * 64}.example"),
        f"Invalid email address provided: {'a' * 64}.example",
    ),
]


@pytest.mark.parametrize(("args", "words"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_typed_wrong_is_said_before_aws_is_asked(
    args: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managing, "identities", None)  # any use of SES fails

    with pytest.raises(CommandError) as caught:
        run(*args)

    assert str(caught.value) == words
    assert caught.value.returncode == 1


def test_verify_sends_a_mail(local_ses: LocalSES) -> None:
    assert (
        run("verify", "a@b.example")
        == "A verification email has been sent to a@b.example.\n"
    )
    assert local_ses.identities[0].verification_mails == 1


def test_verify_again_sends_another_mail(local_ses: LocalSES) -> None:
    first, second = (run("verify", "a@b.example") for _ in range(2))

    assert first == second
    assert local_ses.identities[0].verification_mails == 2


def test_verify_of_a_verified_address_says_so(local_ses: LocalSES) -> None:
    local_ses.verify("a@b.example")

    assert run("verify", "a@b.example") == "a@b.example is verified already.\n"


def test_delete_removes_the_address(local_ses: LocalSES) -> None:
    local_ses.verify("a@b.example")

    output = run("delete", "a@b.example")

    assert output == "You have deleted a@b.example from your SES account.\n"
    assert local_ses.identities == []


def test_list_has_the_verified_addresses_and_nothing_else(local_ses: LocalSES) -> None:
    local_ses.verify("a@b.example", "c@d.example", "domain.example")
    run("verify", "pending@b.example")

    assert run("list", "ignored") == (
        "The following emails have been fully verified on your Amazon SES account:\n"
        "  a@b.example\n"
        "  c@d.example\n"
    )


def test_list_without_any_says_so(local_ses: LocalSES) -> None:
    local_ses.verify("domain.example")

    assert run("list") == "Your account has no fully verified email addresses yet.\n"


def test_help_keeps_its_lines() -> None:
    text = Command().create_parser("manage.py", "ses_address").format_help()

    assert (
        "Manages SES emails. <action> may be one of the following:\n"
        "  verify <email>   Sends a verification request for an address.\n"
        "  list             Lists all fully verified addresses.\n"
        "  delete <email>   Deletes an address from your SES account.\n"
        "\n"
        "Examples:\n"
        "  ./manage.py ses_address verify some@addres.com\n"
        "  ./manage.py ses_address list\n"
        "  ./manage.py ses_address delete some@address.com\n"
    ) in text


def test_missing_action_ends_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    """Not with argparse's usage error and status 2."""
    command: BaseCommand = Command()

    with pytest.raises(SystemExit) as caught:
        command.run_from_argv(["manage.py", "ses_address", "--skip-checks"])

    assert caught.value.code == 1
    assert "Please specify an action. See --help." in capsys.readouterr().err


def test_domain_is_verified_by_records(local_ses: LocalSES) -> None:
    lines = run("verify", "shop.example").splitlines()

    assert lines[0] == (
        "Publish these DNS records to verify shop.example; Amazon SES looks for them"
        " during 72 hours:"
    )
    assert len(lines) == 4
    name, kind, value = lines[1].split()
    assert name.endswith("._domainkey.shop.example")
    assert kind == "CNAME"
    assert value == f"{name.split('.')[0]}.dkim.amazonses.com"


def test_domain_that_is_verified_needs_no_records(local_ses: LocalSES) -> None:
    local_ses.verify("shop.example")

    assert run("verify", "shop.example") == "shop.example is verified already.\n"


def test_domain_beyond_ascii_is_asked_for_by_its_a_label(local_ses: LocalSES) -> None:
    """RFC 5891; 'ß' is a letter of its own in IDNA 2008."""
    run("verify", "straße.example")
    output = run("verify", "post@straße.example")

    names = [row.name for row in local_ses.identities]
    assert names == ["post@xn--strae-oqa.example", "xn--strae-oqa.example"]
    assert "post@xn--strae-oqa.example" in output


def test_domain_is_deleted(local_ses: LocalSES) -> None:
    local_ses.verify("shop.example")

    output = run("delete", "shop.example")

    assert output == "You have deleted shop.example from your SES account.\n"
    assert local_ses.identities == []


def test_list_all_has_domains_and_pending_ones(local_ses: LocalSES) -> None:
    local_ses.verify("domain.example")
    run("verify", "a@b.example")

    assert run("list", all=True) == (
        "Addresses and domains on your Amazon SES account:\n"
        "  a@b.example (address, pending)\n"
        "  domain.example (domain, verified)\n"
    )


@pytest.mark.usefixtures("local_ses")
def test_list_all_of_an_empty_account_says_so() -> None:
    assert run("list", all=True) == "Your account has no addresses and domains yet.\n"


def test_json_of_a_list(local_ses: LocalSES) -> None:
    local_ses.verify("a@b.example", "domain.example")

    verified, everything = run("list", json=True), run("list", json=True, all=True)

    address = {
        "name": "a@b.example",
        "kind": "address",
        "status": "SUCCESS",
        "sending_enabled": True,
    }
    assert json.loads(verified) == [address]
    assert json.loads(everything) == [
        address,
        {**address, "name": "domain.example", "kind": "domain"},
    ]


@pytest.mark.usefixtures("local_ses")
def test_json_of_verify_and_delete() -> None:
    address = json.loads(run("verify", "a@b.example", json=True))
    domain = json.loads(run("verify", "shop.example", json=True))
    deleted = json.loads(run("delete", "shop.example", json=True))

    assert (address["mail_sent"], address["dns_records"]) == (True, [])
    assert [row["type"] for row in domain["dns_records"]] == ["CNAME"] * 3
    assert deleted == {"deleted": "shop.example"}


@pytest.mark.parametrize(
    ("args", "operation"),
    [
        (("list",), "ListEmailIdentities"),
        (("verify", "a@b.example"), "CreateEmailIdentity"),
        (("delete", "a@b.example"), "DeleteEmailIdentity"),
    ],
)
def test_denial_names_the_permission(
    local_ses: LocalSES, args: tuple[str, ...], operation: str
) -> None:
    denied = errors.access_denied(f"ses:{operation}", "*")
    local_ses.faults.add(Fault.answer(denied, operation=operation))

    with pytest.raises(CommandError, match=f"allow ses:{operation} in the IAM policy"):
        run(*args)


@pytest.mark.usefixtures("local_ses")
def test_unknown_address_cannot_be_deleted() -> None:
    with pytest.raises(CommandError, match="does not exist"):
        run("delete", "nobody@b.example")


def test_dead_endpoint_is_an_error_in_plain_words(settings: Any) -> None:
    settings.CUCUMBER_ENDPOINT_URL = f"http://127.0.0.1:{free_port()}"
    settings.CUCUMBER_CLIENT_CONFIG = {"retries": {"total_max_attempts": 1}}

    with pytest.raises(CommandError, match="Could not connect to the endpoint"):
        run("list")


@pytest.mark.usefixtures("local_ses")
@pytest.mark.django_db(transaction=True)
def test_missing_tables_are_said_in_plain_words() -> None:
    with connection.schema_editor() as editor:
        editor.delete_model(ControlPace)
    try:
        with pytest.raises(CommandError, match=r"run manage\.py migrate seacucumber"):
            run("list")
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(ControlPace)


def test_unknown_mailer_is_an_error() -> None:
    with pytest.raises(CommandError, match="has no mailer 'second'"):
        run("list", mailer="second")

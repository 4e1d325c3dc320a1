"""``manage.py ses_suppression``: every answer a colleague may ask for."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from seacucumber import suppression
from seacucumber.conf import get_mailer
from seacucumber.enums import SuppressionReason
from seacucumber.models import Suppressed
from seacucumber.ses.account import suppression as ses_suppression
from seacucumber.testing import Fault, LocalSES, errors
from tests.suppression.lists import at_ses, put_at_ses, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]

ANN = "ann@example.org"


def run(*args: str, **options: Any) -> str:
    output = io.StringIO()
    call_command("ses_suppression", *args, stdout=output, **options)
    return output.getvalue()


def test_the_list_is_counted() -> None:
    put_at_ses("bob@example.org", "cid@example.org")
    run("sync")
    run("add", ANN)

    assert run() == (
        "3 addresses get no mail.\n"
        "  2: hard bounce, from Amazon SES\n"
        "  1: by hand, from a person\n"
    )
    assert json.loads(run(json=True)) == {
        "total": 3,
        "counts": {"ses/bounce": 2, "manual/manual": 1},
    }


def test_why_names_every_reason_and_asks_ses() -> None:
    put_at_ses(ANN, reason="COMPLAINT")
    run("add", ANN, scope="news.example.com", note="She asked for it", days=30)

    text = run("why", ANN)

    assert "Amazon SES: complaint, since " in text
    assert "Here, for news.example.com: by hand, since " in text
    assert ", until " in text
    assert "She asked for it" in text
    assert "gets mail" not in text


def test_the_words_of_a_mail_server_do_not_drive_the_terminal() -> None:
    suppression.add(ANN)
    Suppressed.objects.update(note="smtp; 550 \x1b]0;owned\x07\x1b[2J\nno such user")

    text = run("why", ANN)

    assert "no such user" in text
    assert not [each for each in text if each != "\n" and ord(each) < 32]


def test_a_cell_of_two_lines_goes_in(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('address,note\nann@example.org,"one\ntwo\u2028three"\n', "utf-8")

    run("import", str(source))

    assert rows()[ANN].note == "one\ntwo\u2028three"


def test_why_says_that_nothing_is_wrong() -> None:
    assert run("why", ANN) == (
        f"Amazon SES: not on the account's list.\n{ANN} gets mail.\n"
    )


def test_an_address_goes_onto_both_lists_and_off_both() -> None:
    assert "is on our list and on the list of Amazon SES" in run("add", ANN, ses=True)
    assert at_ses() == {ANN}

    text = run("remove", ANN)
    assert "is off our list" in text
    assert "Amazon SES still has it" in text

    assert "is off the list of Amazon SES" in run("remove", ANN, ses=True)
    assert at_ses() == set()
    assert rows() == {}


def test_another_entry_that_still_stops_mail_is_named() -> None:
    run("add", ANN)
    run("add", ANN, scope="shop.example")

    text = run("remove", ANN)

    assert "is off our list" in text
    assert "Other entries still stop mail to it, for shop.example." in text


def test_an_entry_ends_sooner_only_if_that_is_meant() -> None:
    run("add", ANN, reason="complaint")

    with pytest.raises(CommandError, match=r"for good: complaint.* use --replace\."):
        run("add", ANN, days=1)
    assert rows()[ANN].expires_at is None

    run("add", ANN, days=1, replace=True)
    assert rows()[ANN].expires_at is not None


def test_ses_and_a_domain_do_not_go_together() -> None:
    put_at_ses(ANN)
    run("add", ANN, scope="news.example.com")

    with pytest.raises(CommandError, match="list of Amazon SES is the account's"):
        run("remove", ANN, scope="news.example.com", ses=True)

    assert at_ses() == set(rows()) == {ANN}


def test_that_ses_did_not_have_it_is_said() -> None:
    put_at_ses(ANN)
    run("sync")
    ses_suppression.delete(get_mailer(), ANN)

    text = run("remove", ANN, ses=True)

    assert text == f"Amazon SES does not have {ANN} on its list.\n"


@pytest.mark.parametrize("scope", ["", "news.example.com"])
def test_why_tells_what_is_known_here_though_ses_does_not_answer(
    ses: LocalSES, scope: str
) -> None:
    run("add", ANN, scope=scope)
    denied = errors.access_denied("ses:GetSuppressedDestination", "*")
    ses.faults.add(Fault.answer(denied, operation="GetSuppressedDestination"))
    output = io.StringIO()

    with pytest.raises(CommandError, match=r"not told: .*ses:GetSuppressedDestination"):
        call_command("ses_suppression", "why", ANN, stdout=output)

    assert output.getvalue().startswith("Here, for ")
    assert "by hand, since " in output.getvalue()


def test_why_knows_an_address_of_any_shape() -> None:
    put_at_ses("ann@intranet")

    assert "Amazon SES: bounce" in run("why", "ann@intranet")


def test_sync_says_what_it_brought() -> None:
    put_at_ses(ANN)

    assert run("sync") == "Read all of SES's list: 1 addresses, 1 new, 0 gone.\n"
    assert run("sync") == "Read what is new: 1 addresses, 0 new, 0 gone.\n"
    assert json.loads(run("sync", all=True, json=True))["whole"]


def test_denied_permission_is_named(ses: LocalSES) -> None:
    denied = errors.access_denied("ses:ListSuppressedDestinations", "*")
    ses.faults.add(Fault.answer(denied, operation="ListSuppressedDestinations"))

    with pytest.raises(CommandError, match="ses:ListSuppressedDestinations"):
        run("sync")


def test_a_file_goes_in_and_out(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("ann@example.org,BOUNCE\nnobody,BOUNCE\n")

    with pytest.raises(CommandError, match="Line 2: 'nobody' is no e-mail address"):
        run("import", str(source))
    assert rows()[ANN].reason == SuppressionReason.BOUNCE

    assert run("export", str(target)) == f"Written to {target}.\n"
    assert target.read_text().startswith("address,reason,scope")
    assert "ann@example.org,bounce," in run("export")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("why",), "specify an e-mail address to why"),
        (("add",), "specify an e-mail address to add"),
        (("add", "ann"), "'ann' is no e-mail address"),
        (("add", ANN, "--days", "1e300"), "--days"),
        (("add", ANN, "--days", "nan"), "--days"),
        (("add", ANN, "--days", "-5"), "--days has to be more than 0"),
        (("add", ANN, "--days", "0"), "--days has to be more than 0"),
        (("remove", ANN), "is not suppressed"),
        (("import",), "specify a file to import"),
        (("import", "/nowhere.csv"), "/nowhere.csv cannot be read"),
        (("export", "/nowhere/list.csv"), "/nowhere/list.csv cannot be written"),
    ],
)
def test_what_is_typed_wrong_is_said(args: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*args)


def test_a_mailer_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match="has no mailer 'nowhere'"):
        run(mailer="nowhere")


def test_what_ses_alone_has_is_not_removed_here() -> None:
    put_at_ses(ANN)
    suppression.refresh()

    with pytest.raises(CommandError, match="has to be removed there"):
        run("remove", ANN)

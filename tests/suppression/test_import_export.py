"""CSV goes in and out, and no cell is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from seacucumber import suppression
from seacucumber.conf import get_mailer
from seacucumber.enums import SuppressionReason
from seacucumber.models import Suppressed
from seacucumber.suppression.import_export import COLUMNS, harmless
from tests.suppression.lists import put_at_ses, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]


def exported() -> str:
    output = io.StringIO()
    found = Suppressed.objects.order_by("address", "scope")
    csv.writer(output).writerows(suppression.export_rows(found))
    return output.getvalue()


def test_ses_own_format_is_read() -> None:
    # "Using the Amazon SES account-level suppression list": address,REASON.
    report = suppression.import_file(
        ["recipient1@example.com,BOUNCE", "recipient2@example.com,COMPLAINT"]
    )

    assert (report.added, report.known, report.refused) == (2, 0, 0)
    assert {address: row.reason for address, row in rows().items()} == {
        "recipient1@example.com": SuppressionReason.BOUNCE,
        "recipient2@example.com": SuppressionReason.COMPLAINT,
    }


def test_columns_may_stand_in_any_order() -> None:
    lines = [
        "\ufeffName,Scope,Email,Expires,Note",
        "Ann,news.example.com,Ann@Example.org,2030-01-31T12:00:00+00:00,asked",
        "",
        "Bob,,bob@example.org,,",
    ]

    report = suppression.import_file(lines, note="from the shop")

    assert report.added == 2
    ann, bob = rows()["ann@example.org"], rows()["bob@example.org"]
    assert (ann.scope, ann.note) == ("news.example.com", "asked")
    assert ann.expires_at is not None
    assert ann.expires_at.isoformat() == "2030-01-31T12:00:00+00:00"
    assert (bob.scope, bob.note) == (get_mailer().pace_key, "from the shop")
    assert bob.expires_at is None


def test_a_line_that_cannot_be_used_is_named_and_the_others_are_taken() -> None:
    report = suppression.import_file(
        ["address,reason", "ann", "bob@example.org,SPAM", "cid@example.org,"]
    )

    assert (report.added, report.refused) == (1, 2)
    assert report.problems == [
        "Line 2: 'ann' is no e-mail address.",
        "Line 3: 'spam' is no reason; use bounce, complaint or manual.",
    ]
    assert set(rows()) == {"cid@example.org"}


def test_what_is_known_stays_as_it_is() -> None:
    suppression.add("ann@example.org", note="She asked for it")

    report = suppression.import_file(["ann@example.org,BOUNCE"] * 3)

    assert (report.added, report.known) == (0, 1)
    assert rows()["ann@example.org"].note == "She asked for it"


def test_what_only_ses_had_becomes_ours_too() -> None:
    put_at_ses("ann@example.org")
    suppression.refresh()

    report = suppression.import_file(["ann@example.org,COMPLAINT"])

    assert report.added == 1
    row = rows()["ann@example.org"]
    assert row.is_ours
    assert row.ses_known
    assert row.reason == SuppressionReason.COMPLAINT


def test_a_file_of_any_size_ends() -> None:
    lines = [f"a{number}@example.org" for number in range(1200)]

    assert suppression.import_file(lines).added == 1200
    assert Suppressed.objects.count() == 1200


@pytest.mark.parametrize("garbage", ['"', "\0\0,\0", "=1+1,,,,,,,,,"])
def test_garbage_stores_nothing(garbage: str) -> None:
    suppression.import_file([garbage])

    assert rows() == {}


@pytest.mark.parametrize("expires", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00"])
def test_an_end_at_the_end_of_all_time_is_refused(expires: str) -> None:
    report = suppression.import_file(
        ["address,expires", f"ann@example.org,{expires}", "bob@example.org,"]
    )

    assert (report.added, report.refused) == (1, 1)
    assert set(rows()) == {"bob@example.org"}


def test_a_cell_that_is_too_long_ends_the_import_and_what_was_read_is_kept() -> None:
    report = suppression.import_file(["ann@example.org", f'"{"x" * 200_000}"'])

    assert (report.added, report.refused) == (1, 1)


@pytest.mark.parametrize(
    "note",
    [
        # What a mail server says in its refusal is up to whoever runs it.
        'smtp;=HYPERLINK("http://evil.example","open")',
        "smtp; @SUM(1+1)*cmd|' /C calc'!A0",
        'smtp; 550 5.1.1 ";=1+1',
        "smtp; 550\n=1+1",
        "smtp; 550\r\n+1",
        "\uff1d1+1",
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_spreadsheet_of_any_country_finds_a_formula(
    note: str, separator: str
) -> None:
    """Where the comma is in numbers, spreadsheets take a semicolon for the border of
    cells (OWASP, "CSV Injection"), and the quotes then stand inside of cells.
    """
    suppression.add("ann@example.org")
    Suppressed.objects.update(note=note)

    text = exported()

    quoting = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")
    cells = csv.reader(lines, delimiter=separator, quoting=quoting)
    found = [cell.strip(' "') for line in cells for cell in line]
    assert not [cell for cell in found if cell[:1] in tuple("=+-@\uff1d")]
    Suppressed.objects.all().delete()
    suppression.import_file(io.StringIO(text, newline=""))
    assert rows()["ann@example.org"].note == note


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "|", "\uff1d"])
def test_no_cell_is_a_formula(first: str) -> None:
    assert harmless(f"{first}cmd") == f"'{first}cmd"


def test_what_goes_out_comes_in_again() -> None:
    suppression.add("=cmd@example.org", note="=HYPERLINK(evil)")
    suppression.add("+1@example.org", scope="news.example.com", note='say "no", please')
    before = {
        (row.address, row.scope, row.reason, row.note)
        for row in Suppressed.objects.all()
    }

    text = exported()
    Suppressed.objects.all().delete()
    suppression.import_file(io.StringIO(text))

    cells = list(csv.reader(io.StringIO(text)))
    assert tuple(cells[0]) == COLUMNS
    assert not [cell for line in cells for cell in line if cell[:1] in tuple("=+-@")]
    assert before == {
        (row.address, row.scope, row.reason, row.note)
        for row in Suppressed.objects.all()
    }

"""The pages about suppression, as an operator uses them; SES is the local one."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.response import StreamingHttpResponse
from django.test import Client

from seacucumber import suppression, tasks
from seacucumber.enums import SuppressionReason
from seacucumber.models import Suppressed
from seacucumber.testing import LocalSES
from tests.admin.letters import login
from tests.suppression.lists import at_ses, put_at_ses, rows

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ses", "wakeups"),
]

LIST = "/admin/seacucumber/suppressed/"
ADD = f"{LIST}add/"
ANN = "ann@example.org"
HOSTILE = '"<script>alert(1)</script>"@evil.example'
FIELDS = {"mailer": "default", "reason": "manual"}


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with the list."""
    login(
        client,
        "view_suppressed",
        "add_suppressed",
        "delete_suppressed",
        "change_ses_suppression",
        "import_suppressed",
        "export_suppressed",
        "refresh_figures",
    )
    return client


def page(client: Client, url: str = LIST) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def search(client: Client, text: str) -> str:
    answer = client.post(f"{LIST}search/", {"text": text})
    assert text not in answer["Location"]
    return page(client, answer["Location"])


def test_the_list_tells_who_why_and_since_when(boss: Client) -> None:
    put_at_ses("bob@example.org", reason="COMPLAINT")
    suppression.refresh()
    suppression.add(ANN, scope="news.example.com", note="She asked for it")

    text = page(boss)

    assert "bob@example.org" in text
    assert "complaint" in text
    assert "Amazon SES" in text
    assert "senders of news.example.com" in text
    assert "Last read from Amazon SES" in text


def test_the_filters_say_what_they_choose_from(boss: Client) -> None:
    suppression.add("ann@example.org")
    suppression.add("bob@example.org", scope="news.example.com")

    html = page(boss)

    choices = html[html.index('id="changelist-filter"') :]
    assert "By no mail from" in " ".join(choices.split())
    assert '<a href="?">in force</a>' in choices
    assert "2 suppressed addresses" in html


def test_what_has_ended_is_shown_on_demand(boss: Client) -> None:
    row, _ = suppression.add(ANN)
    Suppressed.objects.update(expires_at=row.since)

    assert ANN not in page(boss)
    assert ANN in page(boss, f"{LIST}?ended=yes")


@pytest.mark.parametrize(
    "text", [ANN, "ANN@", "ann@exam", "@example.org", "Ann <Ann@example.org>"]
)
def test_an_address_is_found_and_stays_out_of_the_url(boss: Client, text: str) -> None:
    suppression.add(ANN)
    suppression.add("bob@example.net")

    found = search(boss, text)

    assert ANN in found
    assert "bob@example.net" not in found


def test_nothing_found_is_said(boss: Client) -> None:
    assert "Nothing stops mail to cid@example.org." in search(boss, "cid@example.org")


def test_a_search_of_another_session_is_not_known(boss: Client) -> None:
    assert "not known any more" in page(boss, f"{LIST}?found=nothing")


def test_hostile_addresses_show_as_text(boss: Client) -> None:
    row = suppression.add(ANN)[0]
    Suppressed.objects.update(address=HOSTILE, note="<b>bold</b>\u202e")

    for url in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/delete/"):
        text = page(boss, url)
        assert "<script>alert" not in text
        assert "<b>bold" not in text
        assert "&lt;script&gt;" in text


def test_an_address_is_suppressed_in_both_places(boss: Client) -> None:
    answer = boss.post(ADD, {**FIELDS, "address": "Ann@Example.org", "at_ses": "on"})

    row = Suppressed.objects.get()
    assert answer["Location"] == f"{LIST}{row.pk}/change/"
    assert at_ses() == {ANN}
    text = page(boss, answer["Location"])
    whose = f"of the account {row.scope}."
    assert f"Ann@example.org gets no mail from now on, {whose}" in text
    assert LogEntry.objects.get().action_flag == ADDITION


def test_what_ses_refuses_is_said_and_changes_nothing(
    boss: Client, ses: LocalSES
) -> None:
    ses.configure(sandbox=True)

    answer = boss.post(ADD, {**FIELDS, "address": ANN, "at_ses": "on"})

    text = answer.content.decode()
    assert "Nothing has changed." in text
    assert "PutSuppressedDestination" in text
    assert f'value="{ANN}"' in text
    assert rows() == {}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": "ann"}, "This is no e-mail address."),
        ({"address": ANN, "scope": "no domain"}, "This is no domain."),
        ({"address": ANN, "days": "0"}, "greater than or equal to 1"),
        ({"address": ANN, "reason": "soft-bounces"}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrong_is_said(
    boss: Client, values: dict[str, str], words: str
) -> None:
    answer = boss.post(ADD, {**FIELDS, **values})

    assert words in answer.content.decode()
    assert rows() == {}


def test_who_may_not_change_ses_changes_our_list_only(client: Client) -> None:
    login(client, "view_suppressed", "add_suppressed", "delete_suppressed")
    put_at_ses(ANN)
    suppression.refresh()

    client.post(ADD, {**FIELDS, "address": "bob@example.org", "at_ses": "on"})
    assert at_ses() == {ANN}
    pk = rows()[ANN].pk
    answer = client.post(f"{LIST}{pk}/delete/", {"at_ses": "on"})
    assert "has to be removed there" in answer.content.decode()
    assert at_ses() == {ANN}
    assert ANN in rows()


def test_an_address_is_taken_off_both_lists(boss: Client) -> None:
    put_at_ses(ANN)
    suppression.refresh()
    pk = rows()[ANN].pk
    assert "checked" in page(boss, f"{LIST}{pk}/delete/")

    answer = boss.post(f"{LIST}{pk}/delete/", {"at_ses": "on"})

    assert "no entry stops mail to it any more" in page(boss, answer["Location"])
    assert at_ses() == set()
    assert rows() == {}
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_repr) == (DELETION, ANN)


def test_a_warning_says_that_ses_still_has_it(boss: Client) -> None:
    suppression.add(ANN, at_ses=True)
    pk = rows()[ANN].pk

    answer = boss.post(f"{LIST}{pk}/delete/", {})

    assert "SES still has it and drops mail to it" in page(boss, answer["Location"])
    assert not rows()[ANN].is_ours


def test_an_entry_has_a_page_and_ses_can_be_asked(boss: Client) -> None:
    suppression.add(ANN, note="She asked for it")
    pk = rows()[ANN].pk
    text = page(boss, f"{LIST}{pk}/change/")
    assert "She asked for it" in text
    assert "never by itself" in text

    put_at_ses(ANN)
    answer = boss.post(f"{LIST}{pk}/ask/")

    assert f"SES has {ANN} on its list." in page(boss, answer["Location"])
    assert rows()[ANN].ses_known


def test_a_copy_that_is_out_of_date_goes_when_ses_is_asked(boss: Client) -> None:
    put_at_ses(ANN)
    suppression.refresh()
    pk = rows()[ANN].pk
    suppression.remove(ANN, at_ses=True)
    Suppressed.objects.create(
        pk=pk,
        address=ANN,
        scope="default/eu-west-1",
        reason=SuppressionReason.BOUNCE,
        source="ses",
        since="2026-01-01T00:00:00Z",
        ses_known=True,
    )

    answer = boss.post(f"{LIST}{pk}/ask/")

    assert answer["Location"] == LIST
    assert "SES does not have" in page(boss, LIST)


def test_a_worker_is_asked_to_read_the_whole_list(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def ask(alias: str, subject: str) -> bool:
        asked.append((alias, str(subject)))
        return len(asked) == 1

    monkeypatch.setattr(tasks, "ask_for_refresh", ask)

    boss.post(f"{LIST}refresh/")
    assert "A worker reads the suppression list" in page(boss)
    boss.post(f"{LIST}refresh/")
    assert "No worker could be asked" in page(boss)

    assert asked[0] == ("default", "suppress-all")
    assert LogEntry.objects.get().action_flag == CHANGE


def test_a_file_goes_in(boss: Client) -> None:
    file = SimpleUploadedFile("list.csv", b"ann@example.org,BOUNCE\nnobody,BOUNCE\n")

    answer = boss.post(f"{LIST}import/", {**FIELDS, "file": file, "note": "shop"})

    text = answer.content.decode()
    assert "1 added, 0 were on the list." in text
    assert "Line 2: &#x27;nobody&#x27; is no e-mail address." in text
    assert rows()[ANN].note == "shop"
    assert LogEntry.objects.get().change_message == "Imported 1 addresses."


def test_a_cell_of_two_lines_goes_in(boss: Client) -> None:
    lines = 'address,note\r\nann@example.org,"one\ntwo\u2028three"\r\n'
    file = SimpleUploadedFile("list.csv", lines.encode())

    boss.post(f"{LIST}import/", {**FIELDS, "file": file})

    assert rows()[ANN].note == "one\ntwo\u2028three"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_text_is_refused(boss: Client, content: bytes) -> None:
    file = SimpleUploadedFile("list.csv", content)

    answer = boss.post(f"{LIST}import/", {**FIELDS, "file": file})

    assert "errors" in answer.content.decode()
    assert rows() == {}


def test_the_list_goes_out_and_it_is_written_down(boss: Client) -> None:
    suppression.add("=cmd@example.org", note="=1+1")

    answer = boss.post(f"{LIST}export/")

    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment")
    cells = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert cells[1][0] == "'=cmd@example.org"
    assert cells[1][-1] == "'=1+1"
    assert LogEntry.objects.get().change_message == "Exported the suppression list."

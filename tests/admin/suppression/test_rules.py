"""What staff may do to an entry, and what a search of the list says."""

from __future__ import annotations

import pytest
from django.test import Client

from seacucumber import suppression
from seacucumber.enums import SuppressionReason
from seacucumber.models import Message
from seacucumber.ses.account import suppression as ses_suppression
from tests.admin.letters import login
from tests.queue import drain, put
from tests.suppression.event_story import bounce, complaint, tell
from tests.suppression.lists import at_ses, put_at_ses, rows

# Not in a transaction: a call to SES waits for its turn outside of one.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ses", "wakeups"),
]

LIST = "/admin/seacucumber/suppressed/"
ANN = "ann0@example.org"
TOMORROW = {"mailer": "default", "reason": "manual", "address": ANN, "days": "1"}
NOTHING = "Nothing stops mail to"


def search(client: Client, text: str, filters: str = "") -> str:
    answer = client.post(f"{LIST}search/", {"text": text})
    return client.get(answer["Location"] + filters).content.decode()


def test_who_may_not_remove_lets_no_entry_end_sooner(client: Client) -> None:
    login(client, "add_suppressed")
    suppression.add(ANN, reason=SuppressionReason.COMPLAINT)

    answer = client.post(f"{LIST}add/", TOMORROW)

    text = answer.content.decode()
    assert "Nothing has changed." in text
    assert f"{ANN} is on the list since" in text
    assert "have the entry removed first" in text
    row = rows()[ANN]
    assert (row.reason, row.expires_at) == (SuppressionReason.COMPLAINT, None)


def sent_to_one_at_ses() -> Message:
    """Return a message whose recipient has come onto SES's list since."""
    message = put()
    drain()
    message.refresh_from_db()
    put_at_ses(ANN)
    return message


def test_who_may_remove_lets_an_entry_end_sooner(client: Client) -> None:
    login(client, "add_suppressed", "delete_suppressed")
    suppression.add(ANN, reason=SuppressionReason.COMPLAINT)

    client.post(f"{LIST}add/", TOMORROW)

    assert rows()[ANN].expires_at is not None


def test_an_address_leaves_ses_list_though_the_copy_does_not_have_it_yet(
    client: Client,
) -> None:
    """SES lists a hard bounce by itself; the next reading is minutes away."""
    login(client, "view_suppressed", "delete_suppressed", "change_ses_suppression")
    message = sent_to_one_at_ses()
    tell(bounce(message))
    url = f"{LIST}{rows()[ANN].pk}/delete/"

    assert 'name="at_ses"' in client.get(url).content.decode()
    client.post(url, {"at_ses": "on"})

    assert (at_ses(), rows()) == (set(), {})


def test_an_entry_of_one_domain_does_not_offer_the_list_of_ses(client: Client) -> None:
    login(client, "view_suppressed", "delete_suppressed", "change_ses_suppression")
    row, _ = suppression.add(ANN, scope="news.example.com")

    text = client.get(f"{LIST}{row.pk}/delete/").content.decode()

    assert 'name="at_ses"' not in text


def test_what_comes_while_ses_is_asked_is_said(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(client, "view_suppressed", "delete_suppressed", "change_ses_suppression")
    message = sent_to_one_at_ses()
    suppression.refresh()
    delete = ses_suppression.delete

    def complain_and_delete(mailer: object, address: str) -> None:
        tell(complaint(message))
        delete(mailer, address)  # type: ignore[arg-type]

    monkeypatch.setattr(ses_suppression, "delete", complain_and_delete)

    url = f"{LIST}{rows()[ANN].pk}/delete/"
    text = client.post(url, {"at_ses": "on"}, follow=True).content.decode()

    assert "has come onto our list anew meanwhile" in text
    assert rows()[ANN].reason == SuppressionReason.COMPLAINT


@pytest.mark.parametrize(
    "text",
    [
        "Ann@M\u00fcnchen.example",
        "ann@xn--mnchen-3ya.example",
        "@m\u00fcnchen.example",
    ],
)
def test_an_internationalised_domain_is_found(client: Client, text: str) -> None:
    login(client, "view_suppressed")
    suppression.add("ann@m\u00fcnchen.example")

    found = search(client, text)

    assert "ann@xn--mnchen-3ya.example" in found
    assert NOTHING not in found


def test_that_nothing_stops_mail_is_said_of_all_entries_and_a_whole_address(
    client: Client,
) -> None:
    login(client, "view_suppressed")
    suppression.add(ANN)

    assert NOTHING in search(client, "bob@example.org")
    assert NOTHING not in search(client, ANN, "&reason__exact=complaint")
    assert NOTHING not in search(client, "bob@example.org", "&ended=yes")
    assert NOTHING not in search(client, "bob@")
    assert NOTHING not in search(client, "@example.net")

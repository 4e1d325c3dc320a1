"""The list of events and one event's page, as an operator uses them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from seacucumber import suppression
from seacucumber.admin.events import changelist as event_list
from seacucumber.admin.large_tables import changelist as long_list
from seacucumber.models import Event, Message
from seacucumber.ses.inbound.event import SESEvent
from tests.admin.letters import letter, login, sent
from tests.ses_events.notifications import tell, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "wakeups")]

LIST = "/admin/seacucumber/event/"
ANN, BOB = "ann@example.org", "bob@example.net"
HOSTILE = "<script>alert(1)</script>\u202egpj.exe"


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may see events, messages and suppressed addresses."""
    login(client, "view_event", "view_message", "view_suppressed")
    return client


def page(client: Client, url: str = LIST) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(answer: Any) -> list[int]:
    """Return the ids on a page of the list."""
    return [event.pk for event in answer.context["cl"].result_list]


def named(answer: Any) -> set[str]:
    """Return the recipients on a page of the list."""
    return {event.recipient for event in answer.context["cl"].result_list}


def search(client: Client, text: str) -> Any:
    answer = client.post(f"{LIST}search/", {"text": text})
    # Two letters may stand in any token.
    assert len(text) < 3 or text not in answer["Location"]
    return client.get(answer["Location"])


def url_of(event: Event) -> str:
    return f"{LIST}{event.pk}/change/"


def order() -> Message:
    """Return a message to Ann that SES has accepted."""
    return sent(letter(to=[ANN]), ses_message_id="SES-1")


def of_others(
    kind: str = "Bounce", recipients: Iterable[str] = (BOB,), **values: Any
) -> SESEvent:
    """Return an event of mail that others have sent from the account."""
    values = {"ses_message_id": "SES-others", **values}
    return told(None, kind, recipients=tuple(recipients), **values)


# -- the list ------------------------------------------------------------------------


def test_the_list_tells_what_became_of_our_mail_and_that_of_others(
    boss: Client,
) -> None:
    message = order()
    tell(
        told(message, "Delivery", recipients=(ANN,), smtpResponse="250 2.6.0 received"),
        of_others("Complaint", complaintFeedbackType="abuse"),
    )

    text = page(boss)

    for words in (
        *("delivery", ANN, "250 2.6.0 received", "by queue"),
        *("complaint", BOB, "abuse"),
    ):
        assert words in text
    assert f'href="/admin/seacucumber/message/{message.pk}/change/">Your order' in text
    assert "mail of others" in text
    assert "SES-others" in text


def test_the_colour_tells_what_it_means_for_the_recipient(boss: Client) -> None:
    tell(
        of_others(),
        of_others(bounceType="Transient", ses_message_id="SES-2"),
        of_others("Delivery"),
    )

    text = page(boss)

    assert '<span class="cu-pill cu-bad">bounce</span>' in text
    assert '<span class="cu-pill cu-warn">bounce</span>' in text
    assert '<span class="cu-pill cu-ok">delivery</span>' in text


def test_a_type_that_is_not_known_here_has_the_word_of_ses(boss: Client) -> None:
    tell(of_others("Teleported"))

    assert "Teleported" in page(boss)
    assert "Teleported" in page(boss, url_of(Event.objects.get()))
    assert len(listed(boss.get(f"{LIST}?type=other"))) == 1


def test_who_may_not_see_messages_gets_no_subject_and_no_link(client: Client) -> None:
    login(client, "view_event")
    message = order()
    tell(told(message, "Bounce", recipients=(ANN,)))

    for url in (LIST, url_of(Event.objects.get())):
        text = page(client, url)
        assert ANN in text
        assert "Your order" not in text
        assert f"/message/{message.pk}/" not in text
        assert "/suppressed/" not in text
        assert "ours" in text


def test_the_newest_come_first_and_nothing_is_counted(boss: Client) -> None:
    tell(*(of_others("Open", after_s=float(number)) for number in range(60)))
    pks = list(Event.objects.order_by("-pk").values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as queries:
        assert listed(boss.get(LIST)) == pks[:50]
        assert listed(boss.get(f"{LIST}?p=2&type=open&whose=others")) == pks[50:]

    ours = [query["sql"] for query in queries if "seacucumber_event" in query["sql"]]
    assert ours
    assert [sql for sql in ours if "COUNT(" in sql] == []


def test_a_page_costs_the_same_queries_for_one_event_and_for_fifty(
    boss: Client,
) -> None:
    message = order()
    tell(told(message, "Open"))
    with CaptureQueriesContext(connection) as one:
        boss.get(LIST)
    tell(*(told(message, "Open", after_s=float(number)) for number in range(1, 50)))
    with CaptureQueriesContext(connection) as fifty:
        boss.get(LIST)
    assert len(fifty) == len(one)


def test_beyond_a_stretch_there_is_a_link_to_older_ones(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_list, "REACH", 3)
    tell(*(of_others("Open", after_s=float(number)) for number in range(5)))
    pks = list(Event.objects.order_by("-pk").values_list("pk", flat=True))

    first = boss.get(LIST)

    assert listed(first) == pks[:3]
    assert "3 of about 5 events" in first.content.decode()
    assert listed(boss.get(LIST + first.context["cl"].older_url)) == pks[3:]


def test_an_event_that_came_in_late_says_so(boss: Client) -> None:
    tell(of_others())
    Event.objects.update(received_at=F("at") + timedelta(hours=3))

    assert "by queue, 3\xa0hours later" in page(boss)


def test_an_empty_list_tells_how_events_come_in(boss: Client) -> None:
    assert "No event of SES is kept." in page(boss)
    tell(of_others())
    assert "No event of SES is kept." not in page(boss)
    assert "No event of SES is kept." not in page(boss, f"{LIST}?type=click")


# -- filters -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=bounce", {ANN, BOB}),
        ("type=delivery", {"cid@example.org"}),
        ("whose=ours", {ANN, "cid@example.org"}),
        ("whose=others", {BOB, "dan@example.net"}),
        ("type=bounce&whose=others", {BOB}),
        ("type=bounce&whose=ours", {ANN}),
        ("type=click", set()),
    ],
)
def test_filters_leave_what_they_say(
    boss: Client, query: str, expected: set[str]
) -> None:
    message = order()
    tell(
        told(message, "Bounce", recipients=(ANN,)),
        told(message, "Delivery", recipients=("cid@example.org",)),
        of_others(),
        of_others("Complaint", ["dan@example.net"]),
    )

    assert named(boss.get(f"{LIST}?{query}")) == expected


def test_the_time_is_that_of_the_arrival(boss: Client) -> None:
    for name in ("old", "week", "day"):
        tell(of_others("Open", [f"{name}@example.net"], ses_message_id=name))
    now = timezone.now()
    for name, days in {"old": 40, "week": 5, "day": 0.5}.items():
        rows = Event.objects.filter(ses_message_id=name)
        rows.update(received_at=now - timedelta(days=days))
    old, week, day = Event.objects.order_by("pk").values_list("pk", flat=True)

    assert listed(boss.get(f"{LIST}?when=24h")) == [day]
    assert listed(boss.get(f"{LIST}?when=7d")) == [day, week]
    assert listed(boss.get(f"{LIST}?when={now - timedelta(days=40):%Y-%m-%d}")) == [old]


def test_of_one_message_all_events_are_found_from_its_page(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seacucumber.admin.messages.event_log.EVENTS_SHOWN", 2)
    message = order()
    tell(*(told(message, "Open", after_s=float(number)) for number in range(2)))
    detail = f"/admin/seacucumber/message/{message.pk}/change/"
    assert "All events of this message" not in page(boss, detail)

    tell(told(message, "Click"), of_others())

    assert f"{LIST}?message={message.pk}" in page(boss, detail)
    assert len(listed(boss.get(f"{LIST}?message={message.pk}"))) == 3
    login(boss, "view_message", name="bob")
    assert "All events of this message" not in page(boss, detail)


@pytest.mark.parametrize(
    "query",
    [
        *("type=9", "type=x", "whose=x", "message=x", f"message={'9' * 30}"),
        *("when=yesterday", "p=99"),
    ],
)
def test_what_no_filter_knows_is_refused(boss: Client, query: str) -> None:
    tell(of_others())
    answer = boss.get(f"{LIST}?{query}")
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}?e=1"


@pytest.mark.parametrize("lookup", ["detail__link", "message__uid"])
def test_nobody_asks_by_lookups_of_their_own(boss: Client, lookup: str) -> None:
    assert boss.get(f"{LIST}?{lookup}=x").status_code == 400


# -- the search ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *(ANN, "Ann@Example.ORG", "ann@", "AN", "SES-1"),
        *("Ann <ann@example.org>", '"Ann"@example.org', "ann@example.org."),
    ],
)
def test_an_event_is_found_and_the_text_stays_out_of_the_url(
    boss: Client, text: str
) -> None:
    tell(told(order(), "Bounce", recipients=(ANN,)), of_others())

    answer = search(boss, text)

    assert named(answer) == {ANN}


def test_mail_of_others_is_found_by_recipient_and_by_the_id_of_ses(
    boss: Client,
) -> None:
    tell(told(order(), "Bounce", recipients=(ANN,)), of_others())

    for text in (BOB, "SES-others"):
        assert named(search(boss, text)) == {BOB}
    assert listed(search(boss, "nobody@example.org")) == []


def test_a_search_in_the_url_does_not_stay_there(boss: Client) -> None:
    tell(of_others())
    answer = boss.get(LIST, {"q": BOB})
    assert answer.status_code == 302
    assert BOB not in answer["Location"]
    assert named(boss.get(answer["Location"])) == {BOB}


def test_a_search_of_another_session_finds_nothing_and_says_why(boss: Client) -> None:
    tell(of_others())
    answer = boss.get(f"{LIST}?found=nothing")
    assert listed(answer) == []
    assert "not known any more" in answer.content.decode()


def test_filters_narrow_what_was_found(boss: Client) -> None:
    tell(of_others(), of_others("Open"))
    found = boss.post(f"{LIST}search/", {"text": BOB})["Location"]

    assert len(listed(boss.get(found))) == 2
    assert len(listed(boss.get(f"{found}&type=bounce"))) == 1


@pytest.mark.parametrize(
    ("text", "words"), [(BOB, "The newest 2 are shown"), ("bob", "More than 2 events")]
)
def test_of_very_many_some_are_found_and_the_page_says_so(
    boss: Client, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setattr(event_list, "FOUND_MAX", 2)
    tell(*(of_others("Open", after_s=float(number)) for number in range(4)))

    answer = search(boss, text)

    assert len(listed(answer)) == 2
    assert words in answer.content.decode()


# -- one event's page ----------------------------------------------------------------


def test_the_page_of_a_bounce_has_all_that_is_kept(boss: Client) -> None:
    message = order()
    tell(
        told(
            message,
            "Bounce",
            bounceSubType="NoEmail",
            reportingMTA="dns; mx.example.org",
            bouncedRecipients=[
                {
                    "emailAddress": ANN,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
        )
    )
    event = Event.objects.get()

    text = page(boss, url_of(event))

    for words in (
        *("bounced", ANN, "Permanent", "NoEmail", "failed", "5.1.1", "by queue"),
        *("dns; mx.example.org", "smtp; 550 5.1.1 user unknown", "Bounce-0.0"),
        *("SES-1", event.fingerprint, "2026-11-01"),
    ):
        assert words in text, words
    assert f'href="/admin/seacucumber/message/{message.pk}/change/">Your order' in text


def test_the_page_leads_to_the_suppressed_address(boss: Client) -> None:
    tell(of_others())
    event = Event.objects.get()
    assert "suppression list" not in page(boss, url_of(event))

    entry, _ = suppression.add(BOB)

    assert f'href="/admin/seacucumber/suppressed/{entry.pk}/change/"' in page(
        boss, url_of(event)
    )


def test_mail_of_others_says_so_on_its_page(boss: Client) -> None:
    tell(of_others())
    text = page(boss, url_of(Event.objects.get()))
    assert "Mail of others" in text
    assert "SES-others" in text


def test_a_detail_that_is_not_known_here_is_shown_under_its_name(boss: Client) -> None:
    tell(of_others("Open"))
    Event.objects.update(detail={"colour": {"hue": [1, 2]}, "link": "x" * 2000})

    text = page(boss, url_of(Event.objects.get()))

    assert '<dt class="cu-break">colour</dt>' in text
    assert "{&quot;hue&quot;: [1, 2]}" in text
    assert "x" * 2000 in text


def test_hostile_words_show_as_text(boss: Client) -> None:
    tell(of_others("Reject", reason=HOSTILE))
    Event.objects.update(recipient=HOSTILE, ses_message_id=HOSTILE)

    for url in (LIST, url_of(Event.objects.get())):
        text = page(boss, url)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text
        assert "\u202e" not in text


def test_an_event_that_is_gone_is_not_found(boss: Client) -> None:
    assert boss.get(f"{LIST}1/change/").status_code == 404


# -- what it costs -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("type=bounce", "seacucumber_event_type"),
        ("whose=others", "seacucumber_event_message_id"),
        ("message=1", "seacucumber_event_message_id"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="Reads SQLite's plan")
def test_filters_are_answered_by_an_index_in_its_order(
    boss: Client, query: str, index: str
) -> None:
    tell(of_others())
    with CaptureQueriesContext(connection) as queries:
        boss.get(f"{LIST}?{query}")
    [sql] = [q["sql"] for q in queries if "LIMIT 5001" in q["sql"]]

    plan = _plan(sql)

    assert index in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("SES-others", "seacucumber_event_mail"),
        (BOB, "seacucumber_event_who"),
        ("bob", "seacucumber_event_who"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="Reads SQLite's plan")
def test_a_search_is_answered_by_indexes(boss: Client, text: str, index: str) -> None:
    tell(of_others())
    with CaptureQueriesContext(connection) as queries:
        search(boss, text)
    plans = [_plan(q["sql"]) for q in queries if "LIMIT 1001" in q["sql"]]

    assert index in plans[-1]
    assert all(" USING " in plan and "TEMP B-TREE" not in plan for plan in plans)


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())

"""The list of messages, one message's page, and what can be done from them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from seacucumber.admin.large_tables import changelist as long_list
from seacucumber.admin.large_tables.id_range import estimate, first_since
from seacucumber.admin.messages import search as message_search
from seacucumber.conf import BACKEND, Mailer, get_mailer
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import HoldScope, Lane, MessageState, Uncertain
from seacucumber.models import BodyChunk, Message
from seacucumber.testing import Fault, LocalSES, errors
from tests.admin.letters import change, failed, letter, login, queue, sent
from tests.conftest import WakeUps
from tests.queue import USING, drain, fresh, now_us, put, put_many, state

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "wakeups")]

LIST = "/admin/seacucumber/message/"
QUEUED_AT = Message._meta.get_field("created_at")
HOSTILE = '"><script>alert(1)</script>\u202egpj.exe\u2066' + "A" * 10_000


@pytest.fixture
def boss(client: Client) -> Client:
    """Somebody who may do everything with messages."""
    login(client, "view_message", "requeue_message", "cancel_message", "view_body")
    return client


def page(client: Client, message: Message) -> str:
    return client.get(f"{LIST}{message.pk}/change/").content.decode()


def listed(answer: Any) -> list[int]:
    """Return the ids on a page of the list."""
    return [message.pk for message in answer.context["cl"].result_list]


def search(client: Client, text: str) -> Any:
    return client.post(f"{LIST}search/", {"text": text}, follow=True)


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


# -- the list ------------------------------------------------------------------------


def test_the_list_shows_whom_what_where_it_stands_and_how_often(boss: Client) -> None:
    queue(letter(subject="Your order", to=["bob@example.org"]), lane=Lane.BULK)
    text = boss.get(LIST).content.decode()
    for word in ("Your order", "bob@example.org", "queued", "bulk", "shop@example.com"):
        assert word in text


def test_the_newest_come_first_fifty_a_page(boss: Client) -> None:
    messages = put_many(60)
    pks = [message.pk for message in reversed(messages)]
    assert listed(boss.get(LIST)) == pks[:50]
    assert listed(boss.get(f"{LIST}?p=2")) == pks[50:]


def test_a_page_costs_the_same_queries_for_one_message_and_for_fifty(
    boss: Client,
) -> None:
    put(recipients=3)
    with CaptureQueriesContext(connection) as one:
        boss.get(LIST)
    put_many(49, recipients=3)
    with CaptureQueriesContext(connection) as fifty:
        boss.get(LIST)
    assert len(fifty) == len(one)


def test_nothing_counts_the_table_or_reads_by_offset(boss: Client) -> None:
    put_many(120)
    with CaptureQueriesContext(connection) as queries:
        boss.get(f"{LIST}?p=2&state=queued&lane=transactional")
    counting = [
        query["sql"]
        for query in queries
        if "COUNT(" in query["sql"] and "seacucumber_message" in query["sql"]
    ]
    assert counting == []


def test_beyond_a_stretch_there_is_a_link_to_older_ones(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_list, "REACH", 60)
    pks = [message.pk for message in reversed(put_many(100))]
    first = boss.get(f"{LIST}?p=2")
    assert listed(first) == pks[50:60]
    assert "60 of about 100 messages" in first.content.decode()
    older = first.context["cl"].older_url
    assert listed(boss.get(LIST + older)) == pks[60:]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=failed", {"failed"}),
        ("state=queued", {"queued", "bulk"}),
        ("state=sent", {"sent"}),
        ("state=cancelled", {"cancelled"}),
        ("lane=bulk", {"bulk"}),
        ("state=queued&lane=bulk", {"bulk"}),
        ("state=failed&lane=bulk", set()),
    ],
)
def test_filters_leave_what_they_say(
    boss: Client, query: str, expected: set[str]
) -> None:
    rows = {
        "queued": queue(),
        "bulk": queue(lane=Lane.BULK),
        "failed": failed(),
        "sent": sent(),
        "cancelled": queue(state=MessageState.CANCELLED),
    }
    found = listed(boss.get(f"{LIST}?{query}"))
    assert {name for name, row in rows.items() if row.pk in found} == expected


def test_dates_leave_one_day_of_the_sites_calendar_or_the_time_since(
    boss: Client,
) -> None:
    now = timezone.now()
    ages = {"old": 40, "week": 5, "day": 0.5}
    rows = {
        name: queue(created_at=now - timedelta(days=days))
        for name, days in ages.items()
    }
    day = f"{now - timedelta(days=5):%Y-%m-%d}"
    assert listed(boss.get(f"{LIST}?when=24h")) == [rows["day"].pk]
    assert listed(boss.get(f"{LIST}?when=7d")) == [rows["day"].pk, rows["week"].pk]
    assert listed(boss.get(f"{LIST}?when={day}")) == [rows["week"].pk]


def test_filters_without_an_index_look_at_the_newest_only_and_say_so(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_list, "SCANNED_MAX", 10)
    bulk = queue(lane=Lane.BULK)
    put_many(15)
    first = boss.get(f"{LIST}?lane=bulk")
    assert listed(first) == []
    assert "Looked at 10 messages only" in first.content.decode()
    older = first.context["cl"].older_url
    assert listed(boss.get(LIST + older)) == [bulk.pk]


def test_mail_of_a_mailer_that_is_not_configured_any_more_is_found(
    boss: Client, settings: Any
) -> None:
    settings.MAILERS = {"default": {"BACKEND": BACKEND}}
    mine, lost = queue(), queue()
    Message.objects.filter(pk=lost.pk).update(mailer="news")
    page = boss.get(LIST)
    assert "not configured any more" in page.content.decode()
    assert listed(boss.get(f"{LIST}?mailer=(gone)")) == [lost.pk]
    assert listed(boss.get(f"{LIST}?mailer=default")) == [mine.pk]


@pytest.mark.parametrize(
    "query",
    ["state=999", "lane=x", "when=2026-13-99", "when=yesterday", "p=99", "mailer=x"],
)
def test_a_query_that_means_nothing_leads_back_to_the_list(
    boss: Client, query: str
) -> None:
    answer = boss.get(f"{LIST}?{query}")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?e=1")


@pytest.mark.parametrize(
    "query", ["subject__icontains=a", "id__in=1,2", "recipients__address=a@b.c"]
)
def test_lookups_that_would_walk_the_table_are_refused(
    boss: Client, query: str
) -> None:
    assert boss.get(f"{LIST}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["o=99", "o=1.-2", "p=x", "before=x", "all="])
def test_other_nonsense_is_ignored(boss: Client, query: str) -> None:
    put_many(3)
    assert len(listed(boss.get(f"{LIST}?{query}"))) == 3


# -- the search ----------------------------------------------------------------------


def test_a_recipient_is_found_whole_whatever_the_case(boss: Client) -> None:
    bob = queue(letter(to=["Bob@example.org"]))
    queue(letter(to=["bob@example.org.evil.example"]))
    assert listed(search(boss, "bob@EXAMPLE.org")) == [bob.pk]


@pytest.mark.parametrize(
    "text", ["Bob <BOB@example.org>", '"bob"@example.org', "bob@example.org (Bob)"]
)
def test_a_recipient_is_found_however_it_is_written(boss: Client, text: str) -> None:
    bob = queue(letter(to=["bob@example.org"]))
    queue(letter(to=["jim@example.org"]))
    assert listed(search(boss, text)) == [bob.pk]


def test_a_recipient_with_a_domain_in_unicode_is_found(boss: Client) -> None:
    bob = queue(letter(to=["bob@xn--bcher-kva.example"]))
    assert listed(search(boss, "bob@B\u00fccher.example")) == [bob.pk]


def test_a_recipient_is_found_by_how_it_begins(boss: Client) -> None:
    bob = queue(letter(to=["bob.builder@example.org"]))
    queue(letter(to=["jim_bob.builder@example.org"]))
    assert listed(search(boss, "bob.b")) == [bob.pk]
    assert listed(search(boss, "bob.builder@exa")) == [bob.pk]


@pytest.mark.parametrize("mark", ["%", "_", "*"])
def test_marks_of_patterns_are_no_patterns(boss: Client, mark: str) -> None:
    queue(letter(to=["bob@example.org"]))
    assert listed(search(boss, f"b{mark}b@")) == []


def test_ids_are_found_with_and_without_dashes(boss: Client) -> None:
    message = sent(ses_message_id="010201-aa-000000")
    sent(ses_message_id="010201-ab-000000")
    uid = message.uid
    dashed = f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
    for text in ("010201-aa-000000", uid, dashed.upper()):
        assert listed(search(boss, text)) == [message.pk]


def test_a_subject_is_found_by_a_part_of_it(boss: Client) -> None:
    message = queue(letter(subject="Reset your Password"))
    queue(letter(subject="Invoice"))
    assert listed(search(boss, "password")) == [message.pk]


def test_subjects_of_old_messages_are_not_searched_and_the_page_says_so(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "SUBJECTS_MAX", 3)
    queue(letter(subject="Reset your password"))
    put_many(5)
    answer = search(boss, "password")
    assert listed(answer) == []
    assert "newest 3 messages only" in answer.content.decode()


def test_of_many_messages_to_one_address_the_newest_are_found(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "FOUND_MAX", 4)
    pks = [message.pk for message in put_many(6)]
    answer = search(boss, "ann0@example.org")
    assert listed(answer) == pks[:1:-1]
    assert "newest 4 messages to this address" in answer.content.decode()


def test_filters_narrow_what_was_found(boss: Client) -> None:
    put()
    lost = failed()
    found = search(boss, "bob@example.org")
    key = found.redirect_chain[-1][0].partition("?")[2]
    assert listed(boss.get(f"{LIST}?{key}&state=failed")) == [lost.pk]


def test_what_is_searched_for_is_in_no_url(boss: Client) -> None:
    put_many(60)
    answer = search(boss, "ann0@example.org")
    urls = [url for url, _ in answer.redirect_chain]
    links = re.findall(r'(?:href|action)="([^"]*)"', answer.content.decode())
    assert len(listed(answer)) == 50
    assert not [url for url in urls + links if "ann0" in url]


def test_a_search_that_comes_in_the_url_does_not_stay_there(boss: Client) -> None:
    message = put()
    answer = boss.get(f"{LIST}?q=ann0@example.org", follow=True)
    assert listed(answer) == [message.pk]
    assert "ann0" not in answer.redirect_chain[-1][0]


def test_a_search_of_somebody_elses_session_is_not_known(boss: Client) -> None:
    put()
    answer = boss.get(f"{LIST}?found=abc")
    assert listed(answer) == []
    assert "not known any more" in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["\0", "%00", "'; --", HOSTILE, "\udcff", " ", "a" * 9999]
)
def test_any_text_can_be_searched_for(boss: Client, text: str) -> None:
    put()
    answer = search(boss, text.encode("utf-8", "replace").decode())
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_search_costs_the_same_queries_whatever_it_finds(boss: Client) -> None:
    put()
    counts = set()
    for number in (0, 40):
        put_many(number)
        url = search(boss, "ann0@example.org").redirect_chain[-1][0]
        with CaptureQueriesContext(connection) as queries:
            boss.get(url)
        counts.add(len(queries))
    assert len(counts) == 1


# -- the range of ids ----------------------------------------------------------------


def _aged(hours: list[int]) -> list[Message]:
    now = timezone.now()
    return [
        change(message, created_at=now - timedelta(hours=age))
        for message, age in zip(put_many(len(hours)), hours, strict=True)
    ]


def test_the_first_id_since_a_moment_is_found_in_one_query_across_gaps() -> None:
    rows = _aged(list(range(60, 0, -1)))
    Message.objects.filter(pk__in=[row.pk for row in rows[20:30]]).delete()

    def first(hours: float) -> int:
        return first_since(timezone.now() - timedelta(hours=hours), QUEUED_AT, USING)

    with CaptureQueriesContext(connection) as queries:
        assert first(50.5) == rows[10].pk
    assert len(queries) == 1
    assert first(5000) == rows[0].pk
    assert first(0) > rows[-1].pk
    assert rows[19].pk < first(35.5) <= rows[30].pk


def test_of_an_empty_table_nothing_is_said() -> None:
    now = datetime.now(timezone.get_current_timezone())
    assert first_since(now, QUEUED_AT, USING) == 0
    assert estimate(Message, USING) >= 0


# -- one message's page --------------------------------------------------------------


def test_the_page_of_a_sent_message_tells_its_whole_story(boss: Client) -> None:
    message = put(tags={"kind": "order"}, metadata={"order": 17})
    drain()
    text = page(boss, fresh(message))
    for words in (
        "SES accepted it.",
        "Accepted is not yet delivered.",
        fresh(message).ses_message_id,
        "Attempt 1 began.",
        "Attempt 1 ended: accepted.",
        "ann0@example.org",
        "order",
        "17",
    ):
        assert words in text


def test_what_ses_rejects_is_explained_with_what_to_do(
    boss: Client, ses: LocalSES
) -> None:
    message = put()
    ses.faults.add(Fault.answer(errors.message_rejected("It has a virus.")))
    drain()
    text = page(boss, message)
    assert state(message) is MessageState.FAILED
    assert "SES rejected the message for its content" in text
    assert "Correct the cause named above; then send it again." in text
    assert "MessageRejected" in text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "It waits for its turn."),
        ({"state": MessageState.CLAIMED}, "It can still be cancelled."),
        ({"state": MessageState.SENDING}, "cannot be cancelled any more"),
        ({"state": MessageState.SENT}, "SES accepted it."),
        ({"state": MessageState.UNCERTAIN}, "get it twice"),
        (
            {"state": MessageState.UNCERTAIN, "uncertain": Uncertain.HOLD},
            "held for you to decide",
        ),
        ({"state": MessageState.HELD}, "may deliver it twice"),
        ({"state": MessageState.CANCELLED}, "Nobody has got it."),
        ({"state": MessageState.SUPPRESSED}, "suppression list"),
        ({"state": MessageState.FAILED}, "No reason was recorded."),
        ({"state": MessageState.FAILED, "reason": "expired"}, "time was over"),
        ({"state": MessageState.FAILED, "reason": "poison"}, "workers&#x27; logs"),
        ({"state": MessageState.FAILED, "reason": "BodyMissing"}, "send it anew"),
        ({"last_error": "SES is busy.", "attempts": 2}, "2 tries were made"),
        ({"state": 42}, "not known here"),
    ],
)
def test_every_state_has_its_words(
    boss: Client, values: dict[str, Any], words: str
) -> None:
    assert words in page(boss, queue(**values))


def test_a_hold_that_keeps_a_message_is_named_with_its_cure(
    boss: Client, mailer: Mailer
) -> None:
    message = queue()
    lifecycle.pause(
        mailer.pace_key,
        scope=HoldScope.SENDER,
        value="example.com",
        why="w",
        actor="eve",
    )
    text = page(boss, message)
    assert "mail from the domain example.com stands still" in text
    assert "Resume it when you are ready." in text


def test_parts_of_a_mail_to_many_lead_to_each_other(boss: Client) -> None:
    first = put(recipients=120)
    others = Message.objects.exclude(pk=first.pk)
    text = page(boss, first)
    assert [uid in text for uid in others.values_list("uid", flat=True)] == [True, True]


def test_a_body_that_is_gone_is_explained(boss: Client) -> None:
    message = put()
    drain()
    text = page(boss, message)
    assert "Bodies are dropped once SES has accepted" in text
    assert "CUCUMBER_RETENTION_BODIES is 0" in text


def test_a_message_that_does_not_exist_leads_back_with_a_word(boss: Client) -> None:
    assert boss.get(f"{LIST}999999/change/").status_code == 302
    assert boss.get(f"{LIST}999999/requeue/").status_code == 404
    assert boss.get(f"{LIST}x'/change/").status_code == 302


def test_the_page_costs_the_same_queries_whatever_the_message_has(
    boss: Client,
) -> None:
    one, many = put(), put(recipients=50, metadata={str(n): n for n in range(40)})
    counts = set()
    for message in (one, many):
        with CaptureQueriesContext(connection) as queries:
            page(boss, message)
        counts.add(len(queries))
    assert len(counts) == 1


def test_hostile_text_shows_as_text_and_breaks_no_page(boss: Client) -> None:
    message = failed()
    change(
        message,
        subject=HOSTILE[:200],
        sender=HOSTILE[:320],
        last_error=HOSTILE[:200],
        reason=HOSTILE[:64],
        configuration_set=HOSTILE[:64],
        mailer=HOSTILE[:64],
        tags={HOSTILE: HOSTILE},
        metadata={HOSTILE: [HOSTILE]},
    )
    message.recipients.update(address=HOSTILE[:320], spelling=HOSTILE[:320])
    pages = [LIST, *(f"{LIST}{message.pk}/{x}/" for x in ("change", "requeue", "body"))]
    for url in pages:
        text = boss.get(url).content.decode()
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "\u2066" not in text
        assert len(text) < 100_000
    found = search(boss, HOSTILE).content.decode()
    assert "<script>alert" not in found


# -- what can be done ----------------------------------------------------------------


def test_a_failed_message_is_sent_again_after_a_question(
    boss: Client, wakeups: WakeUps
) -> None:
    message = failed()
    url = f"{LIST}{message.pk}/requeue/"
    assert "Put it back into the queue?" in boss.get(url).content.decode()
    assert state(message) is MessageState.FAILED
    answer = boss.post(url)
    assert answer["Location"] == f"{LIST}{message.pk}/change/"
    assert state(message) is MessageState.QUEUED
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(message.pk),
        "Put back into the queue.",
    )
    assert drain().sent == 1


def test_a_held_message_is_sent_again_with_a_warning(boss: Client) -> None:
    message = queue(state=MessageState.HELD)
    text = boss.get(f"{LIST}{message.pk}/requeue/").content.decode()
    assert "may be delivered twice" in text


def test_a_message_that_waits_is_cancelled(boss: Client) -> None:
    message = queue()
    boss.post(f"{LIST}{message.pk}/cancel/")
    assert state(message) is MessageState.CANCELLED
    assert LogEntry.objects.get().change_message == "Cancelled."


@pytest.mark.parametrize("verb", ["requeue", "cancel", "resend"])
def test_what_its_state_does_not_allow_is_left_alone_and_said(
    boss: Client, verb: str
) -> None:
    message = queue(state=MessageState.SENDING)
    text = boss.get(f"{LIST}{message.pk}/{verb}/").content.decode()
    assert "does not allow it any more" in text
    answer = boss.post(f"{LIST}{message.pk}/{verb}/", follow=True)
    assert state(message) is MessageState.SENDING
    assert "Left as they are" in told(answer) or "No copy was sent" in told(answer)
    assert not LogEntry.objects.exists()


def test_a_message_without_its_body_is_not_queued_again(boss: Client) -> None:
    message = failed()
    BodyChunk.objects.all().delete()
    answer = boss.post(f"{LIST}{message.pk}/requeue/", follow=True)
    assert state(message) is MessageState.FAILED
    assert "their body is gone: 1" in told(answer)
    assert not LogEntry.objects.exists()


def test_a_copy_of_a_sent_message_is_the_same_mail_to_the_same_people(
    boss: Client, ses: LocalSES
) -> None:
    message = sent(letter(to=["Bob@example.org"], cc=["eve@example.org"]))
    answer = boss.post(f"{LIST}{message.pk}/resend/")
    copy = Message.objects.latest("id")
    assert answer["Location"] == f"{LIST}{copy.pk}/change/"
    assert copy.pk != message.pk
    drain()
    (accepted,) = ses.inbox
    assert sorted(accepted.recipients) == ["Bob@example.org", "eve@example.org"]
    entries = set(LogEntry.objects.values_list("object_id", flat=True))
    assert entries == {str(message.pk), str(copy.pk)}


def choose(client: Client, action: str, messages: list[Message], **more: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in messages], **more}
    return client.post(LIST, data, follow=True)


def test_actions_of_the_list_ask_first_then_act_on_what_fits(boss: Client) -> None:
    rows = [failed(), failed(), queue(state=MessageState.HELD), sent()]
    asked = choose(boss, "requeue_selected", rows, index="0").content.decode()
    assert "4 messages" in asked
    assert "may be delivered twice" in asked
    assert not Message.objects.filter(state=MessageState.QUEUED).exists()
    answer = choose(boss, "requeue_selected", rows, confirmed="1")
    assert [state(row) for row in rows] == [
        *[MessageState.QUEUED] * 3,
        MessageState.SENT,
    ]
    assert "Put back into the queue: 3." in told(answer)
    assert "body is gone: 1" in told(answer)
    assert LogEntry.objects.count() == 3


def test_an_action_on_all_that_the_filter_leaves_takes_the_filter_along(
    boss: Client,
) -> None:
    lost = [failed() for _ in range(3)]
    queued = queue()
    data = {
        "action": "requeue_selected",
        "_selected_action": str(lost[0].pk),
        "select_across": "1",
        "confirmed": "1",
    }
    boss.post(f"{LIST}?state=failed", data)
    assert {state(row) for row in lost} == {MessageState.QUEUED}
    assert LogEntry.objects.filter(object_id=str(queued.pk)).count() == 0


def test_an_action_takes_thousands_in_batches_also_some_that_are_sent(
    boss: Client,
) -> None:
    rows = put_many(2500)
    Message.objects.filter(pk__in=[row.pk for row in rows[:1200]]).update(
        state=MessageState.SENT
    )
    data = {
        "action": "cancel_selected",
        "_selected_action": str(rows[0].pk),
        "select_across": "1",
        "confirmed": "1",
    }
    answer = boss.post(LIST, data, follow=True)
    assert Message.objects.filter(state=MessageState.CANCELLED).count() == 1300
    assert Message.objects.filter(state=MessageState.SENT).count() == 1200
    assert "Cancelled: 1300." in told(answer)
    assert LogEntry.objects.count() == 1300


def test_actions_are_offered_to_those_only_who_may(client: Client) -> None:
    login(client, "view_message", "cancel_message")
    message = failed()
    text = client.get(LIST).content.decode()
    assert "cancel_selected" in text
    assert "requeue_selected" not in text
    answer = choose(client, "requeue_selected", [message], confirmed="1")
    assert answer.status_code == 200
    assert state(message) is MessageState.FAILED


def test_buttons_are_there_for_those_only_who_may(client: Client) -> None:
    login(client, "view_message")
    text = page(client, failed())
    for name in ("requeue", "cancel", "resend", "body"):
        assert f"/{name}/" not in text


def test_a_view_of_ones_own_narrows_every_page(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib import admin

    model_admin = admin.site.get_model_admin(Message)
    mine, theirs = queue(), queue(letter(from_email="x@other.example"))
    rows = Message.objects.exclude(sender__endswith="@other.example")
    monkeypatch.setattr(model_admin, "get_queryset", lambda request: rows.all())
    assert listed(boss.get(LIST)) == [mine.pk]
    assert listed(search(boss, "bob@example.org")) == [mine.pk]
    assert boss.get(f"{LIST}{theirs.pk}/change/").status_code == 302
    assert boss.get(f"{LIST}{theirs.pk}/body/").status_code == 404
    assert boss.post(f"{LIST}{theirs.pk}/cancel/").status_code == 404


def test_pages_leave_no_private_words_in_the_log(
    boss: Client, caplog: pytest.LogCaptureFixture
) -> None:
    message = failed()
    search(boss, "bob@example.org")
    boss.post(f"{LIST}{message.pk}/requeue/")
    boss.get(f"{LIST}{message.pk}/body/source/")
    for word in ("bob@example.org", "Your order", "Hello"):
        assert word not in caplog.text


def test_the_page_is_found_under_the_name_that_others_link_to() -> None:
    assert reverse("admin:seacucumber_message_send_test") == f"{LIST}send-test/"
    assert get_mailer().alias == "default"
    assert now_us() > 0

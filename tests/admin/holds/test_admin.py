"""What stands still, why, and how people stop and resume it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from seacucumber import signals
from seacucumber.admin.holds import backlog
from seacucumber.conf import Mailer
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import Hold, Message
from seacucumber.models.queue.hold import HoldQuerySet
from seacucumber.testing import LocalSES
from seacucumber.text.holds import remedy_of
from tests.admin.letters import letter, login, queue
from tests.conftest import WakeUps
from tests.queue import drain, now_us, put_many, state, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses", "wakeups")]

LIST = "/admin/seacucumber/hold/"
PAST = "2024-02-29T12:00"
_TOMORROW = timezone.localtime() + timedelta(days=1)
#: As browsers send what is entered into <input type="datetime-local">.
TOMORROW = f"{_TOMORROW:%Y-%m-%dT%H:%M}"
HOSTILE = '"><script>alert(1)</script>\u202egpj.exe' + "A" * 10_000


@pytest.fixture
def operator(client: Client) -> User:
    """Somebody who may stop and resume sending."""
    return login(client, "view_hold", "pause_sending")


def stop(client: Client, mailer: Mailer, **data: str) -> Any:
    """Fill in the form, and confirm what it says."""
    values = {
        "account": mailer.pace_key,
        "why": "The list was bought.",
        "until": "by-hand",
        "confirmed": "yes",
        **data,
    }
    return client.post(f"{LIST}pause/", values, follow=True)


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def ses_hold(mailer: Mailer, cause: HoldCause = HoldCause.SENDER_UNVERIFIED) -> Hold:
    hold, _ = Hold.objects.place(
        mailer.pace_key,
        scope=HoldScope.SENDER,
        value="shop@example.com",
        cause=cause,
        detail="The sender is not verified.",
        now_us=now_us(),
    )
    return hold


@pytest.mark.usefixtures("operator")
def test_everything_is_stopped_and_resumed(
    client: Client, mailer: Mailer, ses: LocalSES, wakeups: WakeUps
) -> None:
    message = queue()
    answer = stop(client, mailer, scope="account")
    assert "Stopped: all mail of this account." in told(answer)
    hold = Hold.objects.get()
    assert (hold.cause, hold.placed_by, hold.detail) == (
        HoldCause.OPERATOR,
        "ann",
        "The list was bought.",
    )
    assert hold.probe_at_us is None
    assert drain().sent == 0
    wakeups.published.clear()
    assert "Stands still" in client.get(f"{LIST}{hold.pk}/resume/").content.decode()
    client.post(f"{LIST}{hold.pk}/resume/")
    assert not Hold.objects.exists()
    assert drain().sent == 1
    assert state(message) is MessageState.SENT
    entries = list(LogEntry.objects.order_by("id").values_list("change_message"))
    assert entries == [
        ("Stopped sending (account ): The list was bought.",),
        ("Resumed sending (account ).",),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("operator")
def test_resuming_wakes_a_deliverer(
    client: Client, mailer: Mailer, wakeups: WakeUps
) -> None:
    stop(client, mailer, scope="account")
    client.post(f"{LIST}resume/")
    assert wakeups.aliases == ["default"]


@pytest.mark.parametrize(
    ("data", "stopped"),
    [
        ({"scope": "lane", "lane": "bulk"}, {"bulk"}),
        ({"scope": "sender", "sender": "Shop@EXAMPLE.com"}, {"bulk", "shop"}),
        ({"scope": "sender", "sender": "@example.com"}, {"bulk", "shop", "post"}),
        ({"scope": "configuration-set", "configuration_set": "news"}, {"news"}),
    ],
)
@pytest.mark.usefixtures("operator")
def test_exactly_what_was_said_is_stopped(
    client: Client,
    mailer: Mailer,
    ses: LocalSES,
    data: dict[str, str],
    stopped: set[str],
) -> None:
    ses.verify("other.example")
    rows = {
        "bulk": queue(lane=Lane.BULK),
        "shop": queue(),
        "post": queue(letter(from_email="post@example.com")),
        "news": queue(
            letter(from_email="news@other.example"), configuration_set="news"
        ),
    }
    stop(client, mailer, **data)
    drain()
    assert {name for name, row in rows.items() if state(row) == 0} == stopped


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"scope": "account", "why": " "}, "why"),
        ({"scope": "everything"}, "scope"),
        ({}, "scope"),
        ({"scope": "account", "sender": "shop@example.com"}, "sender"),
        (
            {"scope": "lane", "lane": "bulk", "configuration_set": "news"},
            "configuration_set",
        ),
        ({"scope": "sender", "sender": "shop@example.com", "lane": "bulk"}, "lane"),
        ({"scope": "lane"}, "lane"),
        ({"scope": "lane", "lane": "slow"}, "lane"),
        ({"scope": "sender"}, "sender"),
        ({"scope": "sender", "sender": "no address"}, "sender"),
        ({"scope": "sender", "sender": HOSTILE}, "sender"),
        ({"scope": "configuration-set"}, "configuration_set"),
        (
            {"scope": "configuration-set", "configuration_set": "a b"},
            "configuration_set",
        ),
        ({"scope": "account", "account": "another/eu-west-1"}, "account"),
        ({"scope": "account", "until": ""}, "until"),
        ({"scope": "account", "until": "by-time"}, "ends_at"),
        ({"scope": "account", "until": "by-time", "ends_at": "soon"}, "ends_at"),
        ({"scope": "account", "until": "by-time", "ends_at": PAST}, "ends_at"),
        (
            {"scope": "account", "until": "by-time", "ends_at": "9998-12-31T23:00"},
            "ends_at",
        ),
        ({"scope": "account", "ends_at": TOMORROW}, "ends_at"),
    ],
)
@pytest.mark.usefixtures("operator")
def test_what_cannot_be_stopped_is_said_at_the_field(
    client: Client, mailer: Mailer, data: dict[str, str], field: str
) -> None:
    answer = stop(client, mailer, **data)
    assert list(answer.context["form"].errors) == [field]
    assert "<script>alert" not in answer.content.decode()
    assert not Hold.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.usefixtures("operator")
def test_nothing_is_chosen_beforehand_and_what_would_wait_is_said_first(
    client: Client, mailer: Mailer
) -> None:
    assert " checked" not in client.get(f"{LIST}pause/").content.decode()
    queue()
    queue(lane=Lane.BULK)
    asked = {"account": mailer.pace_key, "scope": "lane", "lane": "bulk", "why": "<b>"}
    asked["until"] = "by-hand"
    text = client.post(f"{LIST}pause/", asked).content.decode()
    assert "Stop bulk mail?" in text
    assert "1 message would wait" in text
    assert not Hold.objects.exists()
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert fields["why"] == "&lt;b&gt;"
    client.post(f"{LIST}pause/", {**asked, "confirmed": "yes"})
    assert Hold.objects.get().detail == "<b>"


@pytest.mark.usefixtures("operator")
def test_what_is_stopped_until_a_time_goes_on_by_itself(
    client: Client,
    mailer: Mailer,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    message = queue()
    when = f"{_TOMORROW:%Y-%m-%d %H:%M %Z}"
    wish = {"scope": "account", "until": "by-time", "ends_at": TOMORROW}

    asked = client.post(
        f"{LIST}pause/", {**wish, "account": mailer.pace_key, "why": "Moving."}
    ).content.decode()
    assert f"It waits until {when}, or until somebody resumes it earlier." in asked
    assert f"It goes on by itself at {when}" in told(stop(client, mailer, **wish))

    drain()
    sweep()
    assert state(message) is MessageState.QUEUED
    assert f"It goes on by itself at {when}" in client.get(LIST).content.decode()
    assert "Lifted by hand" not in client.get(LIST).content.decode()
    assert LogEntry.objects.get().change_message.endswith(f"(until {when})")
    shown = StringIO()
    call_command("ses_queue", "show", stdout=shown)
    utc = _TOMORROW.astimezone(UTC)
    assert f"Lifted by itself {utc:%Y-%m-%d %H:%M}" in shown.getvalue()

    Hold.objects.update(ends_at_us=now_us())
    assert "Its time is over: the next sweep lifts it." in (
        client.get(LIST).content.decode()
    )
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert not Hold.objects.exists()
    assert "its time is over" in caplog.text
    assert drain().sent == 1


@pytest.mark.usefixtures("operator")
def test_an_end_that_somebody_has_changed_meanwhile_lifts_nothing(
    mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sweep has read the hold; it was resumed and placed anew before it acts."""
    hold, _ = lifecycle.pause(
        mailer.pace_key,
        scope=HoldScope.ACCOUNT,
        why="First",
        actor="eve",
        ends_at_us=now_us(),
    )
    read = Hold.objects.get()
    Hold.objects.update(ends_at_us=None)
    monkeypatch.setattr(HoldQuerySet, "over", lambda *args: [read])

    assert lifecycle.lift_those_over(mailer.pace_key, now_us()) == 0
    assert Hold.objects.get() == hold


@pytest.mark.usefixtures("operator")
def test_what_is_stopped_already_stays_with_whom_it_was(
    client: Client, mailer: Mailer
) -> None:
    lifecycle.pause(mailer.pace_key, scope=HoldScope.ACCOUNT, why="First", actor="eve")
    answer = stop(client, mailer, scope="account")
    assert "stopped already, by eve" in told(answer)
    assert Hold.objects.get().detail == "First"


@pytest.mark.usefixtures("operator")
def test_all_that_people_stopped_is_resumed_and_what_ses_caused_stays(
    client: Client, mailer: Mailer
) -> None:
    caused = ses_hold(mailer)
    stop(client, mailer, scope="lane", lane="bulk")
    stop(client, mailer, scope="sender", sender="example.com")
    assert "Resume all" in client.get(LIST).content.decode()
    answer = client.post(f"{LIST}resume/", follow=True)
    assert "Resumed: bulk mail." in told(answer)
    assert "Resumed: mail from the domain example.com." in told(answer)
    assert "Mail leaves now" not in told(answer)
    assert list(Hold.objects.all()) == [caused]
    assert "Nothing was left to resume" in told(
        client.post(f"{LIST}resume/", follow=True)
    )


@pytest.mark.usefixtures("operator")
def test_lifting_what_ses_caused_comes_with_a_warning(
    client: Client, mailer: Mailer
) -> None:
    hold = ses_hold(mailer)
    text = client.get(f"{LIST}{hold.pk}/resume/").content.decode()
    assert "the next message brings it back" in text
    client.post(f"{LIST}{hold.pk}/resume/")
    assert not Hold.objects.exists()
    assert client.post(f"{LIST}{hold.pk}/resume/").status_code == 404


def test_a_great_backlog_is_let_go_in_parts(
    mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "UNPARKED_AT_ONCE", 5)
    put_many(8)
    hold, _ = lifecycle.pause(
        mailer.pace_key, scope=HoldScope.ACCOUNT, why="w", actor="eve"
    )
    Message.objects.update(held_back=True)
    assert lifecycle.resume(hold)
    assert Message.objects.parked().count() == 3
    assert not lifecycle.resume(hold)


@pytest.mark.django_db(transaction=True)
def test_receivers_hear_of_what_people_stop_and_resume(mailer: Mailer) -> None:
    heard: list[str] = []

    def placed(**kwargs: Any) -> None:
        heard.append("placed")

    def lifted(**kwargs: Any) -> None:
        heard.append("lifted")

    signals.hold_placed.connect(placed)
    signals.hold_lifted.connect(lifted)
    hold, new = lifecycle.pause(
        mailer.pace_key, scope=HoldScope.ACCOUNT, why="w", actor="eve"
    )
    again, not_new = lifecycle.pause(
        mailer.pace_key, scope=HoldScope.ACCOUNT, why="v", actor="ann"
    )
    lifecycle.resume(hold)
    assert (new, not_new, again) == (True, False, hold)
    assert heard == ["placed", "lifted"]


# -- the list ------------------------------------------------------------------------


@pytest.mark.usefixtures("operator")
def test_the_list_tells_cause_cure_and_how_many_wait(
    client: Client, mailer: Mailer
) -> None:
    ses_hold(mailer)
    queue()
    queue(letter(from_email="post@example.com"))
    text = client.get(LIST).content.decode()
    for words in (
        "Mail from shop@example.com",
        "the sender is not verified",
        "Verify the sender",
        'class="field-shown_waiting">1 message<',
        "in 30 s",
    ):
        assert words in text


@pytest.mark.usefixtures("operator")
def test_those_who_wait_are_counted_up_to_a_bound(
    client: Client, mailer: Mailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "COUNTED_MAX", 3)
    lifecycle.pause(mailer.pace_key, scope=HoldScope.ACCOUNT, why="w", actor="eve")
    put_many(5)
    assert "3 messages or more" in client.get(LIST).content.decode()


@pytest.mark.usefixtures("operator")
def test_no_hold_is_good_news(client: Client) -> None:
    assert "Nothing is held." in client.get(LIST).content.decode()


@pytest.mark.parametrize("cause", list(HoldCause))
@pytest.mark.usefixtures("operator")
def test_every_cause_has_a_cure(
    client: Client, mailer: Mailer, cause: HoldCause
) -> None:
    hold = ses_hold(mailer, cause)
    assert "See what SES said" not in remedy_of(hold)
    assert client.get(LIST).status_code == 200


def test_mail_that_cannot_be_signed_leads_to_the_settings_or_to_the_key() -> None:
    """Settings hold the mail of their mailer, a key in the database its domain's."""
    of_settings = Hold(scope=HoldScope.MAILER, cause=HoldCause.SIGNING)
    of_key = Hold(scope=HoldScope.SENDER, cause=HoldCause.SIGNING, value="example.com")

    assert "DKIM_PRIVATE_KEY" in remedy_of(of_settings)
    assert "under DKIM keys" in remedy_of(of_key)


def test_who_may_look_only_is_offered_nothing(client: Client, mailer: Mailer) -> None:
    login(client, "view_hold")
    hold = ses_hold(mailer)
    text = client.get(LIST).content.decode()
    assert f"/{hold.pk}/resume/" not in text
    assert "/pause/" not in text
    assert "/add/" not in text


@pytest.mark.usefixtures("operator")
def test_hostile_text_shows_as_text(client: Client, mailer: Mailer) -> None:
    hold = ses_hold(mailer)
    Hold.objects.update(
        value=HOSTILE[:320],
        detail=HOSTILE[:200],
        placed_by=HOSTILE[:150],
        pace_key=HOSTILE[:100],
    )
    for url in (LIST, f"{LIST}{hold.pk}/resume/"):
        text = client.get(url).content.decode()
        assert "<script>alert" not in text
        assert "\u202e" not in text
    Hold.objects.update(cause="y" * 32)
    assert client.get(LIST).status_code == 200

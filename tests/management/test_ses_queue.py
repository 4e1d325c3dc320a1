"""``manage.py ses_queue`` as an operator uses it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from seacucumber.conf import BACKEND, get_mailer
from seacucumber.db.clock import US_PER_S
from seacucumber.delivery.holds import lifecycle
from seacucumber.enums import HoldCause, HoldScope, Lane, MessageState
from seacucumber.models import Attempt, Hold, Message
from seacucumber.testing import Fault, LocalSES, errors
from tests.conftest import WakeUps
from tests.queue import fresh, now_us, put, put_many, state

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    """An output that somebody looks at."""

    def isatty(self) -> bool:
        return True


def ses_queue(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("ses_queue", *arguments, stdout=out, **options)
    return out.getvalue()


def put_into(into: MessageState, **values: Any) -> Message:
    message = put(**values)
    Message.objects.filter(pk=message.pk).update(state=into)
    return message


def hold(**values: Any) -> Hold:
    placed, _ = Hold.objects.place(
        get_mailer().pace_key,
        **{
            "scope": HoldScope.SENDER,
            "value": "bad@example.com",
            "cause": HoldCause.SENDER_UNVERIFIED,
            "detail": "Verify the address.",
            "now_us": now_us(),
            **values,
        },
    )
    return placed


# -- show ----------------------------------------------------------------------


def test_an_empty_queue_says_that_nothing_is_held() -> None:
    shown = ses_queue()

    assert "Queued: 0" in shown
    assert "None." in shown


def test_show_counts_by_state_and_lane() -> None:
    put_many(2)
    put(lane=Lane.BULK)
    put_into(MessageState.FAILED)
    put_into(MessageState.SENT)

    shown = ses_queue("show")

    assert "Queued: 2 transactional, 1 bulk" in shown
    assert "Failed: 1 transactional" in shown
    assert "Held: 0" in shown
    # History may be of any size and is not counted.
    assert "Sent" not in shown


def test_show_tells_how_long_the_oldest_waits() -> None:
    put(lane=Lane.BULK)
    Message.objects.update(ready_at_us=now_us() - 90 * US_PER_S)

    shown = ses_queue()

    assert "Oldest bulk waits for 9" in shown


def test_show_tells_what_is_held_why_and_until_when() -> None:
    hold()
    hold(
        scope=HoldScope.ACCOUNT,
        value="",
        cause=HoldCause.OPERATOR,
        detail="Newsletter was wrong.",
        probed=False,
    )

    shown = ses_queue()

    assert "sender bad@example.com: the sender is not verified, since" in shown
    assert "Verify the address." in shown
    assert "Next try in " in shown
    assert "account: stopped by an operator, since" in shown
    assert shown.count("Next try in ") == 1


def test_show_is_also_for_programs() -> None:
    put_many(2)
    hold()

    found = json.loads(ses_queue("show", "--json"))

    assert found["counts"] == [
        {"state": "queued", "lane": "transactional", "messages": 2}
    ]
    assert set(found["oldest_s"]) == {"transactional"}
    assert found["holds"][0]["value"] == "bad@example.com"


# -- drain ---------------------------------------------------------------------


def test_drain_delivers_in_this_process(ses: LocalSES) -> None:
    messages = put_many(3)
    ses.faults.add(Fault.answer(errors.message_rejected(), times=1))

    assert ses_queue("drain") == "2 sent, 1 failed.\n"
    assert len(ses.inbox) == 2
    assert MessageState.QUEUED not in {state(message) for message in messages}


def test_drain_picks_up_what_a_dead_worker_held(ses: LocalSES) -> None:
    message = put_into(MessageState.CLAIMED)
    Message.objects.update(due_at_us=now_us() - 1, claims=1)

    assert "1 sent" in ses_queue("drain")
    assert state(message) == MessageState.SENT


def test_drain_of_one_mailer_leaves_other_accounts_alone(
    ses: LocalSES, settings: Any
) -> None:
    settings.MAILERS = {
        "default": {"BACKEND": BACKEND},
        "news": {"BACKEND": BACKEND, "OPTIONS": {"account": "newsletters"}},
    }
    get_mailer.cache_clear()
    mine, theirs = put(get_mailer("default")), put(get_mailer("news"))

    ses_queue("drain", "--mailer", "news")
    assert (state(mine), state(theirs)) == (MessageState.QUEUED, MessageState.SENT)

    ses_queue("drain")
    assert state(mine) == MessageState.SENT


def test_drain_shows_its_progress_on_a_terminal_only(ses: LocalSES) -> None:
    put_many(2)
    piped = StringIO()
    ses_queue("drain", stderr=piped)
    assert piped.getvalue() == ""

    put_many(2)
    terminal = Terminal()
    ses_queue("drain", stderr=terminal)
    assert "0 of 2" in terminal.getvalue()
    assert f"[{'#' * 30}] 2 of 2" in terminal.getvalue()


# -- requeue, cancel -----------------------------------------------------------


def test_failed_mail_is_sent_again_on_request(wakeups: WakeUps) -> None:
    failed, held = put_into(MessageState.FAILED), put_into(MessageState.HELD)

    assert ses_queue("requeue", "--failed") == "1 queued again.\n"
    assert (state(failed), state(held)) == (MessageState.QUEUED, MessageState.HELD)

    assert ses_queue("requeue", "--held") == "1 queued again.\n"
    assert state(held) == MessageState.QUEUED


def test_single_messages_are_chosen_by_their_ids(wakeups: WakeUps) -> None:
    one, two = put_into(MessageState.FAILED), put_into(MessageState.FAILED)

    assert ses_queue("requeue", one.uid) == "1 queued again.\n"
    assert (state(one), state(two)) == (MessageState.QUEUED, MessageState.FAILED)


def test_what_was_left_as_it_is_is_said(wakeups: WakeUps) -> None:
    failed, sent = put_into(MessageState.FAILED), put_into(MessageState.SENT)
    key = get_mailer().pace_key
    lifecycle.pause(key, scope=HoldScope.ACCOUNT, why="Moving", actor="eve")

    assert ses_queue("requeue", failed.uid, sent.uid) == (
        "1 queued again.\n1 left as they are, or not there.\n"
        "What a hold stops waits: ses_queue show has the holds.\n"
    )
    assert ses_queue("cancel", sent.uid) == (
        "0 cancelled.\n1 left as they are, or not there.\n"
    )


def test_choices_narrow_each_other(wakeups: WakeUps) -> None:
    bulk = put_into(MessageState.FAILED, lane=Lane.BULK)
    urgent = put_into(MessageState.FAILED)

    ses_queue("requeue", "--failed", "--lane", "bulk")

    assert (state(bulk), state(urgent)) == (MessageState.QUEUED, MessageState.FAILED)


def test_a_lane_can_be_cancelled() -> None:
    bulk, urgent = put(lane=Lane.BULK), put()

    assert ses_queue("cancel", "--lane", "bulk") == "1 cancelled.\n"
    assert (state(bulk), state(urgent)) == (
        MessageState.CANCELLED,
        MessageState.QUEUED,
    )


@pytest.mark.parametrize("action", ["requeue", "cancel"])
def test_nothing_is_ever_chosen_by_default(action: str) -> None:
    message = put()

    with pytest.raises(CommandError, match="Say which messages"):
        ses_queue(action)
    assert state(message) == MessageState.QUEUED


def test_a_mailer_alone_does_not_choose_all_its_mail() -> None:
    put()

    with pytest.raises(CommandError, match="Say which messages"):
        ses_queue("cancel", "--mailer", "default")


# -- purge ---------------------------------------------------------------------


def test_purge_deletes_what_ended_long_ago() -> None:
    old, young = put_into(MessageState.SENT), put_into(MessageState.SENT)
    Message.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(days=40)
    )

    assert ses_queue("purge") == "0 deleted.\n"
    assert ses_queue("purge", "--days", "30") == "1 deleted.\n"
    assert [message.pk for message in Message.objects.all()] == [young.pk]


def test_purge_asks_how_old_if_messages_are_kept_for_good(settings: Any) -> None:
    settings.CUCUMBER_RETENTION_MESSAGES = None

    with pytest.raises(CommandError, match="--days"):
        ses_queue("purge")


def test_a_mailer_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="no mailer 'gone'"):
        ses_queue("show", "--mailer", "gone")


def test_what_the_database_had_not_taken_is_settled_from_a_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, unknown = put(), put()
    for message in (known, unknown):
        Message.objects.filter(pk=message.pk).update(
            state=MessageState.HELD, attempts=1
        )
        Attempt.objects.begin([(message.pk, 1)], worker="w:1", now_us=now_us())
    log = (
        "[2026-12-01 01:02:03,456: ERROR/ForkPoolWorker-1] Accepted, and not in the"
        f" database yet: message={known.uid} attempt=1 ses_message_id=ses-1\n"
        "[2026-12-01 01:02:04,567: INFO/MainProcess] Something else.\n"
    )
    monkeypatch.setattr("sys.stdin", StringIO(log))

    assert "1 settled as sent" in ses_queue("settle")

    assert (state(known), state(unknown)) == (MessageState.SENT, MessageState.HELD)
    assert fresh(known).ses_message_id == "ses-1"

"""Every arrow of the state machine, from every state: only the legal ones move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q

from seacucumber.conf import get_mailer
from seacucumber.enums import Lane, MessageState
from seacucumber.models import Message
from seacucumber.models.queue.body import BodyChunk
from seacucumber.models.queue.transitions import FINAL, MAX_CLAIMS, SUSPECT_CLAIMS
from tests.queue import put

pytestmark = pytest.mark.django_db

NOW_US = 1_750_000_000_000_000
LATER_US = NOW_US + 60_000_000
EARLIER_US = NOW_US - 60_000_000
TOKEN = "t" * 32

QUEUED = MessageState.QUEUED
CLAIMED = MessageState.CLAIMED
SENDING = MessageState.SENDING
SENT = MessageState.SENT
UNCERTAIN = MessageState.UNCERTAIN
FAILED = MessageState.FAILED
CANCELLED = MessageState.CANCELLED
SUPPRESSED = MessageState.SUPPRESSED
HELD = MessageState.HELD

Move = Callable[[int, str], Any]


def claim(pk: int, token: str) -> Any:
    mine = "m" * 32
    return Message.objects.claim([pk], token=mine, due_at_us=LATER_US, now_us=NOW_US)


def begin(pk: int, token: str) -> Any:
    return Message.objects.start_sending(
        [pk], token=token, due_at_us=LATER_US, now_us=NOW_US, needed_until_us=NOW_US
    )


def release(pk: int, token: str) -> Any:
    return Message.objects.release([pk], token=token, now_us=NOW_US)


def accept(pk: int, token: str) -> Any:
    return Message.objects.accept({pk: "ses-1"}, attempt=1, token=token, now_us=NOW_US)


def put_back(pk: int, token: str) -> Any:
    return Message.objects.put_back(
        pk,
        token=token,
        ready_at_us=LATER_US,
        counted=True,
        reason="ServiceUnavailable",
        detail="SES is busy.",
        now_us=NOW_US,
    )


def refuse(pk: int, token: str) -> Any:
    return Message.objects.refuse(
        pk, token=token, reason="BadRequest", detail="No.", now_us=NOW_US
    )


def suppress(pk: int, token: str) -> Any:
    return Message.objects.suppress(
        pk, token=token, reason="Suppressed", detail="No.", now_us=NOW_US
    )


def mark_uncertain(pk: int, token: str) -> Any:
    return Message.objects.mark_uncertain(
        pk,
        token=token,
        settle_at_us=LATER_US,
        reason="ReadTimeoutError",
        detail="Nobody knows.",
        now_us=NOW_US,
    )


def park_all(condition: Q | None = None, *, at_most: int = 9) -> int:
    return Message.objects.park(
        condition or Q(),
        pace_key=get_mailer().pace_key,
        lane=Lane.TRANSACTIONAL,
        now_us=NOW_US,
        at_most=at_most,
    )


def park(pk: int, token: str) -> Any:
    return park_all(Q(pk=pk))


def unpark(pk: int, token: str) -> Any:
    return Message.objects.unpark(Q(pk=pk), now_us=NOW_US, at_most=1)


def expire(pk: int, token: str) -> Any:
    return Message.objects.expire([pk], now_us=NOW_US)


def release_expired(pk: int, token: str) -> Any:
    return Message.objects.release_expired([pk], now_us=NOW_US)


def fail_poisoned(pk: int, token: str) -> Any:
    return Message.objects.fail_poisoned([pk], now_us=NOW_US)


def abandon(pk: int, token: str) -> Any:
    return Message.objects.abandon([pk], settle_at_us=LATER_US, now_us=NOW_US)


def resend(pk: int, token: str) -> Any:
    return Message.objects.resend([pk], now_us=NOW_US)


def hold(pk: int, token: str) -> Any:
    return Message.objects.hold([pk], now_us=NOW_US)


def cancel(pk: int, token: str) -> Any:
    return Message.objects.filter(pk=pk).cancel(now_us=NOW_US)


def requeue(pk: int, token: str) -> Any:
    return Message.objects.filter(pk=pk).requeue(now_us=NOW_US)


#: From where to where each move leads, and what a row needs so that only its state
#: can be the reason why it does not move.
ARROWS: dict[Move, dict[MessageState, MessageState]] = {
    claim: {QUEUED: CLAIMED},
    begin: {CLAIMED: SENDING},
    release: {CLAIMED: QUEUED},
    accept: {SENDING: SENT},
    put_back: {SENDING: QUEUED},
    refuse: {CLAIMED: FAILED, SENDING: FAILED},
    suppress: {CLAIMED: SUPPRESSED},
    mark_uncertain: {SENDING: UNCERTAIN},
    park: {QUEUED: QUEUED},
    unpark: {QUEUED: QUEUED},
    expire: {QUEUED: FAILED},
    release_expired: {CLAIMED: QUEUED},
    fail_poisoned: {CLAIMED: FAILED, UNCERTAIN: FAILED},
    abandon: {SENDING: UNCERTAIN},
    resend: {UNCERTAIN: QUEUED},
    hold: {UNCERTAIN: HELD},
    cancel: {QUEUED: CANCELLED, CLAIMED: CANCELLED, HELD: CANCELLED},
    requeue: {FAILED: QUEUED, HELD: QUEUED, CANCELLED: QUEUED, SUPPRESSED: QUEUED},
}
BY_SWEEP = (release_expired, fail_poisoned, abandon, resend, hold)
#: Moves that only the holder of the lease may make.
BY_HOLDER = (begin, release, accept, put_back, refuse, suppress, mark_uncertain)
MATRIX = [(move, state) for move in ARROWS for state in MessageState]


def name_of(value: object) -> str:
    return getattr(value, "__name__", None) or getattr(value, "name", str(value))


def row(state: MessageState, move: Move, **values: Any) -> Message:
    """Return a message that fits a move in all but, maybe, its state."""
    message = put()
    Message.objects.filter(pk=message.pk).update(
        **{
            "state": state,
            "lease_token": TOKEN,
            "due_at_us": EARLIER_US if move in BY_SWEEP else LATER_US,
            "ready_at_us": EARLIER_US,
            "held_back": move is unpark,
            "expires_at_us": EARLIER_US,
            "claims": MAX_CLAIMS if move is fail_poisoned else 1,
            "attempts": 1,
            "state_at_us": EARLIER_US,
            **values,
        }
    )
    return message


def dump(message: Message) -> dict[str, Any]:
    return Message.objects.filter(pk=message.pk).values().get()


@pytest.mark.parametrize(("move", "state"), MATRIX, ids=name_of)
def test_a_move_is_made_from_the_states_it_leads_from_and_no_other(
    move: Move, state: MessageState
) -> None:
    message = row(state, move)
    before = dump(message)

    changed = move(message.pk, TOKEN)

    after = dump(message)
    if state in ARROWS[move]:
        assert changed in (1, {message.pk})
        assert after["state"] == ARROWS[move][state]
        assert after != before
    else:
        assert after == before
        if (move, state) != (begin, SENDING):
            assert changed in (0, set())


def test_a_commit_whose_answer_was_lost_can_be_repeated() -> None:
    """The deliverer runs its transaction again: what it has begun is still its own."""
    message = row(CLAIMED, begin)

    assert begin(message.pk, TOKEN) == {message.pk}
    assert begin(message.pk, TOKEN) == {message.pk}

    assert dump(message)["attempts"] == 2


@pytest.mark.parametrize("move", BY_HOLDER, ids=name_of)
def test_who_has_lost_the_lease_moves_nothing(move: Move) -> None:
    for state in ARROWS[move]:
        message = row(state, move)
        before = dump(message)

        assert move(message.pk, "x" * 32) in (0, set())
        assert dump(message) == before


@pytest.mark.parametrize("move", BY_SWEEP, ids=name_of)
def test_a_lease_that_lasts_is_respected(move: Move) -> None:
    for state in ARROWS[move]:
        message = row(state, move, due_at_us=LATER_US)
        before = dump(message)

        assert move(message.pk, TOKEN) in (0, set())
        assert dump(message) == before


@pytest.mark.parametrize("state", list(MessageState), ids=name_of)
def test_only_those_on_their_way_carry_a_lease(state: MessageState) -> None:
    for move, arrows in ARROWS.items():
        if move in (park, unpark) or state not in arrows:
            continue
        token = TOKEN if state in (CLAIMED, SENDING) else ""
        message = row(state, move, lease_token=token)

        move(message.pk, TOKEN)

        after = dump(message)
        on_its_way = after["state"] in (CLAIMED, SENDING)
        assert bool(after["lease_token"]) == on_its_way
        timed = on_its_way or after["state"] == UNCERTAIN
        assert (after["due_at_us"] is not None) == timed
        assert after["state_at_us"] == NOW_US


def test_nothing_is_begun_on_a_lease_that_ends_during_the_call() -> None:
    message = row(CLAIMED, begin, due_at_us=LATER_US)

    begun = Message.objects.start_sending(
        [message.pk],
        token=TOKEN,
        due_at_us=LATER_US,
        now_us=NOW_US,
        needed_until_us=LATER_US + 1,
    )

    assert begun == set()
    assert dump(message)["state"] == CLAIMED


def test_an_answer_to_another_attempt_is_not_taken_for_this_ones() -> None:
    message = row(SENDING, accept, attempts=2)

    assert accept(message.pk, TOKEN) == 0
    assert dump(message)["state"] == SENDING


def test_a_group_is_claimed_but_for_what_somebody_else_has_taken() -> None:
    mine, theirs, more = (row(QUEUED, claim) for _ in range(3))
    Message.objects.filter(pk=theirs.pk).update(state=CLAIMED, lease_token="x" * 32)

    claimed = Message.objects.claim(
        [mine.pk, theirs.pk, more.pk], token=TOKEN, due_at_us=LATER_US, now_us=NOW_US
    )

    assert claimed == {mine.pk, more.pk}
    assert dump(theirs)["lease_token"] == "x" * 32


def test_each_of_a_group_gets_its_own_ses_id() -> None:
    first, second, other = (row(SENDING, accept) for _ in range(3))

    accepted = Message.objects.accept(
        {first.pk: "ses-1", second.pk: "ses-2"},
        attempt=1,
        token=TOKEN,
        now_us=NOW_US,
    )

    assert accepted == 2
    assert dump(first)["ses_message_id"] == "ses-1"
    assert dump(second)["ses_message_id"] == "ses-2"
    assert dump(other)["state"] == SENDING


def test_accepting_nothing_is_no_statement_at_all(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        assert Message.objects.accept({}, attempt=1, token=TOKEN, now_us=NOW_US) == 0


def test_a_throttled_message_keeps_its_retries_and_a_failed_try_costs_one() -> None:
    throttled, failed = row(SENDING, put_back), row(SENDING, put_back)
    values = {
        "token": TOKEN,
        "ready_at_us": LATER_US,
        "reason": "x",
        "detail": "y",
        "now_us": NOW_US,
    }

    Message.objects.put_back(throttled.pk, counted=False, **values)
    Message.objects.put_back(failed.pk, counted=True, **values)

    assert dump(throttled)["retries"] == 0
    assert dump(failed)["retries"] == 1
    assert dump(failed)["ready_at_us"] == LATER_US


def test_what_was_given_back_does_not_count_towards_poison() -> None:
    message = row(CLAIMED, release, claims=3)

    release(message.pk, TOKEN)

    assert dump(message)["claims"] == 2


def test_a_message_that_kills_its_workers_is_poison_when_it_was_alone_with_three() -> (
    None
):
    alive, dead = (
        row(CLAIMED, fail_poisoned, claims=count)
        for count in (MAX_CLAIMS - 1, MAX_CLAIMS)
    )

    assert Message.objects.fail_poisoned([alive.pk, dead.pk], now_us=NOW_US) == {
        dead.pk
    }

    assert MAX_CLAIMS - SUSPECT_CLAIMS == 3
    assert dump(alive)["state"] == CLAIMED
    assert dump(dead)["reason"] == "poison"
    assert "no other message in hand" in dump(dead)["last_error"]


@pytest.mark.parametrize(
    ("claims", "due_at_us"),
    [
        (SUSPECT_CLAIMS - 1, None),
        (SUSPECT_CLAIMS, NOW_US),
        (SUSPECT_CLAIMS + 2, NOW_US + 2 * 60),
    ],
)
def test_who_was_there_when_workers_died_is_set_apart(
    claims: int, due_at_us: int | None
) -> None:
    message = row(CLAIMED, release_expired, claims=claims)

    Message.objects.release_expired([message.pk], now_us=NOW_US, suspect_wait_us=60)

    found = dump(message)
    assert (found["state"], found["due_at_us"]) == (QUEUED, due_at_us)
    assert found["claims"] == claims


def test_a_suspect_that_is_given_back_is_one_still() -> None:
    suspect = row(CLAIMED, release, claims=SUSPECT_CLAIMS + 1)
    innocent = row(CLAIMED, release, claims=SUSPECT_CLAIMS)

    release(suspect.pk, TOKEN)
    release(innocent.pk, TOKEN)

    assert dump(suspect)["due_at_us"] == NOW_US
    assert dump(innocent)["due_at_us"] is None


def test_a_worker_that_lives_clears_what_it_had_in_hand() -> None:
    message = row(SENDING, mark_uncertain, claims=SUSPECT_CLAIMS + 1)

    mark_uncertain(message.pk, TOKEN)

    assert dump(message)["claims"] == 0


def test_a_message_that_is_requeued_begins_anew() -> None:
    message = row(
        FAILED, requeue, claims=4, retries=60, resends=2, reason="x", last_error="y"
    )

    requeue(message.pk, TOKEN)

    after = dump(message)
    assert (after["claims"], after["retries"], after["resends"]) == (0, 0, 0)
    assert (after["reason"], after["last_error"]) == ("", "")
    assert after["expires_at_us"] is None
    assert after["ready_at_us"] == NOW_US
    # Numbers of attempts go on: they are unique.
    assert after["attempts"] == 1


def test_what_has_no_body_any_more_cannot_be_requeued() -> None:
    message = row(FAILED, requeue)
    BodyChunk.objects.all().delete()

    assert requeue(message.pk, TOKEN) == 0
    assert dump(message)["state"] == FAILED


def test_a_part_is_requeued_with_the_body_of_the_first() -> None:
    first = put(recipients=120)
    part = Message.objects.filter(body_of=first).first()
    assert part is not None
    Message.objects.filter(pk=part.pk).update(state=FAILED)

    assert requeue(part.pk, TOKEN) == 1


def test_mail_is_parked_and_let_go_so_much_at_a_time() -> None:
    rows = [row(QUEUED, park, ready_at_us=NOW_US) for _ in range(3)]

    assert [park_all(at_most=2), park_all(at_most=2)] == [2, 1]
    assert Message.objects.unpark(Q(), now_us=NOW_US, at_most=2) == 2
    assert Message.objects.parked().count() == len(rows) - 2


def test_only_mail_that_is_ready_is_parked() -> None:
    ready = row(QUEUED, park, ready_at_us=NOW_US)
    backing_off = row(QUEUED, park, ready_at_us=LATER_US)

    assert park_all() == 1

    assert dump(ready)["held_back"]
    assert not dump(backing_off)["held_back"]
    assert [message.pk for message in Message.objects.parked()] == [ready.pk]


def test_only_mail_that_is_too_old_expires() -> None:
    old = row(QUEUED, expire, expires_at_us=NOW_US - 1)
    young = row(QUEUED, expire, expires_at_us=NOW_US + 1)
    timeless = row(QUEUED, expire, expires_at_us=None)

    assert Message.objects.expire([old.pk, young.pk, timeless.pk], now_us=NOW_US) == 1

    assert dump(old)["reason"] == "expired"
    assert dump(young)["state"] == dump(timeless)["state"] == QUEUED


def test_final_states_are_left_by_an_operator_only() -> None:
    left = {
        state
        for move, arrows in ARROWS.items()
        for state in arrows
        if move is not requeue
    }

    assert left.isdisjoint(FINAL)


def test_the_longest_waiting_comes_first() -> None:
    second = row(QUEUED, claim, ready_at_us=NOW_US - 1)
    first = row(QUEUED, claim, ready_at_us=NOW_US - 2)
    third = row(QUEUED, claim, ready_at_us=NOW_US - 1)
    row(QUEUED, claim, ready_at_us=NOW_US + 1)
    row(QUEUED, claim, ready_at_us=NOW_US - 9, lane=1)

    ready = Message.objects.ready(first.pace_key, 0, NOW_US)

    assert [message.pk for message in ready] == [first.pk, second.pk, third.pk]

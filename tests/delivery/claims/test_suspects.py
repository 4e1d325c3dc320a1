"""Workers die with what they have in hand: only what they die of alone is blamed."""

from __future__ import annotations

import pytest

from seacucumber.conf import Mailer
from seacucumber.delivery.claims.claim import Claimer
from seacucumber.delivery.claims.selection import Claim
from seacucumber.delivery.claims.suspects import Suspects
from seacucumber.enums import Lane, MessageState
from seacucumber.models import Attempt, Message
from seacucumber.models.queue.transitions import MAX_CLAIMS, SUSPECT_CLAIMS
from tests.delivery.claimers import new_claimer, pks
from tests.queue import drain, fresh, now_us, overdue, put, put_many, state, sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ses")]


def set_apart(*messages: Message, claims: int = SUSPECT_CLAIMS) -> None:
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        claims=claims, due_at_us=now_us()
    )


def take(claimer: Claimer, suspects: Suspects, room: int = 96) -> Claim:
    return claimer.claim(room, suspects=suspects)


def test_a_suspect_is_claimed_with_nothing_beside_it(mailer: Mailer) -> None:
    suspect, *others = put_many(4)
    set_apart(suspect)

    claim = take(new_claimer(), Suspects.FIRST)

    assert pks(claim) == [suspect.pk]
    assert claim.alone
    assert not claim.empty
    assert {state(message) for message in others} == {MessageState.QUEUED}


def test_suspects_do_not_stand_in_the_way_of_other_mail(mailer: Mailer) -> None:
    messages = put_many(40)
    set_apart(*messages[:30])

    claim = take(new_claimer(), Suspects.NEVER, room=5)

    assert pks(claim) == [message.pk for message in messages[30:35]]
    assert not claim.alone


def test_who_has_time_claims_a_suspect_when_nothing_else_is_ready() -> None:
    suspect, other = put_many(2)
    set_apart(suspect)
    claimer = new_claimer()

    assert pks(take(claimer, Suspects.LAST)) == [other.pk]
    assert pks(take(claimer, Suspects.LAST)) == [suspect.pk]


@pytest.mark.parametrize("lane", list(Lane))
def test_one_suspect_of_an_account_is_under_way_at_a_time(lane: Lane) -> None:
    first, second = put(), put(lane=lane)
    set_apart(first, second)

    assert pks(take(new_claimer(), Suspects.FIRST)) == [first.pk]
    other = take(new_claimer(), Suspects.FIRST)

    assert pks(other) == []


def test_a_suspect_waits_longer_with_each_worker_that_died_of_it() -> None:
    suspect, innocent = put_many(2)
    set_apart(suspect, innocent)
    claimer = new_claimer()
    take(claimer, Suspects.FIRST)
    overdue(suspect)
    sweep()

    assert fresh(suspect).claims == SUSPECT_CLAIMS + 1
    assert pks(take(claimer, Suspects.FIRST)) == [innocent.pk]
    assert fresh(suspect).ready_at_us > now_us()


def test_suspects_are_sent_one_after_the_other_and_cleared() -> None:
    messages = put_many(6)
    set_apart(*messages[:3])

    assert drain().sent == 6

    assert {state(message) for message in messages} == {MessageState.SENT}


@pytest.mark.parametrize("dies_in", [MessageState.CLAIMED, MessageState.SENDING])
def test_of_forty_that_died_together_only_the_guilty_one_fails(
    dies_in: MessageState,
) -> None:
    """The deaths of a worker, as the sweep sees them: who dies writes nothing."""
    messages = put_many(40)
    guilty = messages[17]
    deaths = 0
    for _ in range(400):
        claimer = new_claimer()
        claim = take(claimer, Suspects.FIRST)
        if not claim.messages:
            if not Message.objects.filter(state=MessageState.QUEUED).exists():
                break
            # Time goes by.
            Message.objects.update(ready_at_us=0)
            Message.objects.exclude(due_at_us=None).update(due_at_us=1)
            sweep()
            continue
        if guilty.pk not in pks(claim):
            for pk in pks(claim):
                Message.objects.filter(pk=pk).update(
                    state=MessageState.SENT, due_at_us=None
                )
            continue
        deaths += 1
        if dies_in is MessageState.SENDING:
            begin(claimer, claim)
        Message.objects.filter(pk__in=pks(claim)).update(due_at_us=1)
        sweep()
        if dies_in is MessageState.SENDING:
            Message.objects.filter(pk__in=pks(claim)).update(due_at_us=1)
            sweep()

    assert deaths == MAX_CLAIMS
    assert (state(guilty), fresh(guilty).reason) == (MessageState.FAILED, "poison")
    innocent = [message for message in messages if message is not guilty]
    assert {state(message) for message in innocent} == {MessageState.SENT}


def begin(claimer: Claimer, claim: Claim) -> None:
    begun = Message.objects.start_sending(
        pks(claim),
        token=claimer.token,
        due_at_us=now_us() + 60_000_000,
        now_us=now_us(),
        needed_until_us=now_us(),
    )
    assert begun == set(pks(claim))
    Attempt.objects.begin(
        [(outgoing.pk, outgoing.attempt) for outgoing in claim.messages],
        worker="w:1",
        now_us=now_us(),
    )

"""Who is to blame for calls that fail: one message, SES as a whole, or chance.

A limit made for one odd message is never applied to a cause that all share. So nothing
is judged by how often it failed, but by how likely that was among the calls around it.
"""

from __future__ import annotations

from seacucumber.enums import AttemptOutcome
from seacucumber.models import Attempt

#: What chance brings less often than this is not chance.
_CHANCE = 1e-6
#: Where more than half of the calls fail, all of them failing is an outage as well.
_LARGEST_SHARE = 0.5
#: How many calls around a failure are looked at, and how many failures.
_AROUND = 500
_RECENT = 200
_FAILURES = 50

_FAILED = (
    AttemptOutcome.UNKNOWN,
    AttemptOutcome.ABANDONED,
    AttemptOutcome.DEFERRED,
)


def fails_alone(message: int, pace_key: str) -> bool:
    """Tell whether a message fails while others of its account succeed.

    Each of its failures counts by the share of other messages' calls that failed since
    the failure before. Where none of them was accepted, as in an outage, it says
    nothing; where one in twenty fails, five in a row are more than bad luck.
    """
    mine = Attempt.objects.filter(
        message=message, outcome__in=(*_FAILED, AttemptOutcome.OPEN)
    )
    newest = mine.order_by("-pk").values_list("pk", flat=True)[:_FAILURES]
    likelihood, before = 1.0, 0
    for pk in sorted(newest):
        others = Attempt.objects.filter(
            pk__gt=max(before, pk - _AROUND), pk__lt=pk, message__pace_key=pace_key
        ).exclude(message=message)
        failed, accepted = _count(list(others.values_list("outcome", flat=True)))
        if accepted:
            likelihood *= _share(failed, accepted)
        before = pk
    return likelihood < _CHANCE


def is_beyond_chance(calls: int, *, pace_key: str, before_us: int) -> bool:
    """Tell whether so many calls of an account can fail in a row by mere bad luck.

    Args:
        before_us: When they began to; the calls before it tell what is usual.
    """
    last = Attempt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    usual = Attempt.objects.filter(
        pk__gt=last - _AROUND * _AROUND // 10,
        message__pace_key=pace_key,
        ended_at_us__lt=before_us,
        outcome__in=(*_FAILED, AttemptOutcome.ACCEPTED),
    ).order_by("-pk")
    failed, accepted = _count(list(usual.values_list("outcome", flat=True)[:_RECENT]))
    share = min(_share(failed, accepted), _LARGEST_SHARE)
    return share**calls < _CHANCE


def _count(outcomes: list[int]) -> tuple[int, int]:
    failed = sum(outcome in _FAILED for outcome in outcomes)
    return failed, outcomes.count(AttemptOutcome.ACCEPTED)


def _share(failed: int, accepted: int) -> float:
    # The rule of succession: few calls do not make anything certain.
    return (failed + 1) / (failed + accepted + 2)

"""What the guard does: it warns, it stops bulk mail, and at last all mail."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import Error, router

from seacucumber import signals
from seacucumber.conf import DEFAULT_MAILER, Mailer, get_mailer
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.db.retry import persist
from seacucumber.delivery.outcomes.notifications import announce
from seacucumber.delivery.outcomes.recorder import BatchResult
from seacucumber.enums import EnforcementStatus, GuardLevel, HoldCause, HoldScope, Lane
from seacucumber.guard.thresholds import Judgement, enforcement_status, judge
from seacucumber.models import Hold, Pace, Reputation

logger = logging.getLogger("seacucumber")

REVIEW_EVERY_S = 0.5
_PATIENCE_S = 5.0
_REVIEWED = (
    "AWS has this account under review. Mail still goes out, but what bulk mail"
    " brings now may end that."
)
_ADVICE = {
    GuardLevel.BULK_STOPPED: "Bulk mail is kept, transactional mail goes on. Clean the"
    " list, then resume it under Holds.",
    GuardLevel.ALL_STOPPED: "All mail is kept. Find out what brings it, then resume"
    " under Holds.",
    GuardLevel.WARNED: "AWS reviews accounts at 5 % bounces or 0.1 % complaints.",
}


_reviewed_s: dict[str, float] = {}


@dataclass(slots=True)
class _Work:
    """What a review has led to, to be told once it is committed."""

    batch: BatchResult
    before: GuardLevel
    after: GuardLevel
    why: str


def review(alias: str = DEFAULT_MAILER) -> GuardLevel:
    """Look at an account's bounces and complaints, and stop mail that endangers it.

    Never lets go what it has stopped: that is done by hand, and then only what is sent
    afterwards counts. Safe to run anywhere, and as often as one likes.

    Returns:
        What is done for the account now.
    """
    mailer = get_mailer(alias)
    if not mailer.guard:
        return GuardLevel.WELL
    using = router.db_for_write(Hold)
    Pace.objects.ensure(mailer.pace_key)
    Reputation.objects.of(mailer.pace_key)
    work = persist(using, lambda: _review(mailer, using), for_s=_PATIENCE_S)
    _tell(mailer.pace_key, work)
    return work.after


def review_after_harm(aliases: Iterable[str]) -> None:
    """Review accounts whose mail has bounced, or was complained about, just now.

    One review of an account in `REVIEW_EVERY_S` is enough: the periodic task has the
    last. What goes wrong is left to that task, and logged: the events are stored.
    """
    for alias in aliases:
        key, now_s = get_mailer(alias).pace_key, time.monotonic()
        if now_s - _reviewed_s.get(key, float("-inf")) < REVIEW_EVERY_S:
            continue
        _reviewed_s[key] = now_s
        try:
            review(alias)
        except Error:
            logger.exception("The account %s was not reviewed; that is done soon.", key)


def _review(mailer: Mailer, using: str) -> _Work:
    key = mailer.pace_key
    # As deliverers do, so that nobody claims between the judgement and the hold.
    Pace.objects.lock(key)
    now_us = clock.read_us(using)
    row = Reputation.objects.get(pace_key=key)
    holds = list(Hold.objects.filter(pace_key=key, cause=HoldCause.REPUTATION))
    found = judge(
        mailer,
        now_us,
        counts_from=row.counts_from,
        bulk_stopped_us=_since_us(holds),
    )
    before = GuardLevel(row.level)
    found = _with_review_of_aws(row, found)
    after = max(found.level, _standing(holds))
    batch = BatchResult()
    if after >= GuardLevel.BULK_STOPPED and after > _standing(holds):
        batch.placed += _stop(key, after, found.why, now_us)
    _keep(row, found, after, now_us)
    return _Work(batch, before, after, found.why)


def _with_review_of_aws(row: Reputation, found: Judgement) -> Judgement:
    """Take AWS's review for a reason to stop bulk mail, once when it begins."""
    status = enforcement_status(row.pace_key)
    reviewed = EnforcementStatus.PROBATION
    began = status == reviewed and row.enforcement != reviewed
    row.enforcement = status
    if began and found.level < GuardLevel.BULK_STOPPED:
        return Judgement(
            level=GuardLevel.BULK_STOPPED, rates=found.rates, why=_REVIEWED
        )
    return found


def _standing(holds: list[Hold]) -> GuardLevel:
    """Return what is stopped now."""
    if any(hold.scope == HoldScope.ACCOUNT for hold in holds):
        return GuardLevel.ALL_STOPPED
    return GuardLevel.BULK_STOPPED if holds else GuardLevel.WELL


def _since_us(holds: list[Hold]) -> int:
    placed = [clock.aware(hold.placed_at).timestamp() for hold in holds]
    return int(min(placed) * US_PER_S) if placed else 0


def _stop(key: str, level: GuardLevel, why: str, now_us: int) -> list[Hold]:
    everything = level is GuardLevel.ALL_STOPPED
    hold, placed = Hold.objects.place(
        key,
        scope=HoldScope.ACCOUNT if everything else HoldScope.LANE,
        value="" if everything else Lane.BULK.name.lower(),
        cause=HoldCause.REPUTATION,
        detail=why,
        now_us=now_us,
        probed=False,
    )
    return [hold] if placed else []


def _keep(row: Reputation, found: Judgement, after: GuardLevel, now_us: int) -> None:
    row.level = after
    row.sent = found.rates.sent
    row.bounce_rate = found.rates.bounces
    row.complaint_rate = found.rates.complaints
    row.judged_at = clock.moment(now_us)
    row.save(
        update_fields=[
            "level",
            "sent",
            "bounce_rate",
            "complaint_rate",
            "judged_at",
            "enforcement",
        ]
    )
    # Only now is it a new one; who told of a worse one before tells again. Whoever is
    # telling does not wait for the pace's lock, so that what was read may be old.
    Reputation.objects.filter(pk=row.pk, told_level__gt=after).update(told_level=after)


def _tell(key: str, work: _Work) -> None:
    announce(work.batch)
    if work.after == work.before:
        return
    if work.after > work.before:
        logger.error(
            "The reputation of %s is in danger. %s %s",
            key,
            work.why,
            _ADVICE.get(work.after, ""),
        )
    else:
        logger.warning(
            "The reputation of %s: %s is over.", key, GuardLevel(work.before).label
        )
    signals.reputation_changed.send_robust(
        sender=Reputation,
        reputation=Reputation.objects.get(pace_key=key),
        before=work.before,
        why=work.why,
    )

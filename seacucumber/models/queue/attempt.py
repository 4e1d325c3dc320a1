"""One try to hand one message to SES."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import models
from django.db.models import Max, Min
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import AttemptOutcome
from seacucumber.exceptions import SendError
from seacucumber.models.queue.message import Message

#: Enough for 200 * 200 * 200 attempts.
_SAMPLES, _ROUNDS = 200, 3


class AttemptQuerySet(PrimaryQuerySet["Attempt"]):
    """Attempts begin before the first byte, and end once."""

    def begin(
        self, numbers: Iterable[tuple[int, int]], *, worker: str, now_us: int
    ) -> None:
        """Open one attempt for each (message id, attempt number).

        May be repeated: a commit whose answer was lost may have been one.
        """
        attempts = (
            Attempt(message_id=pk, number=number, begun_at_us=now_us, worker=worker)
            for pk, number in numbers
        )
        self.bulk_create(attempts, ignore_conflicts=True)

    def accepted(self, numbers: Iterable[tuple[int, int]], *, now_us: int) -> None:
        """End attempts that SES accepted, also those that were given up on."""
        self._of(numbers).update(
            outcome=AttemptOutcome.ACCEPTED,
            ended_at_us=Coalesce("ended_at_us", now_us),
            http_status=200,
            code="",
            detail="",
        )

    def ended(
        self,
        numbers: Iterable[tuple[int, int]],
        *,
        outcome: AttemptOutcome,
        error: SendError,
        now_us: int,
    ) -> None:
        """End open attempts that SES did not accept, or may not have accepted."""
        self._of(numbers).filter(outcome=AttemptOutcome.OPEN).update(
            outcome=outcome,
            ended_at_us=now_us,
            http_status=error.http_status,
            code=error.code[:64],
            detail=error.detail,
        )

    def last_begun(self, before_us: int) -> int:
        """Return the id of the last attempt that was begun before a moment; 0 for none.

        Their ids are in the order of time, give or take the moment in which several
        deliverers began theirs. A few samples narrow it down, and again between the two
        that are nearest: four queries, for any number of rows without gaps. Gaps, as a
        purge leaves them, or a cluster of MySQL that counts in steps, are halved.
        """
        ends = self.aggregate(first=Min("pk"), last=Max("pk"))
        low, high = (ends["first"] or 1) - 1, ends["last"] or 0
        for _round in range(_ROUNDS):
            step = max(1, (high - low) // _SAMPLES)
            marks = self.filter(pk__in=range(low + 1, high + 1, step))
            begun = dict(marks.values_list("pk", "begun_at_us"))
            low = max((pk for pk, at in begun.items() if at < before_us), default=low)
            later = [pk for pk, at in begun.items() if at >= before_us and pk > low]
            high = min(later, default=high + 1) - 1
        while low < high:
            middle = (low + high + 1) // 2
            last = self.filter(pk__gt=low, pk__lte=middle).order_by("-pk").first()
            if last is None or last.begun_at_us < before_us:
                low = middle
            else:
                high = last.pk - 1
        return low

    def witness(self, pk: int, number: int, ses_message_id: str) -> int:
        """Keep the evidence that SES has accepted an attempt."""
        return self.filter(message_id=pk, number=number, ses_message_id="").update(
            ses_message_id=ses_message_id
        )

    def evidence(self, pks: Iterable[int]) -> dict[int, str]:
        """Return SES's id of each message that is known to be accepted by an event."""
        rows = self.filter(message_id__in=list(pks)).exclude(ses_message_id="")
        return dict(rows.values_list("message_id", "ses_message_id"))

    def proven(self, ses_ids: Mapping[int, str], *, now_us: int) -> None:
        """End the attempts that an event has shown to be accepted."""
        self.filter(
            message_id__in=list(ses_ids), ses_message_id__in=set(ses_ids.values())
        ).update(
            outcome=AttemptOutcome.ACCEPTED,
            ended_at_us=Coalesce("ended_at_us", now_us),
            code="",
            detail="",
        )

    def _of(self, numbers: Iterable[tuple[int, int]]) -> AttemptQuerySet:
        by_number: dict[int, list[int]] = {}
        for pk, number in numbers:
            by_number.setdefault(number, []).append(pk)
        condition = models.Q(pk__in=())
        for number, pks in by_number.items():
            condition |= models.Q(message_id__in=pks, number=number)
        return self.filter(condition)


class Attempt(models.Model):
    """One try. Committed before the first byte leaves, so that a crash is on record."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="attempt_set"
    )
    number = models.PositiveIntegerField()
    begun_at_us = models.BigIntegerField()
    ended_at_us = models.BigIntegerField(null=True, blank=True)
    outcome = models.PositiveSmallIntegerField(
        choices=AttemptOutcome, default=AttemptOutcome.OPEN
    )
    http_status = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=64, blank=True, default="")
    detail = models.CharField(max_length=200, blank=True, default="")
    worker = models.CharField(max_length=80)
    #: SES's id for this attempt, as far as an event proved it before the answer came.
    ses_message_id = models.CharField(max_length=128, blank=True, default="")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = (
            models.UniqueConstraint(
                fields=["message", "number"], name="seacucumber_attempt_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_id} #{self.number}"

"""What SES told of mail, each thing once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from seacucumber.db.bulk_insert import can_insert_missing, insert, insert_missing
from seacucumber.db.bulk_select import select
from seacucumber.db.primary import PrimaryQuerySet
from seacucumber.enums import DeliveryStatus, EventType, EventVia
from seacucumber.models.queue.message import Message

_ONCE = "fingerprint"


class EventQuerySet(PrimaryQuerySet["Event"]):
    """Events, kept and found."""

    def keep(self, rows: Sequence[Event], using: str) -> set[str]:
        """Insert those of new rows that are not kept yet.

        Args:
            rows: Each with a fingerprint of its own.

        Returns:
            The fingerprints of those that were not.

        Raises:
            IntegrityError: on MySQL and MariaDB, if somebody else keeps one of them at
                the same moment: do it again, in another transaction.
        """
        if can_insert_missing(using):
            return insert_missing(rows, using, once=_ONCE)
        prints = [row.fingerprint for row in rows]
        found = select(self.model, (_ONCE,), using, by=_ONCE, values=prints)
        known = {fingerprint for (fingerprint,) in found}
        new = [row for row in rows if row.fingerprint not in known]
        insert(new, using)
        return {row.fingerprint for row in new}


class Event(models.Model):
    """One thing that SES told of one recipient, or of a whole mail."""

    #: `SESEvent.fingerprint`: the same event is kept once, however often it comes.
    fingerprint = models.CharField(max_length=32, unique=True)
    #: Empty if the mail is not from this queue: others may use the same account.
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="event_set",
    )
    #: In lower case; empty if it is about all recipients of the mail.
    recipient = models.CharField(max_length=320, blank=True, default="")
    type = models.PositiveSmallIntegerField(choices=EventType)
    #: What it means for the recipient.
    delivery_status = models.PositiveSmallIntegerField(
        choices=DeliveryStatus, default=DeliveryStatus.UNKNOWN
    )
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    ses_message_id = models.CharField(max_length=128)
    #: Our attempt, by its tag; 0 if it has none.
    attempt = models.PositiveIntegerField(default=0)
    via = models.CharField(max_length=8, choices=EventVia)
    detail = models.JSONField(default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = (
            # For the list of events: the newest of a type, those to an address or to
            # one that begins so (which PostgreSQL wants to be told), those of a mail of
            # others.
            models.Index(fields=["type", "id"], name="seacucumber_event_type"),
            models.Index(
                fields=["recipient", "id"],
                name="seacucumber_event_who",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(fields=["ses_message_id"], name="seacucumber_event_mail"),
        )

    def __str__(self) -> str:
        return f"{EventType(self.type).label} {self.ses_message_id}"

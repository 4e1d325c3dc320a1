"""One SES call: what is to be sent, and where it stands."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seacucumber.db.partial_index import PartialIndex
from seacucumber.enums import (
    DeliveryStatus,
    Lane,
    MessageState,
    RecipientKind,
    Uncertain,
)
from seacucumber.models.queue.recipient_queryset import RecipientQuerySet
from seacucumber.models.queue.transitions import MessageQuerySet


def new_uid() -> str:
    """Return a new message id: 32 hex digits, which SES takes as a tag's value."""
    return uuid.uuid4().hex


class Message(models.Model):
    """One call to SES: at most 50 recipients of one mail.

    State moves only through the methods of `MessageQuerySet`.
    """

    uid = models.CharField(max_length=32, unique=True, default=new_uid, editable=False)
    mailer = models.CharField(max_length=64)
    pace_key = models.CharField(max_length=100)
    state = models.PositiveSmallIntegerField(
        choices=MessageState, default=MessageState.QUEUED
    )
    lane = models.PositiveSmallIntegerField(choices=Lane, default=Lane.TRANSACTIONAL)

    ready_at_us = models.BigIntegerField()
    #: Queued, and out of the deliverers' sight until a hold is lifted.
    held_back = models.BooleanField(default=False, db_default=False)
    expires_at_us = models.BigIntegerField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True, default="")
    #: End of the lease, or when an uncertain outcome is settled. Of what is queued:
    #: only if workers may have died of it; from when on it may be claimed, alone.
    due_at_us = models.BigIntegerField(null=True, blank=True)

    claims = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    retries = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0)

    uncertain = models.CharField(
        max_length=8, choices=Uncertain, default=Uncertain.RESEND
    )
    configuration_set = models.CharField(max_length=64, blank=True, default="")
    tags = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    sender = models.CharField(max_length=320)
    subject = models.CharField(max_length=200, blank=True, default="")
    recipient_count = models.PositiveSmallIntegerField()
    size_bytes = models.PositiveIntegerField()
    #: The message that has the body: a mail to more than 50 recipients is several
    #: messages with one body. Empty where it is the message's own.
    body_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="parts"
    )

    #: Whether this body is sent by other messages too; it is dropped with the last.
    shares_body = models.BooleanField(default=False)

    ses_message_id = models.CharField(
        max_length=128, blank=True, default="", db_index=True
    )
    reason = models.CharField(max_length=64, blank=True, default="")
    last_error = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    state_at_us = models.BigIntegerField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = (
            ("view_body", _("Can read the bodies of messages")),
            ("requeue_message", _("Can send failed and held messages again")),
            ("cancel_message", _("Can take back messages that have not left")),
        )
        indexes = (
            # A claim takes what is first here, and never walks what is held back.
            PartialIndex(
                fields=["pace_key", "held_back", "lane", "ready_at_us", "id"],
                name="seacucumber_message_claim",
                rows=models.Q(state=MessageState.QUEUED),
                leading="state",
            ),
            # Not by state: SQLite uses no index with an IN for a query with parameters,
            # but knows that what is less than something is not null.
            PartialIndex(
                fields=["pace_key", "due_at_us"],
                name="seacucumber_message_due",
                rows=models.Q(due_at_us__isnull=False),
                leading="state",
            ),
            # "The newest that failed". SQLite uses it where a query has the condition
            # word for word, as `~Q(state=MessageState.SENT)` is; PostgreSQL sees by
            # itself that what is failed is not sent.
            PartialIndex(
                fields=["state", "id", "lane"],
                name="seacucumber_message_live",
                rows=~models.Q(state=MessageState.SENT),
            ),
        )

    def __str__(self) -> str:
        return f"{self.uid} ({MessageState(self.state).label})"


class Recipient(models.Model):
    """One address that one message goes to."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="recipients"
    )
    #: In lower case, so that "did Ann get it?" is one look into an index.
    address = models.CharField(max_length=320)
    #: As the caller wrote it, where that differs: a local part may have capitals.
    spelling = models.CharField(max_length=320, blank=True, default="")
    kind = models.PositiveSmallIntegerField(choices=RecipientKind)
    #: What SES's events told; moves through `RecipientQuerySet.apply_status` only.
    delivery_status = models.PositiveSmallIntegerField(
        choices=DeliveryStatus, default=DeliveryStatus.UNKNOWN
    )
    delivery_status_at = models.DateTimeField(null=True, blank=True)
    delivery_status_detail = models.CharField(max_length=200, blank=True, default="")

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        indexes = (
            # The newest of a hundred thousand messages to one address are found without
            # sorting; PostgreSQL wants to be told that it may look for a beginning.
            models.Index(
                fields=["address", "message"],
                name="seacucumber_recipient_who",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        )

    def __str__(self) -> str:
        return self.address

"""What the host project can listen to."""

from __future__ import annotations

from django.dispatch import Signal

#: A message was stored. Arguments: ``message`` (models.Message). Sent inside the
#: caller's transaction, which may still roll back.
message_queued = Signal()

#: SES accepted a message. Arguments: ``message_id`` (int), ``ses_message_id`` (str).
message_sent = Signal()

#: A message failed for good. Arguments: ``message_id`` (int), ``code``, ``detail``.
message_failed = Signal()

#: Mail is being held. Arguments: ``hold`` (models.Hold).
hold_placed = Signal()

#: A hold is gone and mail flows again. Arguments: ``hold`` (models.Hold).
hold_lifted = Signal()

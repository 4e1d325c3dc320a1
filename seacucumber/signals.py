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

#: Nobody was left to send a message to: all its recipients are on a suppression list.
#: Arguments: ``message_id`` (int), ``code``, ``detail``.
message_suppressed = Signal()

#: Mail is being held. Arguments: ``hold`` (models.Hold).
hold_placed = Signal()

#: A hold is gone and mail flows again. Arguments: ``hold`` (models.Hold).
hold_lifted = Signal()

#: An event of SES, of whatever type, was stored. Like the signals below it is sent once
#: for each event, afterwards; not at all if the process dies in between. Arguments:
#: ``event`` (ses.events.SESEvent), ``message`` (models.Message, None if the mail was
#: sent by others from the same account).
event_received = Signal()

#: SES accepted a mail.
accepted = Signal()

#: A mail server took the mail of ``event.recipients``.
delivered = Signal()

#: SES tries again: a mail server does not take the mail now.
delayed = Signal()

#: A mail server, or SES's suppression list, refused the mail of ``event.recipients``;
#: ``event.bounce.is_hard`` tells whether for good, and
#: ``event.delivery_status_of(recipient)`` so of each.
bounced = Signal()

#: A reader called the mail unwanted; ``event.complaint`` tells more.
complained = Signal()

#: SES accepted a mail and refused to deliver it: a virus, or a template that failed.
rejected = Signal()

#: A program fetched the picture that SES had put into the mail.
opened = Signal()

#: Somebody, or a program, followed a link.
clicked = Signal()

#: A reader changed what lists they get, by SES's list management.
subscription_changed = Signal()

#: The reputation of an account has changed its standing. Arguments: ``reputation``
#: (models.Reputation), ``before`` (enums.GuardLevel), ``why`` (str).
reputation_changed = Signal()

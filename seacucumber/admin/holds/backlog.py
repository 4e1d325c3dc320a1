"""How many messages a hold keeps, or would keep."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.enums import MessageState
from seacucumber.models import Hold, Message
from seacucumber.models.queue.transitions import NOT_SENT

#: Counted up to here: what matters is whether it is few or many.
COUNTED_MAX = 1000
#: Of the queue, so many messages are looked at, those that wait longest.
LOOKED_AT_MAX = 20_000


def waiting_for(hold: Hold) -> str:
    """Return how many messages in the queue a hold stops, as far as they are counted.

    Args:
        hold: One that stands, or that somebody thinks of.
    """
    rows = Message.objects.filter(NOT_SENT, state=MessageState.QUEUED).order_by("id")
    last = rows.values_list("pk", flat=True)[LOOKED_AT_MAX : LOOKED_AT_MAX + 1]
    last_pk = last.first()
    if last_pk is not None:
        rows = rows.filter(pk__lt=last_pk)
    found: int = rows.filter(hold.messages())[: COUNTED_MAX + 1].count()
    if found > COUNTED_MAX or (last_pk is not None and found):
        counted = min(found, COUNTED_MAX)
        return _("%(number)d messages or more") % {"number": counted}
    return ngettext("%(number)d message", "%(number)d messages", found) % {
        "number": found
    }

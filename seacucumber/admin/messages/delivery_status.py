"""What became of a message's recipients, as SES told: each one's pill, and the sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.event_display import STATUS_SEVERITIES, status_pill
from seacucumber.enums import DeliveryStatus
from seacucumber.models import Recipient
from seacucumber.text.sanitize import sanitize

#: (what happened, what it means, what to do) by the gravest
#: delivery status of a sent message.
_WORDS: Mapping[DeliveryStatus, tuple[Promise, Promise, Promise]] = {
    DeliveryStatus.COMPLAINED: (
        gettext_lazy("It was reported as spam."),
        gettext_lazy("It arrived, and its reader complained to the mail provider."),
        gettext_lazy(
            "See that whoever gets such mail has asked for it. The address gets no more"
            " mail while it is under Suppressed addresses."
        ),
    ),
    DeliveryStatus.BOUNCED: (
        gettext_lazy("It bounced."),
        gettext_lazy("A mail server refused it for good; the reason is below."),
        gettext_lazy(
            "Correct the address where it came from. It gets no more mail as long as it"
            " is under Suppressed addresses."
        ),
    ),
    DeliveryStatus.REJECTED: (
        gettext_lazy("SES accepted it and then rejected it."),
        gettext_lazy("Nobody has got it; the reason is below."),
        gettext_lazy("See whether something attached to it is infected."),
    ),
    DeliveryStatus.SUPPRESSED: (
        gettext_lazy("Not all of its recipients get mail."),
        gettext_lazy("Some are on a suppression list, and it was not sent to them."),
        gettext_lazy(
            "Nothing; or if they are still under Suppressed addresses and you are sure,"
            " take them off the list there."
        ),
    ),
    DeliveryStatus.SOFT_BOUNCED: (
        gettext_lazy("It was refused for now, and SES has given up."),
        gettext_lazy("A mailbox may have been full, or a mail server out of order."),
        gettext_lazy("Send it again later. If it happens often, look at the reason."),
    ),
    DeliveryStatus.DELAYED: (
        gettext_lazy("A mail server does not take it yet."),
        gettext_lazy("SES goes on trying by itself, for hours."),
        gettext_lazy("Nothing. Another event tells how it ends."),
    ),
    DeliveryStatus.DELIVERED: (
        gettext_lazy("It was delivered."),
        gettext_lazy("A mail server took it; into which folder, it does not tell."),
        gettext_lazy("Nothing."),
    ),
}
#: Which of several delivery statuses a message is judged by, the gravest first.
_GRAVEST_FIRST = (
    *(
        DeliveryStatus.COMPLAINED,
        DeliveryStatus.BOUNCED,
        DeliveryStatus.REJECTED,
        DeliveryStatus.SOFT_BOUNCED,
    ),
    *(DeliveryStatus.SUPPRESSED, DeliveryStatus.DELAYED, DeliveryStatus.DELIVERED),
)


def gravest(statuses: Sequence[int]) -> DeliveryStatus:
    """Return what a message is judged by; UNKNOWN while there is no event."""
    return next(
        (status for status in _GRAVEST_FIRST if status in statuses),
        DeliveryStatus.UNKNOWN,
    )


def explain_statuses(statuses: Sequence[int]) -> tuple[str, str, str, str] | None:
    """Return severity, what happened, what it means and what to do.

    Args:
        delivery statuses: Of all recipients of a message that was sent.

    Returns:
        None if nothing is known of any of them.
    """
    worst = gravest(statuses)
    if worst is DeliveryStatus.UNKNOWN:
        return None
    headline, meaning, advice = (str(part) for part in _WORDS[worst])
    if len(statuses) > 1:
        concerned = sum(status == worst for status in statuses)
        words = _("%(what)s This concerns %(number)d of %(all)d recipients.")
        headline = words % {"what": headline, "number": concerned, "all": len(statuses)}
    return STATUS_SEVERITIES[worst], headline, meaning, advice


def delivery_status_of(recipient: Recipient) -> SafeString:
    """Return what became of a recipient's mail, as a pill and its reason."""
    mark = status_pill(recipient.delivery_status)
    if not mark or not recipient.delivery_status_detail:
        return mark
    return format_html(
        '{} <span class="cu-quiet cu-small">{}</span>',
        mark,
        sanitize(recipient.delivery_status_detail),
    )

"""What became of a message's recipients, as SES told: each one's pill, and the sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.event_display import FATE_SEVERITIES, fate_pill
from seacucumber.enums import Fate
from seacucumber.models import Recipient
from seacucumber.text.sanitize import shown

#: (what happened, what it means, what to do) by the gravest fate of a sent message.
_WORDS: Mapping[Fate, tuple[Promise, Promise, Promise]] = {
    Fate.COMPLAINED: (
        gettext_lazy("It was reported as spam."),
        gettext_lazy("It arrived, and its reader complained to the mail provider."),
        gettext_lazy(
            "See that whoever gets such mail has asked for it. The address gets no more"
            " mail while it is under Suppressed addresses."
        ),
    ),
    Fate.BOUNCED: (
        gettext_lazy("It bounced."),
        gettext_lazy("A mail server refused it for good; the reason is below."),
        gettext_lazy(
            "Correct the address where it came from. It gets no more mail as long as it"
            " is under Suppressed addresses."
        ),
    ),
    Fate.REJECTED: (
        gettext_lazy("SES accepted it and then rejected it."),
        gettext_lazy("Nobody has got it; the reason is below."),
        gettext_lazy("See whether something attached to it is infected."),
    ),
    Fate.SUPPRESSED: (
        gettext_lazy("Not all of its recipients get mail."),
        gettext_lazy("Some are on a suppression list, and it was not sent to them."),
        gettext_lazy(
            "Nothing; or if they are still under Suppressed addresses and you are sure,"
            " take them off the list there."
        ),
    ),
    Fate.SOFT_BOUNCED: (
        gettext_lazy("It was refused for now, and SES has given up."),
        gettext_lazy("A mailbox may have been full, or a mail server out of order."),
        gettext_lazy("Send it again later. If it happens often, look at the reason."),
    ),
    Fate.DELAYED: (
        gettext_lazy("A mail server does not take it yet."),
        gettext_lazy("SES goes on trying by itself, for hours."),
        gettext_lazy("Nothing. Another event tells how it ends."),
    ),
    Fate.DELIVERED: (
        gettext_lazy("It was delivered."),
        gettext_lazy("A mail server took it; into which folder, it does not tell."),
        gettext_lazy("Nothing."),
    ),
}
#: Which of several fates a message is judged by, the gravest first.
_GRAVEST_FIRST = (
    *(Fate.COMPLAINED, Fate.BOUNCED, Fate.REJECTED, Fate.SOFT_BOUNCED),
    *(Fate.SUPPRESSED, Fate.DELAYED, Fate.DELIVERED),
)


def gravest(fates: Sequence[int]) -> Fate:
    """Return the fate that a message is judged by; UNKNOWN if nothing is told yet."""
    return next((fate for fate in _GRAVEST_FIRST if fate in fates), Fate.UNKNOWN)


def explain_fates(fates: Sequence[int]) -> tuple[str, str, str, str] | None:
    """Return severity, what happened, what it means and what to do.

    Args:
        fates: Of all recipients of a message that was sent.

    Returns:
        None if nothing is known of any of them.
    """
    worst = gravest(fates)
    if worst is Fate.UNKNOWN:
        return None
    headline, meaning, advice = (str(part) for part in _WORDS[worst])
    if len(fates) > 1:
        concerned = sum(fate == worst for fate in fates)
        words = _("%(what)s This concerns %(number)d of %(all)d recipients.")
        headline = words % {"what": headline, "number": concerned, "all": len(fates)}
    return FATE_SEVERITIES[worst], headline, meaning, advice


def fate_of(recipient: Recipient) -> SafeString:
    """Return what became of a recipient's mail, as a pill and its reason."""
    mark = fate_pill(recipient.fate)
    if not mark or not recipient.fate_detail:
        return mark
    return format_html(
        '{} <span class="cu-quiet cu-small">{}</span>',
        mark,
        shown(recipient.fate_detail),
    )

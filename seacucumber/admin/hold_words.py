"""What each hold asks of an operator."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.message_display import shown
from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold

_CURES: Mapping[str, str | Promise] = {
    HoldCause.OPERATOR: _("Somebody has stopped it by hand; resume it under Holds."),
    HoldCause.QUOTA: _(
        "It frees up by itself as the last 24 hours go by. If this happens often, ask"
        " AWS for a higher quota."
    ),
    HoldCause.ACCOUNT_PAUSED: _(
        "Read AWS's mail to the address of the AWS account and answer it; or resume"
        " sending in the SES console if somebody paused it there."
    ),
    HoldCause.ACCOUNT_SUSPENDED: _(
        "Talk to AWS support, or send through another account."
    ),
    HoldCause.CREDENTIALS: _(
        "Check access key, secret, session token, role and region of the mailer, and"
        " restart the workers."
    ),
    HoldCause.PERMISSION: _(
        "Allow what is missing in the IAM policy of the mailer's credentials."
    ),
    HoldCause.CLOCK_SKEW: _("Set the clock of the workers' hosts by NTP."),
    HoldCause.SENDER_UNVERIFIED: _(
        "Verify the sender's address or its domain under Identities."
    ),
    HoldCause.MAIL_FROM: _(
        "Publish the MX record of the MAIL FROM domain; the identity's page has it."
    ),
    HoldCause.CONFIGURATION_SET_MISSING: _(
        "Create the configuration set in this account and region, or name another one"
        " in the settings."
    ),
    HoldCause.CONFIGURATION_SET_PAUSED: _(
        "Enable sending for the configuration set in the SES console."
    ),
    HoldCause.SIGNING: _(
        "Check DKIM_PRIVATE_KEY, DKIM_DOMAIN and DKIM_SELECTOR, and restart the"
        " workers."
    ),
    HoldCause.REPUTATION: _(
        "Find out which list brings the bounces or complaints, clean it and cancel"
        " what is queued for it; then resume it under Holds."
    ),
}


def cause_of(hold: Hold) -> str:
    """Return why it is held, in words."""
    known = hold.cause in HoldCause.values
    return str(HoldCause(hold.cause).label) if known else shown(hold.cause)


def cure_of(hold: Hold) -> str:
    """Return what to do about a hold, in a sentence."""
    return str(_CURES.get(hold.cause, _("See the detail; lift it to try again.")))


def subject_of(hold: Hold) -> str:
    """Return what a hold stops, in words."""
    value = shown(hold.value)
    match hold.scope:
        case HoldScope.ACCOUNT:
            return str(_("everything"))
        case HoldScope.LANE if hold.value.upper() in Lane.__members__:
            label = Lane[hold.value.upper()].label
            return str(_("the %(lane)s lane") % {"lane": label})
        case HoldScope.SENDER if "@" not in hold.value:
            return str(_("senders of the domain %(value)s") % {"value": value})
        case HoldScope.SENDER:
            return str(_("the sender %(value)s") % {"value": value})
        case HoldScope.MAILER:
            return str(_("the mailer %(value)s") % {"value": value})
        case HoldScope.CONFIGURATION_SET:
            return str(_("the configuration set %(value)s") % {"value": value})
    return f"{shown(hold.scope)} {value}"

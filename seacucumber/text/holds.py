"""Holds in an operator's words: what stands still, why, what follows, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import router
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.db import clock
from seacucumber.enums import HoldCause, HoldScope, Lane
from seacucumber.models import Hold
from seacucumber.text.sanitize import sanitize
from seacucumber.text.times import in_words

_REMEDIES: Mapping[str, str | Promise] = {
    HoldCause.OPERATOR: gettext_lazy("Resume it when you are ready."),
    HoldCause.QUOTA: gettext_lazy(
        "It goes on by itself as the last 24 hours move on. If this happens often, ask"
        " AWS for a higher quota."
    ),
    HoldCause.ACCOUNT_PAUSED: gettext_lazy(
        "If AWS has paused it, answer the case in the Support Center; if somebody"
        " switched it off, switch it on in the AWS console: SES, Account dashboard."
    ),
    HoldCause.ACCOUNT_SUSPENDED: gettext_lazy(
        "Answer AWS's case in the Support Center, or send through another account."
    ),
    HoldCause.CREDENTIALS: gettext_lazy(
        "Check access key, secret, session token, role and region of the mailer, and"
        " restart the workers."
    ),
    HoldCause.PERMISSION: gettext_lazy(
        "Allow it in the IAM policy of the mailer's credentials."
    ),
    HoldCause.SES_SILENT: gettext_lazy(
        "It goes on by itself with the first answer: SES is asked at least once a"
        " minute, and one message is tried when it answers. If this lasts, look at the"
        " AWS Health Dashboard, and at DNS, firewall and proxy of the workers' hosts."
    ),
    HoldCause.CLOCK_SKEW: gettext_lazy("Set the clocks of the workers' hosts by NTP."),
    HoldCause.SENDER_UNVERIFIED: gettext_lazy(
        "Verify the sender's address or its domain under Identities."
    ),
    HoldCause.MAIL_FROM: gettext_lazy(
        "Publish the MX record of the MAIL FROM domain; the identity's page has it."
    ),
    HoldCause.CONFIGURATION_SET_MISSING: gettext_lazy(
        "Create the configuration set in this account and region, or name another one"
        " in the settings."
    ),
    HoldCause.CONFIGURATION_SET_PAUSED: gettext_lazy(
        "Enable sending for the configuration set in the SES console."
    ),
    HoldCause.SIGNING: gettext_lazy(
        "Check DKIM_PRIVATE_KEY, DKIM_DOMAIN and DKIM_SELECTOR, and restart the"
        " workers."
    ),
    HoldCause.REPUTATION: gettext_lazy(
        "Find out which list brings the bounces or complaints, clean it and cancel"
        " what is queued for it; then resume it under Holds."
    ),
}
_CURE_OF_KEY = gettext_lazy(
    "Look at the domain's key under DKIM keys. If it cannot be opened, put the key back"
    " that it was sealed with, in CUCUMBER_DKIM_ENCRYPTION_KEYS or"
    " SECRET_KEY_FALLBACKS, and restart the workers."
)
_UNKNOWN_REMEDY = gettext_lazy("See what SES said; lift the hold to try again.")
_GRAVE_SCOPES = (HoldScope.ACCOUNT, HoldScope.MAILER)
_WIDTHS: Mapping[str, int] = {
    HoldScope.ACCOUNT: 0,
    HoldScope.MAILER: 1,
    HoldScope.LANE: 2,
    HoldScope.CONFIGURATION_SET: 3,
    HoldScope.SENDER: 4,
}


def subject_of(hold: Hold) -> str:
    """Return what stands still, to go into a sentence."""
    value = sanitize(hold.value)
    match hold.scope:
        case HoldScope.ACCOUNT:
            return _("all mail of this account")
        case HoldScope.LANE if hold.value.upper() in Lane.__members__:
            return _("%(lane)s mail") % {"lane": Lane[hold.value.upper()].label}
        case HoldScope.SENDER if "@" not in hold.value:
            return _("mail from the domain %(value)s") % {"value": value}
        case HoldScope.SENDER:
            return _("mail from %(value)s") % {"value": value}
        case HoldScope.MAILER:
            return _("mail of the mailer %(value)s") % {"value": value}
        case HoldScope.CONFIGURATION_SET:
            return _("mail with the configuration set %(value)s") % {"value": value}
    return _("mail of %(scope)s %(value)s") % {
        "scope": sanitize(hold.scope),
        "value": value,
    }


def cause_of(hold: Hold) -> str:
    """Return why it stands still, to go into a sentence."""
    known = hold.cause in HoldCause.values
    return str(HoldCause(hold.cause).label) if known else sanitize(hold.cause)


def headline_of(hold: Hold) -> str:
    """Return what stands still and why, as a sentence."""
    words = {"what": capfirst(subject_of(hold)), "who": sanitize(hold.placed_by)}
    if hold.cause != HoldCause.OPERATOR:
        return _("%(what)s waits: %(why)s.") % {**words, "why": cause_of(hold)}
    if hold.placed_by:
        return _("%(what)s is stopped by %(who)s.") % words
    return _("%(what)s is stopped by an operator.") % words


def consequence_of(hold: Hold, holds: Iterable[Hold]) -> str:
    """Return what follows for the mail, in a sentence.

    Args:
        holds: All that are in force: what is said of other mail is said of the whole.
    """
    if hold.scope in _GRAVE_SCOPES or stops_all(holds):
        return _("It is kept and nothing is lost.")
    return _("It is kept and nothing is lost; this hold stops no other mail.")


def stops_all(holds: Iterable[Hold]) -> bool:
    """Tell whether all mail of an account, or of one of its mailers, is held."""
    scopes = {(hold.scope, hold.value) for hold in holds}
    lanes = {value.upper() for scope, value in scopes if scope == HoldScope.LANE}
    return lanes >= set(Lane.__members__) or any(
        scope in _GRAVE_SCOPES for scope, _value in scopes
    )


def widest_first(holds: Iterable[Hold]) -> list[Hold]:
    """Return holds as people read them: what stops most comes first."""
    return sorted(holds, key=lambda hold: (_WIDTHS.get(hold.scope, 9), hold.pk or 0))


def after_lifting(hold: Hold, others: Iterable[Hold]) -> str:
    """Return what becomes of the mail that waited, if one hold is lifted.

    Args:
        others: The holds of the account that stay.
    """
    left = widest_first(others)
    if not left:
        return _("The mail that waited leaves at the account's pace.")
    if stops_all(left):
        return _("It goes on waiting: %(what)s is stopped as well (%(why)s).") % {
            "what": subject_of(left[0]),
            "why": cause_of(left[0]),
        }
    return _("Of the mail that waited, what no other hold stops leaves.")


def remedy_of(hold: Hold) -> str:
    """Return what to do about it, in a sentence or two."""
    if hold.ends_at_us is not None:
        if hold.ends_at_us <= clock.now_us(router.db_for_write(Hold)):
            return _("Its time is over: the next sweep lifts it.")
        return _("It goes on by itself at %(time)s, or when somebody resumes it.") % {
            "time": in_words(hold.ends_at_us)
        }
    # Settings hold all mail of their mailer, a key in the database that of a domain.
    if hold.cause == HoldCause.SIGNING and hold.scope == HoldScope.SENDER:
        return str(_CURE_OF_KEY)
    return str(_REMEDIES.get(hold.cause, _UNKNOWN_REMEDY))


def is_grave(hold: Hold) -> bool:
    """Tell whether it stops all mail of a mailer, and nobody wanted that."""
    return hold.cause != HoldCause.OPERATOR and hold.scope in _GRAVE_SCOPES

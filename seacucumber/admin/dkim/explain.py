"""What the state of a DKIM key means, and what to do about it."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from seacucumber.admin.common.ui import Verdict
from seacucumber.admin.dkim.display import UNKNOWN, day, retires_at, rotates_at
from seacucumber.db import clock
from seacucumber.dkim_keys import publishable_at, signs_at_ses
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimState, DkimUse, IdentityStatus
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize


def now_is(key: DkimKey) -> str:
    """Return what a key's state means as it now is, after something was done to it."""
    found = verdict(key, ses_signs=ses_signs_instead(key))
    return f"{found.headline} {found.advice}"


def ses_signs_instead(key: DkimKey) -> bool:
    """Tell whether SES signs in the place of a key."""
    return signs_at_ses(key) and not key.beside_ses


def verdict(key: DkimKey, *, ses_signs: bool = False) -> Verdict:
    """Return what a key's state means, and what to do.

    Args:
        ses_signs: SES signs for the domain already, so the key does not.
    """
    match key.state:
        case DkimState.PENDING:
            return _pending(key)
        case DkimState.PUBLISHED:
            return _published(key)
        case DkimState.ACTIVE if key.use == DkimUse.SES:
            return _active_at_ses(key)
        case DkimState.ACTIVE:
            return _active(key, ses_signs=ses_signs)
        case DkimState.RETIRING:
            return _retiring(key)
    return _ended(key)


def _pending(key: DkimKey) -> Verdict:
    if key.result == KeyResult.MATCH and key.note:
        return _verdict("bad", _("Its record is in DNS, but it cannot sign."), key.note)
    if key.result == KeyResult.MATCH:
        at = publishable_at(key)
        when = date_format(localtime(clock.aware(at)), "H:i") if at else "?"
        return _verdict(
            "info",
            _("Its record is in DNS. It is ready when a second look finds it, too."),
            _(
                "That look is at %(time)s, by itself: not all name servers change at"
                " once."
            )
            % {"time": when},
        )
    if key.result in UNKNOWN or key.result == KeyResult.MISSING:
        advice = _(
            "Copy the record below to the name servers of %(domain)s, then check it."
            " Until then it signs nothing."
        )
        return _verdict(
            "warn",
            _("Its DNS record has to be published."),
            advice % {"domain": sanitize(key.domain)},
        )
    return _verdict(
        "bad", _("DNS has something else where its record should be."), key.note
    )


def _published(key: DkimKey) -> Verdict:
    if key.ses_status == IdentityStatus.FAILED:
        return _verdict(
            "bad",
            _("SES did not find its record within 72 hours."),
            _("See that it is published, and hand the key to SES again."),
        )
    if key.ses_status:
        return _verdict(
            "info",
            _("SES has it, and looks for its record."),
            _("It is active as soon as SES has found it, which may take some hours."),
        )
    if key.activates_itself:
        advice = _("It takes over by itself within some minutes.")
    elif key.use == DkimUse.SES:
        advice = _("Hand it to SES, which signs with it from then on.")
    else:
        advice = _("Activate it, and mail from %(domain)s is signed with it.")
        advice %= {"domain": sanitize(key.domain)}
    return _verdict("info", _("It is published and ready to sign."), advice)


def _active_at_ses(key: DkimKey) -> Verdict:
    if key.ses_status != IdentityStatus.VERIFIED:
        return _verdict(
            "bad",
            _("It is active here, but SES does not sign with it."),
            _("Hand it to SES again, or stop signing with it."),
        )
    return _broken(key) or _verdict(
        "ok", _("SES signs mail from %(domain)s with it.") % _domain(key), _next(key)
    )


def _active(key: DkimKey, *, ses_signs: bool) -> Verdict:
    if ses_signs:
        return _verdict(
            "info",
            _("It would sign, but SES signs mail from %(domain)s already.")
            % _domain(key),
            _(
                "Two signatures would do no more than one. Its options can ask it to"
                " sign all the same."
            ),
        )
    return _broken(key) or _verdict(
        "ok", _("Mail from %(domain)s is signed with it.") % _domain(key), _next(key)
    )


def _broken(key: DkimKey) -> Verdict | None:
    """Return what is to be said of a key that signs if its record is not right."""
    if key.result in UNKNOWN or key.result == KeyResult.MATCH:
        return None
    if key.result == KeyResult.TESTING:
        return _verdict("warn", _("Mail is signed with it, for tests only."), key.note)
    return _verdict(
        "bad",
        _("Mail is signed with it, but DNS does not have its record."),
        f"{key.note} "
        + _("Receivers cannot verify the signatures: publish the record below."),
    )


def _next(key: DkimKey) -> str:
    due = rotates_at(key)
    if due is None:
        return _("Nothing has to be done.")
    return _(
        "Nothing has to be done until %(date)s, when it is due to be replaced."
    ) % {"date": day(due)}


def _retiring(key: DkimKey) -> Verdict:
    due = retires_at(key)
    return _verdict(
        "info",
        _("It signs no more; its record has to stay until %(date)s.")
        % {"date": day(due) if due else "?"},
        _(
            "Mail that is under way is still verified with it. After that it is"
            " revoked, and you are told to take the record out of DNS."
        ),
    )


def _ended(key: DkimKey) -> Verdict:
    match key.state:
        case DkimState.REVOKING:
            return _verdict(
                "warn",
                _("Take its record out of DNS, or put the revoked one in its place."),
                _(
                    "It signs nothing any more and its private half is destroyed. As"
                    " long as DNS has the record, receivers trust whoever has a copy."
                ),
            )
        case DkimState.REVOKED:
            return _verdict(
                "info", _("It is revoked."), _("DNS does not have it any more.")
            )
        case DkimState.ABANDONED:
            return _verdict(
                "info",
                _("It was given up before it signed."),
                _("Take its record out of DNS if it is there."),
            )
    return _verdict(
        "info",
        _("It is history."),
        _("Its selector is never used again for %(domain)s.") % _domain(key),
    )


def _domain(key: DkimKey) -> dict[str, str]:
    return {"domain": sanitize(key.domain)}


def _verdict(severity: str, headline: str, advice: str) -> Verdict:
    return Verdict(
        severity=severity, headline=headline, advice=sanitize(advice.strip())
    )

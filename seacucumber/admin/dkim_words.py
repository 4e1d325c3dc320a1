"""How a DKIM key reads on a page: its state in a word, what follows, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.identity_display import Verdict, Words, pill, shown
from seacucumber.conf import get_dkim
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimAlgorithm, DkimState, DkimUse
from seacucumber.models import DkimKey, clock

_SEVERITIES: Mapping[str, str] = {
    DkimState.PENDING: "warn",
    DkimState.PUBLISHED: "info",
    DkimState.ACTIVE: "ok",
    DkimState.RETIRING: "info",
    DkimState.REVOKING: "warn",
}

_RESULTS: Mapping[str, tuple[str, Words]] = {
    "": ("info", gettext_lazy("not looked up yet")),
    KeyResult.MATCH: ("ok", gettext_lazy("published")),
    KeyResult.TESTING: ("warn", gettext_lazy("published for testing")),
    KeyResult.MISSING: ("bad", gettext_lazy("missing")),
    KeyResult.DANGLING: ("bad", gettext_lazy("alias to nothing")),
    KeyResult.MISMATCH: ("bad", gettext_lazy("another key")),
    KeyResult.MULTIPLE: ("bad", gettext_lazy("several records")),
    KeyResult.MALFORMED: ("bad", gettext_lazy("malformed")),
    KeyResult.UNUSABLE: ("bad", gettext_lazy("not usable")),
    KeyResult.REVOKED: ("bad", gettext_lazy("revoked")),
    KeyResult.TEMPORARY_FAILURE: ("warn", gettext_lazy("no answer")),
}

#: SES's DkimStatus, for people.
#: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DkimAttributes.html
_SES_STATUSES: Mapping[str, tuple[str, Words]] = {
    "pending": ("warn", gettext_lazy("SES looks for the record")),
    "success": ("ok", gettext_lazy("SES signs with it")),
    "failed": ("bad", gettext_lazy("SES did not find the record")),
    "temporary-failure": ("warn", gettext_lazy("SES does not find the record now")),
    "not-started": ("info", gettext_lazy("not begun")),
}

#: Published as it should be while the key is in use.
GOOD = frozenset({KeyResult.MATCH, KeyResult.TESTING})
#: These say nothing about the record.
UNKNOWN = frozenset({"", KeyResult.TEMPORARY_FAILURE})
#: While it is in one of these, its record has to be in DNS.
NEEDS_RECORD = frozenset(
    {DkimState.PENDING, DkimState.PUBLISHED, DkimState.ACTIVE, DkimState.RETIRING}
)


def key_pill(state: str) -> SafeString:
    """Return the pill of a key's state."""
    if state not in DkimState.values:
        return pill("info", shown(state) or _("unknown"))
    return pill(_SEVERITIES.get(state, "info"), DkimState(state).label)


def result_pill(key: DkimKey) -> SafeString:
    """Return the pill of the last look into DNS."""
    severity, word = _RESULTS.get(key.result, ("info", shown(key.result)))
    if key.state not in NEEDS_RECORD:
        # To be gone is what it should be.
        severity = "warn" if key.result in GOOD else "info"
    return pill(severity, word)


def ses_pill(status: str) -> SafeString | str:
    """Return the pill of what SES says of a key that it was given."""
    if not status:
        return ""
    known = status.lower().replace("_", "-")
    severity, words = _SES_STATUSES.get(known, ("info", shown(status)))
    return pill(severity, words)


def kind_of(key: DkimKey) -> str:
    """Return the algorithm and the size."""
    name = str(key.get_algorithm_display())
    if key.algorithm == DkimAlgorithm.ED25519_SHA256:
        return name
    return _("%(algorithm)s, %(bits)d bits") % {
        "algorithm": name,
        "bits": key.key_bits,
    }


def retires_at(key: DkimKey) -> datetime | None:
    """Return when a key's record may go from DNS."""
    if key.retiring_at is None:
        return None
    return key.retiring_at + timedelta(seconds=get_dkim().retire_after_s)


def rotates_at(key: DkimKey) -> datetime | None:
    """Return when a key has signed for long enough."""
    if key.activated_at is None or key.state != DkimState.ACTIVE:
        return None
    return key.activated_at + timedelta(seconds=get_dkim().rotate_after_s)


def verdict(key: DkimKey, *, ses_signs: bool = False) -> Verdict:
    """Return what a key's state means, and what to do.

    Args:
        ses_signs: SES signs for the domain already, so the key does not.
    """
    words = {"domain": shown(key.domain)}
    match key.state:
        case DkimState.PENDING:
            return _pending(key)
        case DkimState.PUBLISHED:
            return _published(key)
        case DkimState.ACTIVE:
            return _active(key, ses_signs=ses_signs)
        case DkimState.RETIRING:
            return _retiring(key)
        case DkimState.REVOKING:
            return _verdict(
                "warn",
                _("Take its record out of DNS, or put the revoked one in its place."),
                _(
                    "The key signs nothing any more and its private half is destroyed."
                    " As long as DNS has the old record, receivers trust whoever has a"
                    " copy."
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
        _("Its selector is never used again for %(domain)s.") % words,
    )


def _pending(key: DkimKey) -> Verdict:
    if key.result in GOOD:
        return _verdict(
            "info",
            _("Its record is in DNS; it is looked at once more before it may sign."),
            _(
                "Not every name server may have it yet, so that two looks have to find"
                " it, some minutes apart. That happens by itself."
            ),
        )
    if key.result in UNKNOWN or key.result == KeyResult.MISSING:
        return _verdict(
            "warn",
            _("Its DNS record has to be published."),
            _("Copy the record below to the name servers of %(domain)s, then check it.")
            % {"domain": shown(key.domain)}
            + " "
            + _("Until then it signs nothing."),
        )
    return _verdict(
        "bad", _("DNS has something else where its record should be."), shown(key.note)
    )


def _published(key: DkimKey) -> Verdict:
    if key.use == DkimUse.SES:
        advice = _("Hand it to SES, which signs with it from then on.")
    else:
        advice = _("Activate it, and mail from %(domain)s is signed with it.") % {
            "domain": shown(key.domain)
        }
    if key.activates_itself:
        advice = _("It takes over by itself within some minutes; there is no hurry.")
    return _verdict("info", _("It is published and ready to sign."), advice)


def _active(key: DkimKey, *, ses_signs: bool) -> Verdict:
    words = {"domain": shown(key.domain)}
    if key.result not in GOOD | UNKNOWN:
        return _verdict(
            "bad",
            _("Mail is signed with it, but DNS does not have its record."),
            shown(key.note)
            + " "
            + _("Receivers cannot verify the signatures: publish the record below."),
        )
    if ses_signs:
        return _verdict(
            "info",
            _("It would sign, but SES signs mail from %(domain)s already.") % words,
            _(
                "Two signatures would do no more than one. Its options can ask it to"
                " sign all the same."
            ),
        )
    if key.use == DkimUse.SES:
        return _verdict("ok", _("SES signs with it."), _("Nothing has to be done."))
    advice = _("Nothing has to be done.")
    due = rotates_at(key)
    if due is not None:
        advice = _("It is due to be replaced on %(date)s.") % {"date": day(due)}
    return _verdict("ok", _("Mail from %(domain)s is signed with it.") % words, advice)


def _retiring(key: DkimKey) -> Verdict:
    due = retires_at(key)
    until = day(due) if due is not None else "?"
    return _verdict(
        "info",
        _("It signs no more; its record has to stay until %(date)s.") % {"date": until},
        _(
            "Mail that is under way is still verified with it. After that it is"
            " revoked, and you are told to take the record out of DNS."
        ),
    )


def _verdict(severity: str, headline: str, advice: str) -> Verdict:
    return Verdict(severity=severity, headline=headline, advice=advice.strip())


def day(at: datetime) -> str:
    """Return a date as the site writes it."""
    return date_format(localtime(clock.aware(at)), "DATE_FORMAT")

"""How a DKIM key reads on a page: its state, its record and its dates in a word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.ui import Words, pill
from seacucumber.conf import get_dkim
from seacucumber.db import clock
from seacucumber.dns import KeyResult
from seacucumber.enums import DkimAlgorithm, DkimState
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize

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
    "replaced": ("bad", gettext_lazy("SES signs with another key")),
}

#: These say nothing about the record.
UNKNOWN = frozenset({"", KeyResult.TEMPORARY_FAILURE})
#: While it is in one of these, its record has to be in DNS.
NEEDS_RECORD = frozenset(
    {DkimState.PENDING, DkimState.PUBLISHED, DkimState.ACTIVE, DkimState.RETIRING}
)


def key_pill(state: str) -> SafeString:
    """Return the pill of a key's state."""
    if state not in DkimState.values:
        return pill("info", sanitize(state) or _("unknown"))
    return pill(_SEVERITIES.get(state, "info"), DkimState(state).label)


def result_pill(key: DkimKey) -> SafeString:
    """Return the pill of the last look into DNS."""
    severity, word = _RESULTS.get(key.result, ("info", sanitize(key.result)))
    if key.state not in NEEDS_RECORD:
        # To be gone is what it should be.
        severity = "warn" if key.result == KeyResult.MATCH else "info"
    return pill(severity, word)


def ses_pill(status: str) -> SafeString | str:
    """Return the pill of what SES says of a key that it was given."""
    if not status:
        return ""
    severity, words = _SES_STATUSES.get(status, ("info", sanitize(status)))
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


def day(at: datetime) -> str:
    """Return a date as the site writes it."""
    return date_format(localtime(clock.aware(at)), "DATE_FORMAT")

"""What a wrong clock of a host means, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.figures.clocks import WRONG_S, HostOff
from seacucumber.figures.findings.base import Finding, Severity
from seacucumber.figures.overview import Overview
from seacucumber.text.times import length

#: AWS refuses what is signed more than five minutes off; from here on it is urgent.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
_URGENT_S = 240.0


def clocks(overview: Overview) -> Iterator[Finding]:
    """Yield each host whose clock is off by more than five seconds."""
    yield from map(judge, overview.clocks)


def judge(host: HostOff) -> Finding:
    """Return what is to be said of a host with a wrong clock."""
    ses_s = host.ses_s
    urgent = host.refused or abs(ses_s or 0.0) > _URGENT_S
    return Finding(
        severity=Severity.BAD if urgent else Severity.WARN,
        headline=_headline(host),
        text=_text(host),
        about="routine",
    )


def _headline(host: HostOff) -> str:
    if host.ses_s is not None and abs(host.ses_s) > WRONG_S:
        if host.ses_s > 0:
            words = _("The clock of the host %(host)s is %(length)s ahead of SES's.")
        else:
            words = _("The clock of the host %(host)s is %(length)s behind SES's.")
        return words % {"host": host.host, "length": _seconds(host.ses_s)}
    if abs(host.database_s) <= WRONG_S:
        return _("SES refuses what the host %(host)s signs: its clock is wrong.") % {
            "host": host.host
        }
    if host.database_s > 0:
        words = _(
            "The clock of the host %(host)s is %(length)s ahead of the database's."
        )
    else:
        words = _("The clock of the host %(host)s is %(length)s behind the database's.")
    return words % {"host": host.host, "length": _seconds(host.database_s)}


def _text(host: HostOff) -> str:
    if host.refused:
        return _(
            "SES refuses what it signs, so it delivers no mail; other hosts go on. Set"
            " its clock by NTP: it asks SES every five minutes, and goes on by itself."
        )
    if host.blames_database:
        return _(
            "SES finds this host's clock right, so it is the database server's that is"
            " wrong. Set that by NTP."
        )
    return _(
        "Mail is not held up by it, but SES refuses what is signed more than five"
        " minutes off. Set the clock by NTP."
    )


def _seconds(seconds: float) -> str:
    whole = round(abs(seconds))
    if whole >= 120:
        return length(whole)
    return ngettext("%(number)d second", "%(number)d seconds", whole) % {
        "number": whole
    }

"""What pages are made of: pills, verdicts, moments, subjects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from seacucumber.db.clock import US_PER_S
from seacucumber.exceptions import AccountError
from seacucumber.refresh_schedule import in_plain_words
from seacucumber.text.sanitize import sanitize

Words = str | Promise

_SUBJECT_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an operator has to know, in a word and a sentence.

    Args:
        severity: ``ok``, ``warn``, ``bad`` or ``info``.
        headline: What it is.
        advice: What follows, and what to do.
    """

    severity: str
    headline: str
    advice: str


def pill(severity: str, words: object) -> SafeString:
    """Return a status pill; the word says it, the colour helps."""
    return format_html('<span class="cu-pill cu-{}">{}</span>', severity, words)


def moment(us: int) -> datetime:
    """Return a moment of the database's clock, as templates take it."""
    at = datetime.fromtimestamp(us // US_PER_S, UTC)
    return at if settings.USE_TZ else timezone.make_naive(at)


def ago(at: datetime) -> SafeString:
    """Return how long ago a moment was, with the moment itself in its title."""
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S %Z}".strip(),
        timesince(at, depth=1),
    )


def brief(subject: str) -> str:
    """Return a subject for a list; an empty one gets words to click on."""
    return Truncator(sanitize(subject)).chars(_SUBJECT_SHOWN) or _("(no subject)")


def plain(error: Exception) -> str:
    """Return what went wrong, with the permission that is missing if one is."""
    if isinstance(error, AccountError):
        return in_plain_words(error)
    return str(error)

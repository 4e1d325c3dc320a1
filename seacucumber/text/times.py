"""Moments, between the database's columns, its microseconds, and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seacucumber.db.clock import US_PER_S

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def aware(at: datetime) -> datetime:
    """Return what a column holds as a moment with a time zone."""
    return timezone.make_aware(at) if timezone.is_naive(at) else at


def stored(at: datetime) -> datetime:
    """Return a moment as columns take it."""
    return at if settings.USE_TZ else timezone.make_naive(at)


def of_us(us: int) -> datetime:
    """Return the moment of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def to_us(at: datetime) -> int:
    """Return the microseconds since 1970 of a moment."""
    return int((at - _EPOCH).total_seconds() * US_PER_S)


def in_words(us: int) -> str:
    """Return a moment as people read it, to the minute, with the zone it is told in."""
    return f"{timezone.localtime(of_us(us)):%Y-%m-%d %H:%M %Z}"


def since(at: datetime, now: datetime) -> str:
    """Return how long ago a moment was, in words."""
    return length((now - at).total_seconds())


def length(seconds: float) -> str:
    """Return a length of time in its largest unit, in words."""
    days, hours, minutes = (int(seconds // unit_s) for unit_s in (86_400, 3600, 60))
    if days:
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if hours:
        words = ngettext("%(number)d hour", "%(number)d hours", hours)
        return words % {"number": hours}
    if minutes:
        words = ngettext("%(number)d minute", "%(number)d minutes", minutes)
        return words % {"number": minutes}
    return _("less than a minute")

"""Moments, between the database's columns, its microseconds, and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from seacucumber.models.clock import US_PER_S

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

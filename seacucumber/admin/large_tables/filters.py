"""Filters of lists that are too long to be counted, and what each costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.large_tables.id_range import Span, first_since


class LongListFilter(SimpleListFilter):
    """A filter that knows what an index answers.

    The list asks `indexed`, `scanned` and `span`; Django's way would not tell them
    apart.
    """

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """Return the choices; a value that is none of them is refused."""
        choices = self.offered()
        value = self.value()
        if value is not None and not self.takes(value, choices):
            raise IncorrectLookupParameters(f"{self.parameter_name} is not known.")
        return choices

    def offered(self) -> list[tuple[str, Any]]:
        """Return (value, words) of each choice."""
        raise NotImplementedError

    def takes(self, value: str, choices: list[tuple[str, Any]]) -> bool:
        """Tell whether a value can be used."""
        return value in dict(choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave the rows as they are: the list applies the conditions."""
        return queryset

    def indexed(self) -> Q:
        """Return the condition that an index answers."""
        return Q()

    def scanned(self) -> Q:
        """Return the condition for which each row has to be looked at."""
        return Q()

    def span(self, using: str) -> Span:
        """Return the stretch of ids that it limits the list to."""
        return Span()


_SINCE = {
    "1h": (timedelta(hours=1), _("in the last hour")),
    "24h": (timedelta(hours=24), _("in the last 24 hours")),
    "7d": (timedelta(days=7), _("in the last 7 days")),
    "30d": (timedelta(days=30), _("in the last 30 days")),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class TimeFilter(LongListFilter):
    """By when a row was inserted: since some time, or on one day of the calendar.

    A subclass names the column that has that moment.
    """

    inserted_at: Field[Any, Any]

    title = _("time")
    parameter_name = "when"
    template = "seacucumber/admin/long_list_dates.html"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the spans of time."""
        return [(name, words) for name, (_span, words) in _SINCE.items()]

    def takes(self, value: str, choices: list[tuple[str, Any]]) -> bool:
        """A day is good, too."""
        return value in _SINCE or self._day(value) is not None

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the choices, and what the form for a day needs."""
        yield from super().choices(changelist)
        rest = changelist.get_query_string(remove=[self.parameter_name, "before"])
        value = self.value() or ""
        yield {
            "day": value if self._day(value) else "",
            "hidden": [
                (key, text)
                for key, text in changelist.params.items()
                if key not in (self.parameter_name, "before")
            ],
            "query_string": rest,
        }

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Return from when and until when."""
        value = self.value()
        if not value:
            return None, None
        if value in _SINCE:
            return timezone.now() - _SINCE[value][0], None
        day = self._day(value)
        assert day is not None  # noqa: S101 - lookups() has refused what is none
        return _midnight(day), _midnight(day + timedelta(days=1))

    def span(self, using: str) -> Span:
        """The id tells the time, nearly."""
        column = self.inserted_at
        since, until = self.moments()
        return Span(
            first=None if since is None else first_since(since, column, using),
            # The minute of slack is taken off on that side, and twice put on here.
            end=None if until is None else first_since(until + _SLACK, column, using),
        )

    def indexed(self) -> Q:
        """What the span has a minute too much of."""
        since, until = self.moments()
        name, condition = self.inserted_at.name, Q()
        if since is not None:
            condition &= Q(**{f"{name}__gte": since})
        if until is not None:
            condition &= Q(**{f"{name}__lt": until})
        return condition

    @staticmethod
    def _day(value: str) -> date | None:
        if not _DAY.fullmatch(value):
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return None
        return day if 1970 <= day.year <= 9998 else None


_SLACK = timedelta(minutes=2)


def _midnight(day: date) -> datetime:
    at = datetime.combine(day, time())
    return timezone.make_aware(at) if settings.USE_TZ else at

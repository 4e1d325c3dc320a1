"""The list of events: its filters, how one is found, and what a page reads."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db import connections
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.permissions import VIEW_MESSAGE
from seacucumber.admin.large_tables.changelist import LongList
from seacucumber.admin.large_tables.filters import LongListFilter, TimeFilter
from seacucumber.admin.large_tables.id_range import Span
from seacucumber.admin.large_tables.search import Found, spelled
from seacucumber.db.prefix import begins_with
from seacucumber.enums import EventType
from seacucumber.models import Event

#: What a search returns at most.
FOUND_MAX = 1000

_COLUMNS = (
    *("message_id", "recipient", "type", "delivery_status", "at", "received_at"),
    *("ses_message_id", "via", "detail"),
)


class TypeFilter(LongListFilter):
    """By type."""

    title = gettext_lazy("type")
    parameter_name = "type"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the types by their names, those that are not known here at last."""
        known = [each for each in EventType if each is not EventType.OTHER]
        return [(each.name.lower(), each.label) for each in (*known, EventType.OTHER)]

    def indexed(self) -> Q:
        """Types have an index."""
        value = self.value()
        return Q(type=EventType[value.upper()]) if value else Q()


class WhoseFilter(LongListFilter):
    """By whose mail it is: of this queue, or what others send from the account."""

    _OURS, _OTHERS = "ours", "others"

    title = gettext_lazy("whose mail")
    parameter_name = "whose"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Event],
        model_admin: ModelAdmin[Any],
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self._beside_type = TypeFilter.parameter_name in request.GET

    def offered(self) -> list[tuple[str, Any]]:
        """Return the two."""
        return [
            (self._OURS, gettext_lazy("ours")),
            (self._OTHERS, gettext_lazy("of others")),
        ]

    def indexed(self) -> Q:
        """Mail of others has the index on the message, which is none."""
        others = self.value() == self._OTHERS
        return Q(message=None) if others and not self._beside_type else Q()

    def scanned(self) -> Q:
        """Of one type, the newest are looked at: no index has both."""
        if self.value() == self._OURS:
            return Q(message__isnull=False)
        others = self.value() == self._OTHERS
        return Q(message=None) if others and self._beside_type else Q()


class ArrivalFilter(TimeFilter):
    """By when it came in, which the order of the list is, too."""

    title = gettext_lazy("arrival")
    inserted_at = Event._meta.get_field("received_at")


class OfMessageFilter(LongListFilter):
    """The events of one message: where a message's page leads to."""

    title = gettext_lazy("message")
    parameter_name = "message"

    def offered(self) -> list[tuple[str, Any]]:
        """Return the message that is chosen; nobody chooses one here."""
        value = self.value() or ""
        is_id = value.isdecimal() and len(value) < 19
        return [(value, _("number %(id)s") % {"id": value})] if is_id else []

    def indexed(self) -> Q:
        """Messages have an index."""
        value = self.value()
        return Q(message=int(value)) if value else Q()


class EventList(LongList):
    """One stretch of the list."""

    #: Whether whoever looks may follow the links to messages.
    links_messages = False

    def get_results(self, request: HttpRequest) -> None:
        """Read the page for whoever asks."""
        self.links_messages = request.user.has_perm(VIEW_MESSAGE)
        super().get_results(request)

    def find(self, text: str, span: Span, using: str) -> Found:
        """Return the events of SES's id, of an address, or of how one begins."""
        return find(text, span, using)

    def rows_of(self, pks: list[int]) -> list[Event]:
        """Return the rows of a page: one query."""
        rows = self.root_queryset.filter(pk__in=pks).order_by("-pk")
        if self.links_messages:
            found = rows.select_related("message").only(*_COLUMNS, "message__subject")
        else:
            found = rows.only(*_COLUMNS)
        for row in found:
            row.links_message = self.links_messages
        return list(found)


def find(text: str, span: Span, using: str) -> Found:
    """Return the events that a text leads to; three queries at most, each bounded.

    The first that leads anywhere: SES's id, an address, how one begins.
    """
    address = spelled(text)
    for condition in (Q(ses_message_id=text), Q(recipient=address)):
        found = _newest(condition & span.of("pk"), using)
        if found.pks:
            return found
    return _by_prefix(address, span, using)


def _newest(condition: Q, using: str) -> Found:
    rows = Event.objects.using(using).filter(condition).order_by("-pk")
    pks = list(rows.values_list("pk", flat=True)[: FOUND_MAX + 1])
    words = _("The newest %(number)d are shown; choose a day to see older ones.")
    more = len(pks) > FOUND_MAX
    notes = [words % {"number": FOUND_MAX}] if more else []
    return Found(pks=set(pks[:FOUND_MAX]), notes=notes)


def _by_prefix(prefix: str, span: Span, using: str) -> Found:
    # Neither sorted nor limited to the span: only so the index ends the search early.
    rows = Event.objects.using(using).filter(
        begins_with(prefix, connections[using].vendor, "recipient")
    )
    pks = list(rows.values_list("pk", flat=True)[: FOUND_MAX + 1])
    words = _(
        "More than %(number)d events are about addresses that begin like this; only"
        " some of them are shown. Type more of the address."
    )
    more = len(pks) > FOUND_MAX
    notes = [words % {"number": FOUND_MAX}] if more else []
    return Found(pks={pk for pk in pks[:FOUND_MAX] if pk in span}, notes=notes)

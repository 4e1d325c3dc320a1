"""What SES told of mail, ours and that of others: the list of events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin import event_display, event_pages
from seacucumber.admin.event_display import kind_pill, why_of
from seacucumber.admin.event_list import (
    ArrivalFilter,
    EventList,
    OfMessageFilter,
    TypeFilter,
    WhoseFilter,
)
from seacucumber.admin.message_display import ago, brief
from seacucumber.admin.pages import own_urls
from seacucumber.admin.searching import found_url, search_context
from seacucumber.figures.showing import shown
from seacucumber.models import Event

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Event]
else:
    _ModelAdmin = ModelAdmin

#: Django's own pages: ours stands in for one, and nobody edits an event.
_REPLACED = ("add", "change", "delete", "history")
#: From here on it is said how much later than it happened an event came in.
_LATE = timedelta(minutes=10)


@admin.register(Event)
class EventAdmin(_ModelAdmin):
    """Events are looked at. They come from SES, and retention deletes them."""

    list_display = (
        "shown_at",
        "shown_what",
        "shown_recipient",
        "shown_why",
        "shown_message",
        "shown_via",
    )
    list_filter = (TypeFilter, WhoseFilter, ArrivalFilter, OfMessageFilter)
    list_per_page = 50
    sortable_by = ()
    ordering = ("-id",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    change_list_template = "seacucumber/admin/event_list.html"

    @admin.display(description=gettext_lazy("when"))
    def shown_at(self, event: Event) -> SafeString:
        """Return how long ago it happened, and how much later it came in."""
        if event.received_at - event.at < _LATE:
            return ago(event.at)
        late = timesince(event.at, event.received_at, depth=1)
        return format_html(
            '{}<br><span class="cu-quiet cu-small">{}</span>',
            ago(event.at),
            _("came in %(time)s later") % {"time": late},
        )

    @admin.display(description=gettext_lazy("what"))
    def shown_what(self, event: Event) -> SafeString:
        """Return the type as a pill."""
        return kind_pill(event)

    @admin.display(description=gettext_lazy("recipient"))
    def shown_recipient(self, event: Event) -> SafeString:
        """Return the address without what could disguise it."""
        if not event.recipient:
            return format_html('<span class="cu-quiet">{}</span>', _("all of the mail"))
        return format_html('<span class="cu-break">{}</span>', shown(event.recipient))

    @admin.display(description=gettext_lazy("why"), empty_value="-")
    def shown_why(self, event: Event) -> SafeString | str:
        """Return the reasons in short."""
        why = why_of(event)
        return format_html('<span class="cu-break">{}</span>', why) if why else ""

    @admin.display(description=gettext_lazy("message"))
    def shown_message(self, event: Event) -> SafeString:
        """Return the way to our message, or SES's id of a mail of others."""
        if event.message_id is None:
            return format_html(
                '{}<br><span class="cu-quiet cu-small cu-break">{}</span>',
                _("mail of others"),
                shown(event.ses_message_id),
            )
        if not getattr(event, "links_message", False) or event.message is None:
            return format_html('<span class="cu-quiet">{}</span>', _("ours"))
        return format_html(
            '<a class="cu-break" href="{}">{}</a>',
            event_pages.message_url(event.message_id),
            brief(event.message.subject),
        )

    @admin.display(description=gettext_lazy("via"))
    def shown_via(self, event: Event) -> str:
        """Return the way that it came in."""
        return str(event.get_via_display())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: SES tells them."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Event | None = None
    ) -> bool:
        """Never: an event is what SES said."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Event | None = None
    ) -> bool:
        """Never: retention deletes them."""
        return False

    def has_view_permission(
        self, request: HttpRequest, obj: Event | None = None
    ) -> bool:
        """Only with the permission of that name."""
        return request.user.has_perm(event_display.VIEW)

    def lookup_allowed(
        self, lookup: str, value: Any, request: HttpRequest | None = None
    ) -> bool:
        """Allow our filters only: any other lookup would walk the table."""
        return lookup in {spec.parameter_name for spec in self.list_filter}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EventList]:
        """Return the list that counts nothing."""
        return EventList

    def get_urls(self) -> list[URLPattern]:
        """Put our page in the place of Django's, without those that change rows."""
        return own_urls(self, _PAGES, super().get_urls(), without=_REPLACED)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; a search that comes in the URL does not stay there."""
        if request.GET.get("q") and self.has_view_permission(request):
            return redirect(found_url(self, request, request.GET["q"]))
        context = {
            "title": _("Events"),
            **search_context(self),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


_PAGES = (
    ("search/", event_pages.EventSearch, "search"),
    ("<int:pk>/change/", event_pages.EventPage, "change"),
)

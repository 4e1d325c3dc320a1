"""What SES told of mail, ours and that of others: the list of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.event_display import kind_pill, why_of
from seacucumber.admin.common.permissions import VIEW_EVENT
from seacucumber.admin.common.ui import ago, brief
from seacucumber.admin.common.views import own_urls
from seacucumber.admin.events import views
from seacucumber.admin.events.changelist import (
    ArrivalFilter,
    EventList,
    OfMessageFilter,
    TypeFilter,
    WhoseFilter,
)
from seacucumber.admin.large_tables.admin import LongListAdmin
from seacucumber.models import Event
from seacucumber.text.sanitize import sanitize

#: Django's own pages: ours stands in for one, and nobody edits an event.
_REPLACED = ("add", "change", "delete", "history")
#: From here on it is said how much later than it happened an event came in.
_LATE = timedelta(minutes=10)
#: The list has a glance of a mail server's words; the page has all of them.
_REASON_SHOWN = 120


@admin.register(Event)
class EventAdmin(LongListAdmin):
    """Events are looked at. They come from SES, and retention deletes them."""

    view_permission = VIEW_EVENT
    list_display = ("shown_moment", "shown_told", "shown_whom", "shown_mail")
    list_filter = (TypeFilter, WhoseFilter, ArrivalFilter, OfMessageFilter)
    actions = None
    change_list_template = "seacucumber/admin/event_list.html"

    @admin.display(description=gettext_lazy("when"))
    def shown_moment(self, event: Event) -> SafeString:
        """Return how long ago it happened."""
        return ago(event.at)

    @admin.display(description=gettext_lazy("what"))
    def shown_told(self, event: Event) -> SafeString:
        """Return the type as a pill, and which way and how late it came in."""
        words = _("by %(via)s") % {"via": event.get_via_display()}
        if event.received_at - event.at >= _LATE:
            words = _("by %(via)s, %(time)s later") % {
                "via": event.get_via_display(),
                "time": timesince(event.at, event.received_at, depth=1),
            }
        return format_html(
            '{}<br><span class="cu-quiet cu-small">{}</span>', kind_pill(event), words
        )

    @admin.display(description=gettext_lazy("recipient and reason"))
    def shown_whom(self, event: Event) -> SafeString:
        """Return the address without what could disguise it, and why."""
        whom = format_html(
            '<span class="cu-break">{}</span>', sanitize(event.recipient)
        )
        if not event.recipient:
            whom = format_html('<span class="cu-quiet">{}</span>', _("all of the mail"))
        why = Truncator(why_of(event)).chars(_REASON_SHOWN)
        return format_html(
            '{}<br><span class="cu-quiet cu-small cu-break">{}</span>', whom, why
        )

    @admin.display(description=gettext_lazy("message"))
    def shown_mail(self, event: Event) -> SafeString:
        """Return the way to our message, or SES's id of a mail of others."""
        if event.message_id is None:
            return format_html(
                '{}<br><span class="cu-quiet cu-small cu-break">{}</span>',
                _("mail of others"),
                sanitize(event.ses_message_id),
            )
        if not getattr(event, "links_message", False) or event.message is None:
            return format_html('<span class="cu-quiet">{}</span>', _("ours"))
        return format_html(
            '<a class="cu-break" href="{}">{}</a>',
            views.message_url(event.message_id),
            brief(event.message.subject),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EventList]:
        """Return the list that counts nothing."""
        return EventList

    def get_urls(self) -> list[URLPattern]:
        """Put our page in the place of Django's, without those that change rows."""
        return own_urls(self, _PAGES, super().get_urls(), without=_REPLACED)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list."""
        context = {"title": _("Events"), **(extra_context or {})}
        return super().changelist_view(request, context)


_PAGES = (
    ("search/", views.EventSearch, "search"),
    ("<int:pk>/change/", views.EventPage, "change"),
)

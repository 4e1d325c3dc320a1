"""The page of one event: all that is kept of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst

from seacucumber import suppression
from seacucumber.admin.common.event_display import (
    details_of,
    kind_of,
    kind_pill,
    status_pill,
)
from seacucumber.admin.common.permissions import (
    VIEW_EVENT,
    VIEW_MESSAGE,
    VIEW_SUPPRESSED,
)
from seacucumber.admin.common.ui import brief
from seacucumber.admin.common.views import AdminPage
from seacucumber.admin.large_tables.search import SearchPage
from seacucumber.models import Event
from seacucumber.text.sanitize import sanitize


class EventSearch(SearchPage):
    """Takes what is searched for."""

    view_permission = change_permission = VIEW_EVENT


class EventPage(AdminPage):
    """Shows one event, and the way to what it is about. It changes nothing."""

    view_permission = VIEW_EVENT
    template_name = "seacucumber/admin/event.html"
    title = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        event = get_object_or_404(Event.objects.select_related("message"), pk=pk)
        return self.render(
            request,
            title=capfirst(kind_of(event)),
            event=event,
            kind=kind_pill(event),
            status=status_pill(event.delivery_status),
            recipient=sanitize(event.recipient),
            ses_message_id=sanitize(event.ses_message_id),
            details=details_of(event),
            **_message(request, event),
            suppression_url=_suppression_url(request, event),
        )


def _message(request: HttpRequest, event: Event) -> dict[str, Any]:
    """Return the message's subject and URL, to whoever may see it."""
    if event.message is None or not request.user.has_perm(VIEW_MESSAGE):
        return {}
    return {
        "subject": brief(event.message.subject),
        "message_url": message_url(event.message.pk),
    }


def message_url(pk: int) -> str:
    """Return the URL of a message's page."""
    return reverse("admin:seacucumber_message_change", args=[pk])


def _suppression_url(request: HttpRequest, event: Event) -> str:
    """Return the URL of the recipient's entry; empty if there is none to be seen."""
    if not event.recipient or not request.user.has_perm(VIEW_SUPPRESSED):
        return ""
    entries = suppression.find(event.recipient)
    if not entries:
        return ""
    return reverse("admin:seacucumber_suppressed_change", args=[entries[0].pk])

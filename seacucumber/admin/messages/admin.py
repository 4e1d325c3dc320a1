"""Messages: the list, one message's page, and the way to all pages about it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seacucumber.admin.common import event_display
from seacucumber.admin.common.permissions import VIEW_EVENT, VIEW_MESSAGE
from seacucumber.admin.common.ui import ago, brief
from seacucumber.admin.common.views import AdminPage, own_urls
from seacucumber.admin.large_tables.admin import LongListAdmin
from seacucumber.admin.large_tables.search import SearchPage
from seacucumber.admin.messages import views
from seacucumber.admin.messages.actions import CANCEL, REQUEUE
from seacucumber.admin.messages.changelist import MessageList
from seacucumber.admin.messages.delivery_status import gravest
from seacucumber.admin.messages.detail import detail_of
from seacucumber.admin.messages.display import state_pill
from seacucumber.admin.messages.filters import (
    DateFilter,
    LaneFilter,
    MailerFilter,
    StateFilter,
)
from seacucumber.admin.messages.send_test import SEND_TEST, SendTestPage
from seacucumber.admin.preview import views as message_preview
from seacucumber.admin.preview.body import VIEW_BODY
from seacucumber.admin.preview.images import ImageView
from seacucumber.enums import MessageState
from seacucumber.models import Message
from seacucumber.text.sanitize import sanitize

_RECIPIENTS_SHOWN = 2
_LEFT_OUT = ("add", "delete")


class MessageSearch(SearchPage):
    """Takes what is searched for."""

    view_permission = change_permission = VIEW_MESSAGE


@admin.register(Message)
class MessageAdmin(LongListAdmin):
    """Messages are looked at and acted on, never edited: a state moves by its rules."""

    view_permission = VIEW_MESSAGE
    object_history_template = "seacucumber/admin/history.html"
    list_display = (
        "shown_subject",
        "shown_people",
        "shown_state",
        "shown_age",
    )
    list_filter = (StateFilter, DateFilter, LaneFilter, MailerFilter)
    actions = ("requeue_selected", "cancel_selected")
    change_list_template = "seacucumber/admin/message_list.html"
    detail_template = "seacucumber/admin/message_detail.html"

    # -- columns -----------------------------------------------------------------

    @admin.display(description=gettext_lazy("subject"))
    def shown_subject(self, message: Message) -> str:
        """Return the subject, without what could disguise it."""
        return brief(message.subject)

    @admin.display(description=gettext_lazy("recipients and sender"))
    def shown_people(self, message: Message) -> SafeString:
        """Return the first recipients, how many more there are, and who writes."""
        addresses: list[str] = getattr(message, "addresses", [])
        first = ", ".join(
            sanitize(address) for address in addresses[:_RECIPIENTS_SHOWN]
        )
        more = len(addresses) - _RECIPIENTS_SHOWN
        rest = _(" and %(number)d more") % {"number": more} if more > 0 else ""
        return format_html(
            '<span class="cu-break">{}</span>{}<br>'
            '<span class="cu-quiet cu-small cu-break">{}</span>',
            first,
            rest,
            _("from %(sender)s") % {"sender": sanitize(message.sender)},
        )

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, message: Message) -> SafeString:
        """Return state and gravest delivery status as pills, the lane, the tries."""
        statuses: list[int] = getattr(message, "statuses", [])
        tries = ngettext("%(number)d attempt", "%(number)d attempts", message.attempts)
        return format_html(
            '{} {}<br><span class="cu-quiet cu-small">{}{}</span>',
            state_pill(message.state),
            event_display.status_pill(gravest(statuses))
            if message.state == MessageState.SENT
            else "",
            message.get_lane_display(),
            format_html("<br>{}", tries % {"number": message.attempts})
            if message.attempts > 1
            else "",
        )

    @admin.display(description=gettext_lazy("age"))
    def shown_age(self, message: Message) -> SafeString:
        """Return how long ago it was queued."""
        return ago(message.created_at)

    # -- permissions -------------------------------------------------------------

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Tell whether the action is offered."""
        return request.user.has_perm(REQUEUE.permission)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Tell whether the action is offered."""
        return request.user.has_perm(CANCEL.permission)

    # -- actions -----------------------------------------------------------------

    @admin.action(permissions=["requeue"], description=gettext_lazy("Send again"))
    def requeue_selected(
        self, request: HttpRequest, queryset: QuerySet[Message]
    ) -> HttpResponse | None:
        """Ask, then put failed, held and cancelled messages back into the queue."""
        return views.confirm_or_act(self, request, queryset, REQUEUE)

    @admin.action(permissions=["cancel"], description=gettext_lazy("Cancel"))
    def cancel_selected(
        self, request: HttpRequest, queryset: QuerySet[Message]
    ) -> HttpResponse | None:
        """Ask, then take back messages that have not left."""
        return views.confirm_or_act(self, request, queryset, CANCEL)

    # -- pages -------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MessageList]:
        """Return the list that counts nothing."""
        return MessageList

    def get_urls(self) -> list[URLPattern]:
        """Put our pages before Django's, without those that change rows."""
        return own_urls(self, _PAGES, super().get_urls(), without=_LEFT_OUT)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and whether a test may be sent."""
        context = {
            "title": _("Messages"),
            "may_send_test": request.user.has_perm(SEND_TEST),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show all that is known of one message but its body."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        message = self.get_object(request, object_id)
        if message is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[no-any-return,attr-defined]
                request, self.opts, object_id
            )
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **detail_of(message),
            **_possible(request, message),
            "title": _("Message"),
            "opts": self.opts,
            "media": self.media,
            "message": message,
            "original": message,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.detail_template, context)


def _possible(request: HttpRequest, message: Message) -> dict[str, bool]:
    """Return what may be done to a message, by its state and by whom."""
    may_requeue = request.user.has_perm(REQUEUE.permission)
    return {
        "may_view_events": request.user.has_perm(VIEW_EVENT),
        "may_view_body": request.user.has_perm(VIEW_BODY),
        "may_requeue": may_requeue and REQUEUE.fits(message),
        "may_cancel": request.user.has_perm(CANCEL.permission) and CANCEL.fits(message),
        "may_resend": may_requeue and message.state == MessageState.SENT,
    }


_PAGES: tuple[tuple[str, type[AdminPage], str], ...] = (
    ("search/", MessageSearch, "search"),
    ("send-test/", SendTestPage, "send_test"),
    ("<int:pk>/requeue/", views.RequeuePage, "requeue"),
    ("<int:pk>/cancel/", views.CancelPage, "cancel"),
    ("<int:pk>/resend/", views.ResendPage, "resend"),
    ("<int:pk>/body/", message_preview.PreviewPage, "body"),
    ("<int:pk>/body/html/", message_preview.HtmlView, "html"),
    ("<int:pk>/body/image/<int:number>/", ImageView, "image"),
    ("<int:pk>/body/part/<int:number>/", message_preview.AttachmentView, "part"),
    ("<int:pk>/body/source/", message_preview.SourceView, "source"),
)

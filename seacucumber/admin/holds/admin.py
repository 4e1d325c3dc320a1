"""What stops mail, why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import router
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.common.ui import ago, pill
from seacucumber.admin.common.views import own_urls
from seacucumber.admin.holds.backlog import waiting_for
from seacucumber.admin.holds.views import PAUSE, PausePage, ResumeAllPage, ResumePage
from seacucumber.db import clock
from seacucumber.db.clock import US_PER_S
from seacucumber.enums import HoldCause
from seacucumber.models import Hold
from seacucumber.text.holds import cause_of, remedy_of, subject_of
from seacucumber.text.sanitize import sanitize

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Hold]
else:
    _ModelAdmin = ModelAdmin

_LEFT_OUT = ("add", "change", "delete", "history")


@admin.register(Hold)
class HoldAdmin(_ModelAdmin):
    """Holds come from SES's answers or from people; they are lifted, not edited."""

    list_display = (
        "shown_what",
        "shown_why",
        "shown_remedy",
        "shown_waiting",
        "shown_resume",
    )
    list_display_links = None
    ordering = ("-id",)
    sortable_by = ()
    actions = None
    show_full_result_count = False
    change_list_template = "seacucumber/admin/hold_list.html"

    @admin.display(description=gettext_lazy("what stands still"))
    def shown_what(self, hold: Hold) -> SafeString:
        """Return what the hold stops, and for which account."""
        return format_html(
            '<strong class="cu-break">{}</strong><br><span class="cu-quiet cu-small">'
            "{}</span>",
            capfirst(subject_of(hold)),
            sanitize(hold.pace_key),
        )

    @admin.display(description=gettext_lazy("why"))
    def shown_why(self, hold: Hold) -> SafeString:
        """Return the cause, its detail, since when, and who placed it."""
        actor = sanitize(hold.placed_by)
        by_hand = hold.cause == HoldCause.OPERATOR
        return format_html(
            '{} <span class="cu-break">{}</span><br>'
            '<span class="cu-quiet cu-small">{}</span>',
            pill("warn" if by_hand else "bad", cause_of(hold)),
            sanitize(hold.detail),
            format_html(
                _("{time} ago, by {actor}") if actor else _("{time} ago"),
                time=ago(hold.placed_at),
                actor=actor,
            ),
        )

    @admin.display(description=gettext_lazy("what to do"))
    def shown_remedy(self, hold: Hold) -> SafeString:
        """Return what ends the hold, and when one message is let through to see."""
        return format_html(
            '{}<br><span class="cu-quiet cu-small">{}</span>',
            remedy_of(hold),
            _next_try(hold),
        )

    @admin.display(description=gettext_lazy("waiting"))
    def shown_waiting(self, hold: Hold) -> str:
        """Return how many messages it keeps, as far as they are counted."""
        return waiting_for(hold)

    @admin.display(description=gettext_lazy("action"))
    def shown_resume(self, hold: Hold) -> SafeString:
        """Return the way to the page that lifts it."""
        site = self.admin_site.name
        return format_html(
            '<a class="cu-button cu-plain" href="{}">{}</a>',
            reverse(f"{site}:seacucumber_hold_resume", args=[hold.pk]),
            _("Resume"),
        )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Leave the last column out for those who cannot use it."""
        may = request.user.has_perm(PAUSE)
        columns = [str(name) for name in self.list_display]
        return columns if may else columns[:-1]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by Django's form: there is a page that asks why."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Hold | None = None
    ) -> bool:
        """Never: a hold is lifted, not changed."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Hold | None = None
    ) -> bool:
        """Never by Django's page, which would leave the mail where it is."""
        return False

    def has_view_permission(
        self, request: HttpRequest, obj: Hold | None = None
    ) -> bool:
        """Only with the permission of that name."""
        return request.user.has_perm("seacucumber.view_hold")

    def get_urls(self) -> list[URLPattern]:
        """Return the list and our pages; there is no form for a hold."""
        return own_urls(self, _PAGES, super().get_urls(), without=_LEFT_OUT)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what stands still."""
        by_hand = Hold.objects.filter(cause=HoldCause.OPERATOR)
        context = {
            "title": _("Holds"),
            "may_pause": request.user.has_perm(PAUSE),
            "several_by_hand": by_hand.count() > 1,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


def _next_try(hold: Hold) -> str:
    if hold.ends_at_us is not None:
        return _("Lifted by itself.")
    if hold.probe_at_us is None:
        by_itself = hold.cause == HoldCause.QUOTA
        return _("Lifted by itself.") if by_itself else _("Lifted by hand.")
    left_us = hold.probe_at_us - clock.now_us(router.db_for_write(Hold))
    if left_us <= 0:
        return _("Next try with the next message.")
    seconds = {"seconds": left_us // US_PER_S + 1}
    if hold.cause == HoldCause.SES_SILENT:
        return _("SES is asked again in %(seconds)d s.") % seconds
    return _("Next try in %(seconds)d s.") % seconds


_PAGES = (
    ("pause/", PausePage, "pause"),
    ("resume/", ResumeAllPage, "resume_all"),
    ("<int:pk>/resume/", ResumePage, "resume"),
)

"""DKIM keys: the list, and the way to their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seacucumber import dkim_keys
from seacucumber.admin.common.numbers import ago
from seacucumber.admin.common.views import own_urls
from seacucumber.admin.dkim import checks, create, retirement, transitions, views
from seacucumber.admin.dkim.display import key_pill, kind_of, result_pill
from seacucumber.admin.dkim.panel import problem_rows
from seacucumber.models import DkimKey
from seacucumber.text.sanitize import sanitize

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[DkimKey]
else:
    _ModelAdmin = ModelAdmin

#: Django's own pages that ours stand in for, or that a key has no use for.
_REPLACED = ("add", "change", "delete")


@admin.register(DkimKey)
class DkimKeyAdmin(_ModelAdmin):
    """Keys move through the pages' actions; a row is never edited, nor deleted."""

    object_history_template = "seacucumber/admin/history.html"
    change_list_template = "seacucumber/admin/dkim/list.html"
    list_display = (
        "shown_name",
        "shown_state",
        "shown_record",
        "shown_use",
        "shown_kind",
        "shown_age",
    )
    list_filter = ("state", "use", "algorithm")
    search_fields = ("domain", "selector")
    ordering = ("domain", "-pk")
    show_full_result_count = False
    list_per_page = 100
    actions = None

    @admin.display(description=_("domain and selector"), ordering="domain")
    def shown_name(self, key: DkimKey) -> SafeString:
        """Return the domain, and the selector below it."""
        return format_html(
            '<span class="cu-break">{}</span><br>'
            '<span class="cu-quiet cu-small cu-break">{}</span>',
            sanitize(key.domain),
            sanitize(key.selector),
        )

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, key: DkimKey) -> SafeString:
        """Return the state as a pill."""
        return key_pill(key.state)

    @admin.display(description=_("DNS record"))
    def shown_record(self, key: DkimKey) -> SafeString:
        """Return what DNS had at the last look, and when that was."""
        return format_html(
            '{}<br><span class="cu-quiet cu-small">{}</span>',
            result_pill(key),
            ago(key.checked_at, timezone.now()) if key.checked_at else "",
        )

    @admin.display(description=_("signs"), ordering="use")
    def shown_use(self, key: DkimKey) -> str:
        """Return who signs with it."""
        return str(key.get_use_display())

    @admin.display(description=_("kind"))
    def shown_kind(self, key: DkimKey) -> str:
        """Return the algorithm and the size."""
        return kind_of(key)

    @admin.display(description=_("made"), ordering="created_at")
    def shown_age(self, key: DkimKey) -> str:
        """Return how old it is."""
        return ago(key.created_at, timezone.now())

    def get_exclude(self, request: HttpRequest, obj: DkimKey | None = None) -> Any:
        """Never the private key, should a form ever be made of a row."""
        return ("private_key_sealed",)

    def has_view_permission(
        self, request: HttpRequest, obj: DkimKey | None = None
    ) -> bool:
        """Only with the permission of that name; what changes keys is apart."""
        return request.user.has_perm(views.VIEW)

    def has_change_permission(
        self, request: HttpRequest, obj: DkimKey | None = None
    ) -> bool:
        """Never by Django's form. The pages ask for permissions themselves."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: DkimKey | None = None
    ) -> bool:
        """Never: a selector is not used again, and its row remembers it."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Put our pages in the place of Django's add, change and delete pages."""
        return own_urls(self, _PAGES, super().get_urls(), without=_REPLACED)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, and what of it needs somebody."""
        context = {
            "title": _("DKIM keys"),
            "problems": problem_rows(dkim_keys.key_problems()),
            "may_add": request.user.has_perm(views.ADD),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


_PAGES = (
    ("add/", create.GeneratePage, "add"),
    ("import/", create.ImportPage, "import"),
    ("import/settings/", create.ImportSettings, "import_settings"),
    ("<int:pk>/change/", views.DetailPage, "change"),
    ("<int:pk>/options/", views.OptionsPage, "options"),
    ("<int:pk>/check/", checks.CheckKey, "check"),
    ("<int:pk>/activate/", transitions.ActivatePage, "activate"),
    ("<int:pk>/override/", transitions.OverridePage, "override"),
    ("<int:pk>/rotate/", transitions.RotatePage, "rotate"),
    ("<int:pk>/restore/", transitions.RestorePage, "restore"),
    ("<int:pk>/retire/", retirement.RetirePage, "retire"),
    ("<int:pk>/revoke/", retirement.RevokePage, "revoke"),
    ("<int:pk>/abandon/", retirement.AbandonPage, "abandon"),
    ("<int:pk>/push/", checks.PushPage, "push"),
    ("<int:pk>/follow/", checks.FollowKey, "follow"),
)

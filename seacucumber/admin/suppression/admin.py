"""Who gets no mail: the list, and the way to the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import idna
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db import connections
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import suppression
from seacucumber.admin.common.filters import AccountFilter
from seacucumber.admin.common.permissions import VIEW_SUPPRESSED
from seacucumber.admin.common.ui import ago, pill
from seacucumber.admin.common.views import own_urls
from seacucumber.admin.large_tables.search import SearchedAdmin, SearchedList, spelled
from seacucumber.admin.suppression import actions as suppression_actions
from seacucumber.admin.suppression import views
from seacucumber.admin.suppression.freshness import ages
from seacucumber.db.prefix import begins_with
from seacucumber.models import Suppressed
from seacucumber.models.account.suppression import in_force
from seacucumber.text.sanitize import sanitize

#: Django's own pages that ours stand in for: they would change the copy and not SES.
_REPLACED = ("add", "change", "delete")


class EndedFilter(SimpleListFilter):
    """Entries that stop mail, unless it is asked for those that have ended."""

    title = gettext_lazy("time")
    parameter_name = "ended"

    def lookups(
        self, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """Return the choice beside the default."""
        return [("yes", gettext_lazy("ended"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Call what is shown without a choice what it is, and not "all"."""
        choices = iter(super().choices(changelist))
        yield {**next(choices), "display": gettext_lazy("in force")}
        yield from choices

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Suppressed]
    ) -> QuerySet[Suppressed]:
        """Return the entries of one kind."""
        stopping = in_force(timezone.now())
        return queryset.filter(~stopping if self.value() == "yes" else stopping)


class ScopeFilter(AccountFilter):
    """The accounts and senders' domains that entries are about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = gettext_lazy("no mail from")


class SuppressedList(SearchedList):
    """The list, found by an address, how one begins, or a domain."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> QuerySet[Suppressed]:
        """Return the entries that filters and search leave."""
        rows: QuerySet[Suppressed] = super().get_queryset(request, exclude_parameters)
        if self.is_searched(request):
            return rows.filter(_matching(self.search_text, rows.db))
        return rows

    @property
    def nothing_stops(self) -> bool:
        """Whether what is searched for is an address that no entry in force names."""
        if self.result_count or self.has_active_filters or not self.search_text:
            return False
        try:
            suppression.checked_address(self.search_text)
        except suppression.InvalidEntry:
            return False
        return True


def _matching(text: str, using: str) -> Q:
    """Return the condition that an address, how one begins, or a domain is."""
    written = _in_ascii(spelled(text))
    if written.startswith("@"):
        return Q(address__endswith=written)
    return begins_with(written, connections[using].vendor) if written else Q()


def _in_ascii(text: str) -> str:
    """Return what is searched for with its domain as the list has it."""
    local, at, domain = text.rpartition("@")
    if not at or domain.isascii():
        return text
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return text


@admin.register(Suppressed)
class SuppressedAdmin(SearchedAdmin):
    """SES's list as a copy, and the list of our own: one line for an address."""

    object_history_template = "seacucumber/admin/history.html"
    change_list_template = "seacucumber/admin/suppression/list.html"
    list_display = (
        "shown_address",
        "shown_reason",
        "shown_source",
        "shown_scope",
        "shown_since",
        "shown_expires",
    )
    list_filter = (EndedFilter, "reason", "source", ("scope", ScopeFilter))
    ordering = ("-since", "-id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 100
    #: None, not even Django's "delete selected": it would only forget rows.
    actions = None

    @admin.display(description=gettext_lazy("address"), ordering="address")
    def shown_address(self, row: Suppressed) -> SafeString:
        """Return the address without what could disguise it."""
        return format_html('<span class="cu-break">{}</span>', sanitize(row.address))

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def shown_reason(self, row: Suppressed) -> SafeString:
        """Return the reason as a pill."""
        return views.reason_pill(row)

    @admin.display(description=gettext_lazy("put there by"), ordering="source")
    def shown_source(self, row: Suppressed) -> SafeString:
        """Return whose list it is on."""
        both = row.ses_known and row.is_ours
        return format_html(
            "{}{}",
            row.get_source_display(),
            format_html(" {}", pill("info", _("and on SES's list"))) if both else "",
        )

    @admin.display(description=gettext_lazy("no mail from"), ordering="scope")
    def shown_scope(self, row: Suppressed) -> str:
        """Return whose mail it concerns."""
        return views.scope_in_words(row)

    @admin.display(description=gettext_lazy("since"), ordering="since")
    def shown_since(self, row: Suppressed) -> SafeString:
        """Return how long it stands."""
        return ago(row.since)

    @admin.display(description=gettext_lazy("ends"), ordering="expires_at")
    def shown_expires(self, row: Suppressed) -> Any:
        """Return when it ends by itself."""
        return row.expires_at or "-"

    def has_view_permission(
        self, request: HttpRequest, obj: Suppressed | None = None
    ) -> bool:
        """Only with the permission of that name."""
        return request.user.has_perm(VIEW_SUPPRESSED)

    def has_change_permission(
        self, request: HttpRequest, obj: Suppressed | None = None
    ) -> bool:
        """Never: an entry is put on and taken off, and not edited."""
        return False

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[SuppressedList]:
        """Return the list whose search stays out of the URL."""
        return SuppressedList

    def get_urls(self) -> list[URLPattern]:
        """Put our pages in the place of Django's add, change and delete pages."""
        return own_urls(self, _PAGES, super().get_urls(), without=_REPLACED)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, how old the copy is, and why."""
        may = request.user.has_perm
        context = {
            "title": _("Suppressed addresses"),
            "ages": ages(),
            "may_refresh": may(suppression_actions.REFRESH),
            "may_import": may(suppression_actions.IMPORT),
            "may_export": may(suppression_actions.EXPORT),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


_PAGES = (
    ("add/", views.AddPage, "add"),
    ("search/", suppression_actions.SuppressionSearch, "search"),
    ("refresh/", suppression_actions.RefreshPage, "refresh"),
    ("import/", suppression_actions.ImportListPage, "import"),
    ("export/", suppression_actions.ExportPage, "export"),
    ("<int:pk>/change/", views.EntryPage, "change"),
    ("<int:pk>/ask/", views.AskPage, "ask"),
    ("<int:pk>/delete/", views.RemovePage, "delete"),
)

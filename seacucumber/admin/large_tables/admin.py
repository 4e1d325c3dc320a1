"""What the admin of a table that grows without end allows: to look, and to search."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from seacucumber.admin.large_tables.filters import LongListFilter
from seacucumber.admin.large_tables.search import SearchedAdmin


class LongListAdmin(SearchedAdmin):
    """Rows are looked at, never edited. A subclass names a `LongList`."""

    view_permission: ClassVar[str]

    list_filter: ClassVar[tuple[type[LongListFilter], ...]] = ()
    list_per_page = 50
    sortable_by = ()
    ordering = ("-id",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: nobody makes such a row by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: its pages ask for permissions of their own."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: retention deletes what is old."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only with the permission of that name."""
        return request.user.has_perm(self.view_permission)

    def lookup_allowed(
        self, lookup: str, value: Any, request: HttpRequest | None = None
    ) -> bool:
        """Allow our filters only: any other lookup would walk the table."""
        return lookup in {spec.parameter_name for spec in self.list_filter}

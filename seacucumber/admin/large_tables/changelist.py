"""Lists of tables that grow without end: ten million rows, and none is counted."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from seacucumber.admin.large_tables.filters import LongListFilter
from seacucumber.admin.large_tables.id_range import Span, estimate
from seacucumber.admin.large_tables.search import FOUND, Found, SearchedList

#: Pages go so many rows back; from there a new stretch begins.
REACH = 5_000
#: Where no index answers, so many of the newest rows are looked at.
SCANNED_MAX = 20_000

#: The parameter of the URL that has the id a stretch begins before.
BEFORE = "before"


class LongList(SearchedList):
    """One stretch of the list: ids first, rows of one page then.

    Nothing is counted, and nothing is read by offset beyond the stretch. A subclass
    tells what a search leads to, and what a page's rows need.
    """

    no_filters = (FOUND, BEFORE)
    #: Sentences that say where the list ends before the table does.
    notes: list[str]
    #: The id before which the next stretch begins; None if this is the last one.
    older_before: int | None = None
    #: About how many rows there are in all; None where it was not asked.
    estimated: int | None = None

    def find(self, text: str, span: Span, using: str) -> Found:
        """Return the rows that a text leads to, through indexes only."""
        raise NotImplementedError

    def rows_of(self, pks: list[int]) -> list[Any]:
        """Return the rows of a page, newest first; a fixed number of queries."""
        raise NotImplementedError

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Return a URL's query; another choice begins with the newest again."""
        keeps = {PAGE_VAR, BEFORE} & set(new_params or ())
        return super().get_query_string(
            new_params, [*(remove or ()), *(() if keeps else (BEFORE,))]
        )

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """Return the one order: newest first."""
        return ["-id"]

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> QuerySet[Any]:
        """Return the rows that filters and search leave, newest first."""
        specs, has_filters, _rest, _many, has_active = self.get_filters(request)
        self.filter_specs, self.has_filters = specs, has_filters
        self.has_active_filters = has_active
        self.clear_all_filters_qs = self.get_query_string(
            remove=list(self.get_filters_params())
        )
        self.notes = []
        self.older_before = None
        filters = [spec for spec in specs if isinstance(spec, LongListFilter)]
        span = self._span(filters)
        rows: QuerySet[Any] = self.root_queryset.filter(
            *(spec.indexed() for spec in filters), span.of("pk")
        )
        scanned = Q()
        for spec in filters:
            scanned &= spec.scanned()
        found = self._found(request, span)
        if found is not None:
            rows = rows.filter(pk__in=found.pks)
        elif scanned:
            rows = self._newest(rows)
        return rows.filter(scanned).order_by("-id")

    def get_results(self, request: HttpRequest) -> None:
        """Read the ids of the stretch and the rows of the page."""
        ids = list(self.queryset.values_list("pk", flat=True)[: REACH + 1])
        if len(ids) > REACH:
            ids = ids[:REACH]
            self.older_before = ids[-1]
        paginator = Paginator(ids, self.list_per_page)
        try:
            page = paginator.page(self.page_num)
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.paginator = paginator
        self.result_count = len(ids)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = paginator.num_pages > 1
        self.result_list = self.rows_of(list(page.object_list))
        if self.older_before is not None and not self.is_narrowed:
            self.estimated = estimate(self.model, self.root_queryset.db)

    @property
    def pages(self) -> list[dict[str, Any]]:
        """Return the links to the pages of this stretch."""
        return [
            {
                "words": number,
                "current": number == self.page_num,
                "url": self.get_query_string({PAGE_VAR: number})
                if isinstance(number, int) and number != self.page_num
                else "",
            }
            for number in self.paginator.get_elided_page_range(self.page_num)
        ]

    @property
    def reach_in_words(self) -> str:
        """Return how many rows there are, as far as it is known."""
        names = {"things": self.opts.verbose_name_plural}
        if self.estimated is not None:
            return _("%(shown)s of about %(all)s %(things)s") % {
                "shown": _grouped(self.result_count),
                "all": _grouped(self.estimated),
                **names,
            }
        if self.result_count == 1:
            names = {"things": self.opts.verbose_name}
        more = "+" if self.older_before is not None else ""
        return f"{_grouped(self.result_count)}{more} {names['things']}"

    @property
    def older_url(self) -> str:
        """Return the URL of the next stretch; empty if this is the last one."""
        if self.older_before is None:
            return ""
        return self.get_query_string({BEFORE: self.older_before}, [PAGE_VAR])

    @property
    def newest_url(self) -> str:
        """Return the URL of the first stretch; empty if this is it."""
        return "" if self._before is None else self.get_query_string()

    @property
    def is_narrowed(self) -> bool:
        """Whether this is only a part of all rows."""
        return bool(self.has_active_filters or self.search_text or self._before)

    @property
    def _before(self) -> int | None:
        value = str(self.params.get(BEFORE, ""))
        return int(value) if value.isdecimal() and len(value) < 19 else None

    def _span(self, filters: list[LongListFilter]) -> Span:
        span = Span()
        for spec in filters:
            part = spec.span(self.root_queryset.db)
            span = Span(first=part.first or span.first, end=part.end or span.end)
        return span.before(self._before)

    def _found(self, request: HttpRequest, span: Span) -> Found | None:
        if not self.is_searched(request):
            return None
        if self.search_forgotten:
            return Found()
        found = self.find(self.search_text, span, self.root_queryset.db)
        self.notes += found.notes
        return found

    def _newest(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return as many rows as may be looked at one by one."""
        ids = rows.order_by("-id").values_list("pk", flat=True)
        last = ids[SCANNED_MAX : SCANNED_MAX + 1].first()
        if last is None:
            return rows
        self.older_before = last + 1
        self.notes.append(
            _("Looked at %(number)d %(things)s only; there are older ones.")
            % {"number": SCANNED_MAX, "things": self.opts.verbose_name_plural}
        )
        return rows.filter(pk__gt=last)


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)

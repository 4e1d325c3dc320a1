"""What is done with the whole suppression list: search, refresh, import, export."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import suppression, tasks
from seacucumber.admin.common.freshness import accounts
from seacucumber.admin.common.permissions import VIEW_SUPPRESSED
from seacucumber.admin.common.views import AdminPage
from seacucumber.admin.large_tables.search import SearchPage
from seacucumber.admin.suppression.forms import ImportListForm
from seacucumber.enums import RefreshSubject
from seacucumber.models import Suppressed
from seacucumber.suppression import ImportReport
from seacucumber.suppression.ses_sync import now

REFRESH = "seacucumber.refresh_figures"
IMPORT = "seacucumber.import_suppressed"
EXPORT = "seacucumber.export_suppressed"

_LIST = "admin:seacucumber_suppressed_changelist"


class SuppressionSearch(SearchPage):
    """Takes what is searched for."""

    view_permission = change_permission = VIEW_SUPPRESSED


class RefreshPage(AdminPage):
    """Has a worker read SES's list."""

    view_permission = VIEW_SUPPRESSED
    change_permission = REFRESH

    def post(self, request: HttpRequest) -> HttpResponse:
        """Hand it to a worker: the list may be long, at one call a second."""
        for pace_key, alias in accounts().items():
            names = {"account": pace_key}
            if tasks.ask_for_refresh(alias, RefreshSubject.ALL_SUPPRESSION):
                _log(request, pace_key, "Asked for SES's whole suppression list.")
                words = _(
                    "A worker reads the suppression list of %(account)s, a thousand"
                    " addresses a second. Load the page again later."
                )
                messages.success(request, words % names)
            else:
                words = _(
                    "No worker could be asked to read the list of %(account)s: the"
                    " broker does not answer. What is shown is what SES said last."
                )
                messages.error(request, words % names)
        return redirect(_LIST)


class ImportListPage(AdminPage):
    """Puts the addresses of a CSV file onto our list."""

    view_permission = change_permission = IMPORT
    template_name = "seacucumber/admin/suppression/import.html"
    title = gettext_lazy("Import suppressed addresses")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._page(request, ImportListForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Import, and say what was done and what could not be read."""
        form = ImportListForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form)
        data = form.cleaned_data
        report = suppression.import_file(
            data["file"], data["mailer"], note=data["note"]
        )
        done = f"Imported {report.added} addresses."
        _log(request, str(data["mailer"]), done)
        return self._page(request, ImportListForm(), report=report)

    def _page(
        self,
        request: HttpRequest,
        form: ImportListForm,
        *,
        report: ImportReport | None = None,
    ) -> HttpResponse:
        may_list = request.user.has_perm(VIEW_SUPPRESSED)
        back = reverse(_LIST if may_list else "admin:index")
        return self.render(request, form=form, report=report, back=back)


class ExportPage(AdminPage):
    """Hands out the whole list as CSV. A POST, so that no link leads to it."""

    view_permission = change_permission = EXPORT

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Return the file, and write down who has it."""
        _log(request, "CSV", "Exported the suppression list.")
        rows = Suppressed.objects.in_force(now()).order_by("address", "scope")
        lines = suppression.export_rows(rows.iterator(chunk_size=2000))
        answer = StreamingHttpResponse(
            _written(lines), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = 'attachment; filename="suppression.csv"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _written(lines: Iterator[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for line in lines:
        yield str(writer.writerow(line))


def _log(request: HttpRequest, what: str, done: str) -> None:
    """Write the admin log for what concerns no single row."""
    entry: dict[str, Any] = {
        "user_id": str(request.user.pk),
        "content_type": ContentType.objects.get_for_model(Suppressed),
        "object_repr": what[:200],
        "action_flag": CHANGE,
        "change_message": done,
    }
    LogEntry.objects.create(**entry)

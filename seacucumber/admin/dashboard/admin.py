"""The dashboard: what an operator has to know, first; then the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber import figures, tasks
from seacucumber.admin.common.views import AdminPage, page_url
from seacucumber.admin.dashboard import charts, panels, rate_charts
from seacucumber.delivery import queue_database
from seacucumber.enums import RefreshSubject
from seacucumber.figures import Account, Span
from seacucumber.models import Dashboard

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Dashboard]
else:
    _ModelAdmin = admin.ModelAdmin

PAGE_NAME = "seacucumber_dashboard_changelist"


class DashboardPage(AdminPage):
    """Shows one account, and asks SES for new figures of it on POST."""

    view_permission = "seacucumber.view_dashboard"
    change_permission = "seacucumber.refresh_figures"
    template_name = "seacucumber/admin/dashboard.html"
    title = gettext_lazy("Dashboard")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what the database knows."""
        account, span = _account(request.GET), _span(request.GET)
        overview = figures.read_overview(account, span, using=queue_database())
        drawn = (
            charts.traffic_chart(overview.traffic),
            rate_charts.bounce_chart(overview.traffic),
            rate_charts.complaint_chart(overview.traffic),
            charts.speed_chart(overview.speed, overview.rate, span),
        )
        return self.render(
            request,
            **panels.context(overview, request=request, model_admin=self.model_admin),
            charts=drawn,
            spans=[
                (row.label, _address(account, row), row == span)
                for row in figures.SPANS.values()
            ],
            accounts=[
                (row.key, _address(row, span), row == account)
                for row in figures.accounts()
            ],
            may_refresh=request.user.has_perm(self.change_permission),
            here=_address(account, span),
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Have a worker ask SES, and come back to the same view."""
        account = _account(request.GET)
        alias = account.aliases[0]
        asked = [
            tasks.ask_for_refresh(alias, subject)
            for subject in (RefreshSubject.ACCOUNT, RefreshSubject.IDENTITIES)
        ]
        if all(asked):
            _log(request, account)
            messages.success(
                request,
                _(
                    "A worker asks SES for new figures. Load this page again in a few"
                    " seconds."
                ),
            )
        else:
            messages.error(
                request,
                _(
                    "The broker does not answer, so no worker could be asked. Start it,"
                    " or run manage.py ses_usage on the server."
                ),
            )
        return HttpResponseRedirect(_address(account, _span(request.GET)))


@admin.register(Dashboard)
class DashboardAdmin(_ModelAdmin):
    """The dashboard's entry in the menu; behind it is one page and no list."""

    #: No script is needed.
    media: ClassVar[Media] = Media()

    def get_urls(self) -> list[URLPattern]:
        """Return the address of the page, under the name that the menu asks for."""
        return [page_url(self, "", DashboardPage, PAGE_NAME)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is nothing to add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is nothing to delete."""
        return False


def _account(asked: Any) -> Account:
    return figures.find_account(asked.get("account", ""))


def _span(asked: Any) -> Span:
    return figures.SPANS.get(asked.get("range", ""), figures.DEFAULT_SPAN)


def _address(account: Account, span: Span) -> str:
    """Return this page's address for an account and a span; defaults are left out."""
    asked = {}
    if account != figures.accounts()[0]:
        asked["account"] = account.key
    if span != figures.DEFAULT_SPAN:
        asked["range"] = span.key
    address = reverse(f"admin:{PAGE_NAME}")
    return f"{address}?{urlencode(asked)}" if asked else address


def _log(request: HttpRequest, account: Account) -> None:
    LogEntry.objects.create(
        user_id=request.user.pk,  # type: ignore[misc]
        content_type=ContentType.objects.get_for_model(Dashboard),
        object_repr=account.key[:200],
        action_flag=CHANGE,
        change_message="Asked SES for new figures.",
    )

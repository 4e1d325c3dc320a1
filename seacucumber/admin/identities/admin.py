"""The addresses and domains that mail may come from: list, and the way to the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from seacucumber.admin.common.filters import AccountFilter
from seacucumber.admin.common.freshness import accounts, ages
from seacucumber.admin.common.views import own_urls
from seacucumber.admin.identities import actions as identity_actions
from seacucumber.admin.identities import views
from seacucumber.admin.identities.display import part_pill, status_pill
from seacucumber.models import Identity
from seacucumber.text.sanitize import sanitize

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Identity]
else:
    _ModelAdmin = ModelAdmin

#: Django's own pages that ours stand in for: they would change the copy and not SES.
_REPLACED = ("add", "change", "delete")


@admin.register(Identity)
class IdentityAdmin(_ModelAdmin):
    """A copy of what SES has. Rows come and go with SES, never by themselves."""

    object_history_template = "seacucumber/admin/history.html"
    list_display = (
        "shown_name",
        "shown_kind",
        "shown_status",
        "shown_dkim",
        "shown_mail_from",
    )
    list_filter = ("kind", "status", ("pace_key", AccountFilter))
    search_fields = ("name",)
    ordering = ("name", "pace_key")
    show_full_result_count = False
    list_per_page = 100
    #: None, not even Django's "delete selected": it would only forget rows.
    actions = None

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, identity: Identity) -> str:
        """Return the name without what could disguise it."""
        return sanitize(identity.name)

    @admin.display(description=_("kind"), ordering="kind")
    def shown_kind(self, identity: Identity) -> str:
        """Return address or domain."""
        return str(identity.get_kind_display())

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, identity: Identity) -> SafeString:
        """Return the status as a pill."""
        return status_pill(identity.status)

    @admin.display(description=_("DKIM"), empty_value="-")
    def shown_dkim(self, identity: Identity) -> SafeString | str:
        """Return whether SES signs for it."""
        return part_pill(identity.dkim_status)

    @admin.display(description=_("MAIL FROM"), empty_value="-")
    def shown_mail_from(self, identity: Identity) -> SafeString | str:
        """Return how the domain of its own for bounces is."""
        return part_pill(identity.mail_from_status) if identity.mail_from_domain else ""

    @admin.display(description=_("account"), ordering="pace_key")
    def shown_account(self, identity: Identity) -> str:
        """Return the account and region."""
        return identity.pace_key

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Tell the account where there are several."""
        columns: list[Any] = list(super().get_list_display(request))
        return [*columns, "shown_account"] if len(accounts()) > 1 else columns

    def has_view_permission(
        self, request: HttpRequest, obj: Identity | None = None
    ) -> bool:
        """Only with the permission of that name; to change is a permission apart."""
        return request.user.has_perm("seacucumber.view_identity")

    def has_change_permission(
        self, request: HttpRequest, obj: Identity | None = None
    ) -> bool:
        """Never: a row is what SES says. The pages ask for permissions themselves."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Put our pages in the place of Django's add, change and delete pages."""
        return own_urls(self, _PAGES, super().get_urls(), without=_REPLACED)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, how old it is, and why it is."""
        context = {
            "title": _("Identities"),
            "ages": ages(),
            "may_refresh": request.user.has_perm(identity_actions.REFRESH),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


_PAGES = (
    ("add/", views.VerifyPage, "add"),
    ("refresh/", identity_actions.RefreshAll, "refresh_all"),
    ("<int:pk>/change/", views.IdentityPage, "change"),
    ("<int:pk>/delete/", views.DeletePage, "delete"),
    ("<int:pk>/resend/", identity_actions.Resend, "resend"),
    ("<int:pk>/refresh/", identity_actions.Refresh, "refresh"),
    ("<int:pk>/check/", identity_actions.CheckDns, "check"),
)

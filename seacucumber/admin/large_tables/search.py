"""Searching a list by what may be an address, which must not stand in a URL.

What is typed comes by POST and stays in the session; the URL of the list has a key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from seacucumber.addresses import read_address
from seacucumber.admin.common.views import AdminPage
from seacucumber.text.sanitize import sanitize

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin

#: The parameter of the URL that has the key of a search.
FOUND = "found"
TEXT_MAX = 320

_SESSION_KEY = "seacucumber_searches"
_REMEMBERED = 20


@dataclass(slots=True)
class Found:
    """What a search has found, and how it was looked for.

    Args:
        pks: Ids of rows of the list, at most a few thousand.
        notes: Sentences for the page.
    """

    pks: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


class SearchedList(ChangeList):
    """A list with a search whose text stays out of the URL."""

    search_text = ""
    search_forgotten = False
    #: Parameters of the URL that are no filters.
    no_filters: tuple[str, ...] = (FOUND,)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return what the filters look at."""
        found = super().get_filters_params(params)
        return {k: v for k, v in found.items() if k not in self.no_filters}

    def is_searched(self, request: HttpRequest) -> bool:
        """Tell whether there is a search; remember its text, empty if it is lost."""
        key = request.GET.get(FOUND)
        if not key:
            return False
        self.search_text = recall(request, key)
        self.search_forgotten = not self.search_text
        return True


class SearchedAdmin(_ModelAdmin):
    """The admin of a `SearchedList`; its template includes ``search.html``."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list; a search that comes in the URL does not stay there."""
        if request.GET.get("q") and self.has_view_permission(request):
            return redirect(found_url(self, request, request.GET["q"]))
        context = {
            "search_url": _url(self, "search"),
            "search_max": TEXT_MAX,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)


class SearchPage(AdminPage):
    """Takes what is searched for, so that it never stands in a URL.

    A subclass names the permission to see the list, as ``view_permission`` and as
    ``change_permission``.
    """

    title = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go to the list: there is nothing to see here."""
        return redirect(found_url(self.model_admin, request, ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the text in the session, and show what is found."""
        text = request.POST.get("text", "")
        return redirect(found_url(self.model_admin, request, text))


def found_url(model_admin: ModelAdmin[Any], request: HttpRequest, text: str) -> str:
    """Return the URL of the list for a search; what is searched for is not in it."""
    written = clean(text)
    query = f"?{FOUND}={remember(request, written)}" if written else ""
    return f"{_url(model_admin, 'changelist')}{query}"


def remember(request: HttpRequest, text: str) -> str:
    """Keep what is searched for in the session; return the key for the URL."""
    searches: dict[str, str] = dict(request.session.get(_SESSION_KEY, {}))
    key = secrets.token_urlsafe(6)
    searches[key] = clean(text)
    request.session[_SESSION_KEY] = dict(list(searches.items())[-_REMEMBERED:])
    return key


def recall(request: HttpRequest, key: str) -> str:
    """Return what is searched for; empty if the session does not know it any more."""
    text: str = request.session.get(_SESSION_KEY, {}).get(key, "")
    return text


def clean(text: str) -> str:
    """Return a text without what no address, id or subject has."""
    return sanitize(text[:TEXT_MAX]).strip()


def spelled(text: str) -> str:
    """Return a typed address in the one spelling that tables have; what is none, as the
    beginning of one is not always, in lower case.
    """
    return read_address(text) or text.strip().lower()


def _url(model_admin: ModelAdmin[Any], name: str) -> str:
    opts = model_admin.opts
    site = model_admin.admin_site.name
    return reverse(f"{site}:{opts.app_label}_{opts.model_name}_{name}")

"""What every page of ours has: a permission, the admin's frame, POST to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views import View

_Dispatch = Callable[..., HttpResponseBase]


class AdminPage(View):
    """A page of the admin that is no list and no form of a model.

    A subclass names the permission for looking (``view_permission``) and the one for
    changing (``change_permission``, asked on POST), and a template that extends
    ``seacucumber/admin/base.html``.
    """

    #: Set by `page_url`; as_view() takes only attributes that the class has.
    model_admin: ModelAdmin[Any] = None  # type: ignore[assignment]
    view_permission: ClassVar[str]
    change_permission: ClassVar[str] = ""
    template_name: ClassVar[str]
    title: ClassVar[Any]

    @classmethod
    def door(cls, view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
        """Return a view that lets people in as the admin's login does, or otherwise.

        Args:
            view: The page, behind the admin's login.
        """
        return view

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Refuse whoever lacks the permission, before anything is read."""
        wanted = [self.view_permission]
        if request.method == "POST":
            wanted.append(self.change_permission)
        if not all(name and request.user.has_perm(name) for name in wanted):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def render(self, request: HttpRequest, **context: Any) -> TemplateResponse:
        """Return the page in the admin's frame: header, sidebar, user tools."""
        site = self.model_admin.admin_site
        request.current_app = site.name
        frame = {
            **site.each_context(request),
            "title": self.title,
            "opts": self.model_admin.opts,
            "media": self.model_admin.media,
        }
        return TemplateResponse(request, self.template_name, {**frame, **context})


def _outside_transactions(dispatch: _Dispatch) -> _Dispatch:
    for alias in connections:
        transaction.non_atomic_requests(using=alias)(dispatch)
    return dispatch


class AskingPage(AdminPage):
    """A page whose POST asks SES or DNS, and may wait some seconds for its turn.

    Never inside the transaction of ``ATOMIC_REQUESTS``, which would hold its locks
    for as long.
    """

    @_outside_transactions
    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Refuse whoever lacks the permission."""
        return super().dispatch(request, *args, **kwargs)


def page_url(
    model_admin: ModelAdmin[Any], route: str, page: type[AdminPage], name: str
) -> URLPattern:
    """Return the URL of a page, behind the admin's login, never cached."""
    view: Callable[..., HttpResponseBase] = page.as_view(model_admin=model_admin)
    return path(route, page.door(model_admin.admin_site.admin_view(view)), name=name)


def own_urls(
    model_admin: ModelAdmin[Any],
    pages: Iterable[tuple[str, type[AdminPage], str]],
    urls: Sequence[URLPattern],
    *,
    without: Iterable[str],
) -> list[URLPattern]:
    """Return the URLs of a model: our pages first, then what is left of Django's.

    Args:
        pages: Route, page and name of each; the name without its model.
        urls: Those of Django's own pages.
        without: Names of Django's pages that are left out.
    """
    prefix = f"{model_admin.opts.app_label}_{model_admin.opts.model_name}"
    left_out = {f"{prefix}_{name}" for name in without}
    return [
        *(
            page_url(model_admin, route, page, f"{prefix}_{name}")
            for route, page, name in pages
        ),
        # Without a name: a redirect from older addresses of Django's change page.
        *(url for url in urls if url.name and url.name not in left_out),
    ]

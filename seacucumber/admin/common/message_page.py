"""What the pages of one message have in common: who may see it, and which it is."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from seacucumber.admin.common.views import AdminPage
from seacucumber.models import Message


class MessagePage(AdminPage):
    """A page of one message; whoever may not see the message does not see it either."""

    message: Message

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Ask for the permissions before the message is looked for."""
        if not self.model_admin.has_view_permission(request):
            raise PermissionDenied
        if not request.user.has_perm(self.view_permission):
            raise PermissionDenied
        found = self.model_admin.get_object(request, str(kwargs["pk"]))
        if found is None:
            raise Http404(_("There is no such message; it may have been purged."))
        if not self.model_admin.has_view_permission(request, found):
            raise PermissionDenied
        self.message = found
        return super().dispatch(request, *args, **kwargs)

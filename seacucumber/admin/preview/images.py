"""Images that HTML of a message refers to, each at an address of its own.

The frame that shows the HTML is sandboxed, so that it is of no site: no browser sends
the session's cookie from there. The address itself says who looks, signed and for a few
minutes, and that user's permissions are asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from seacucumber.admin.preview.body import BodyPage, guarded
from seacucumber.admin.preview.mime import Contents, read
from seacucumber.models import Message

#: Raster images only: a browser runs nothing in them.
INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
)
#: How long a page may take to ask for its images.
VALID_S = 300
_SALT = "seacucumber.admin.preview.images"
_KEY = "key"
_POLICY = "sandbox; default-src 'none'"


def address_book(
    request: HttpRequest, message: Message, contents: Contents
) -> Callable[[str], str]:
    """Return what gives the address of an image by its Content-ID; empty for none."""
    numbers = {
        part.content_id: part.number
        for part in reversed(contents.attachments)
        if part.content_id and part.content_type in INLINE_TYPES
    }

    def address(content_id: str) -> str:
        number = numbers.get(content_id)
        if number is None:
            return ""
        url = reverse("admin:seacucumber_message_image", args=(message.pk, number))
        claim = [str(request.user.pk), message.pk, number]
        return f"{url}?{urlencode({_KEY: signing.dumps(claim, salt=_SALT)})}"

    return address


class ImageView(BodyPage):
    """One image of a message, for the page in the frame."""

    title = ""

    @classmethod
    def door(cls, view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
        """Let the user in who is named in the address, as far as he may still look."""

        @wraps(view)
        def opened(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
            reader = _reader(request, pk, number)
            if reader is not None:
                request.user = reader
            return view(request, pk=pk, number=number)

        return login_not_required(opened)

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Return its bytes, under its own type."""
        for part in read(self.raw_or_404()).attachments:
            if part.number == number and part.content_type in INLINE_TYPES:
                if not self.was_just_logged(request):
                    self.log_reading(request)
                answer = HttpResponse(part.data, content_type=part.content_type)
                guarded(answer, _POLICY)
                # To the browser, the frame that shows it is of another site.
                answer["Cross-Origin-Resource-Policy"] = "cross-origin"
                return answer
        raise Http404(_("The message has no such image."))


def _reader(request: HttpRequest, pk: int, number: int) -> Any:
    """Return who may look by a signed address; None if it is none, or is too old."""
    try:
        actor, *what = signing.loads(
            request.GET.get(_KEY, ""), salt=_SALT, max_age=VALID_S
        )
    except signing.BadSignature:
        return None
    if what != [pk, number]:
        return None
    return get_user_model()._default_manager.filter(pk=actor, is_active=True).first()

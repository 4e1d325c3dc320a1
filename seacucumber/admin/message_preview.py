"""Looking into a message: text, HTML in a sandbox, attachments, source."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin import message_html
from seacucumber.admin.message_pages import MessagePage
from seacucumber.admin.message_parts import read
from seacucumber.admin.message_words import why_body_is_gone
from seacucumber.figures.showing import shown
from seacucumber.models import BodyChunk

VIEW_BODY = "seacucumber.view_body"
#: In the language of the log, which all read.
_READ = "Read its body."
#: The preview and the frame in it are one view.
_ONE_VIEW = timedelta(minutes=1)
#: What is downloaded is never shown by a browser, whatever it is.
_DOWNLOAD_POLICY = "sandbox; default-src 'none'"


class BodyPage(MessagePage):
    """What is common to them: the stored bytes, and the permission for them."""

    view_permission = VIEW_BODY

    @property
    def raw(self) -> bytes:
        """The stored bytes; empty if they are gone."""
        owner = self.message.body_of_id or self.message.pk
        return BodyChunk.objects.of([owner]).get(owner, b"")

    def raw_or_404(self) -> bytes:
        """Return the stored bytes.

        Raises:
            Http404: if they are gone, saying why.
        """
        raw = self.raw
        if not raw:
            raise Http404(why_body_is_gone(self.message))
        return raw

    def log_reading(self, request: HttpRequest) -> None:
        """Write into the message's history that somebody looked into it."""
        LogEntry.objects.create(
            **self._reading(request),
            object_repr=str(self.message)[:200],
            action_flag=CHANGE,
        )

    def was_just_logged(self, request: HttpRequest) -> bool:
        """Tell whether this is a part of a page that was opened a moment ago."""
        lately = timezone.now() - _ONE_VIEW
        readings = LogEntry.objects.filter(**self._reading(request))
        return readings.filter(action_time__gte=lately).exists()

    def _reading(self, request: HttpRequest) -> dict[str, Any]:
        content_type = ContentType.objects.get_for_model(self.message)
        return {
            "user_id": request.user.pk,
            "content_type": content_type,
            "object_id": str(self.message.pk),
            "change_message": _READ,
        }


class PreviewPage(BodyPage):
    """The page around it all: headers, text, the frame with the HTML, attachments."""

    title = gettext_lazy("What the message says")
    template_name = "seacucumber/admin/message_preview.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it, or why there is nothing to show."""
        raw = self.raw
        if raw:
            self.log_reading(request)
        return self.render(
            request,
            message=self.message,
            subject=shown(self.message.subject),
            contents=read(raw) if raw else None,
            why_body_is_gone="" if raw else why_body_is_gone(self.message),
        )


class HtmlView(BodyPage):
    """The HTML alone, for the sandboxed frame."""

    title = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return it inert."""
        contents = read(self.raw_or_404())
        if not contents.html:
            raise Http404(_("The message has no HTML that can be shown."))
        if not self.was_just_logged(request):
            self.log_reading(request)
        page = message_html.inert(contents.html, contents.images())
        return _guarded(HttpResponse(page), message_html.POLICY)


class AttachmentView(BodyPage):
    """One part, as a file to save."""

    title = ""

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Return its bytes under a type that no browser opens."""
        for part in read(self.raw_or_404()).attachments:
            if part.number == number:
                self.log_reading(request)
                return _download(part.data, part.name)
        raise Http404(_("The message has no such part."))


class SourceView(BodyPage):
    """The whole message as it was handed to SES, but for the DKIM signature."""

    title = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return it as a file to save."""
        raw = self.raw_or_404()
        self.log_reading(request)
        return _download(raw, f"{self.message.uid}.eml")


def _download(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/octet-stream")
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    return _guarded(response, _DOWNLOAD_POLICY)


def _guarded(response: HttpResponse, policy: str) -> HttpResponse:
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "no-store"
    return response

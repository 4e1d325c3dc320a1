"""Looking into a message: text, HTML in a sandbox, attachments, source."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seacucumber.admin.preview import safe_html
from seacucumber.admin.preview.body import BodyPage, guarded, why_body_is_gone
from seacucumber.admin.preview.cuts import left_out
from seacucumber.admin.preview.images import address_book
from seacucumber.admin.preview.mime import Contents, read
from seacucumber.models import Message
from seacucumber.text.sanitize import sanitize

#: What is downloaded is never shown by a browser, whatever it is.
_DOWNLOAD_POLICY = "sandbox; default-src 'none'"


class PreviewPage(BodyPage):
    """The page around it all: headers, text, the frame with the HTML, attachments."""

    title = gettext_lazy("What the message says")
    template_name = "seacucumber/admin/message_preview.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it, or why there is nothing to show."""
        raw = self.raw
        if raw:
            self.log_reading(request)
        contents = read(raw) if raw else None
        html = bool(contents and _page(request, self.message, contents))
        return self.render(
            request,
            message=self.message,
            subject=sanitize(self.message.subject),
            contents=contents,
            html=html,
            left_out=list(left_out(contents, html_is_shown=html)) if contents else [],
            why_body_is_gone="" if raw else why_body_is_gone(self.message),
        )


class HtmlView(BodyPage):
    """The HTML alone, for the sandboxed frame."""

    title = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return it inert."""
        page = _page(request, self.message, read(self.raw_or_404()))
        if not page:
            raise Http404(_("The message has no HTML that can be shown."))
        if not self.was_just_logged(request):
            self.log_reading(request)
        return guarded(HttpResponse(page), safe_html.POLICY)


def _page(request: HttpRequest, message: Message, contents: Contents) -> str:
    """Return the HTML as the frame shows it; empty if there is none, or too much."""
    if not contents.html:
        return ""
    try:
        return safe_html.inert(contents.html, address_book(request, message, contents))
    except safe_html.TooMuch:
        return ""


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
    return guarded(response, _DOWNLOAD_POLICY)
